"""A network squeezes pictures of digits through 16 numbers and draws them again."""

from __future__ import annotations

import torch
from digits import draw

from scratch_layers import (
    MSE,
    Adam,
    Conv2d,
    Flatten,
    Linear,
    Module,
    ReLU,
    Sequential,
    Sigmoid,
    Upsampling,
)

torch.manual_seed(0)


class Unflatten(Module):
    """(B, C * H * W) to (B, C, H, W): what Flatten did, undone."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.unflatten(1, self.shape)

    def backward(self, gradient: torch.Tensor) -> torch.Tensor:
        return gradient.flatten(1)


def larger(inputs: int, outputs: int) -> Upsampling:
    return Upsampling(inputs, outputs, 3, padding=1, transposeconvargs=False, scale_factor=2)


network = Sequential(
    Conv2d(1, 16, 3, stride=2, padding=1), ReLU(),
    Conv2d(16, 32, 3, stride=2, padding=1), ReLU(),
    Flatten(), Linear(32 * 4 * 4, 16),
    Linear(16, 32 * 4 * 4), ReLU(), Unflatten(32, 4, 4),
    larger(32, 16), ReLU(),
    larger(16, 1), Sigmoid(),
)  # fmt: skip
encoder, decoder = network[:6], network[6:]
pictures, _ = draw(2000, seed=1, noise=0.0)
test, _ = draw(200, seed=2, noise=0.0)
loss, optimizer = MSE(), Adam(lr=3e-3)

for epoch in range(6):
    for chosen in torch.randperm(len(pictures)).split(32):
        loss(network(pictures[chosen]), pictures[chosen])
        network.zero_grad()
        network.backward(loss.backward())
        optimizer.step(network.param())
    with network.evaluation():
        error = float((network(test) - test).square().mean())
    print(f"epoch {epoch + 1}: error of new pictures {error:.4f}")

with network.evaluation():
    codes = encoder(test)
    drawn = decoder(codes)
constant = float((pictures.mean(0) - test).square().mean())
print(f"{tuple(codes.shape[1:])} numbers a picture; the mean picture has error {constant:.4f}")
for original, again in zip(test[0, 0], drawn[0, 0], strict=True):
    print("".join(" .:*#"[int(4 * value)] for row in (original, again) for value in row))
assert error < 0.4 * constant
