"""A denoiser of one's own, learned from a single noisy picture."""

from __future__ import annotations

import torch

from scratch_layers import MSE, Adam, Conv2d, LeakyReLU, Residual, Sequential
from scratch_layers.metrics import psnr

torch.manual_seed(0)
y, x = torch.meshgrid(torch.arange(128.0), torch.arange(128.0), indexing="ij")
hills = 0.5 + 0.25 * (x / 9).sin() * (y / 13).cos()
discs = ((x - 40) ** 2 + (y - 50) ** 2 < 700) | ((x - 90) ** 2 + (y - 85) ** 2 < 400)
clean = (hills + 0.25 * discs)[None, None]
noisy = clean + 0.1 * torch.randn(clean.shape)

# What is to be learned is the noise, so the network's output is added to its input.
network = Residual(
    Sequential(
        Conv2d(1, 16, 3, padding=1), LeakyReLU(0.2),
        Conv2d(16, 16, 3, padding=1), LeakyReLU(0.2),
        Conv2d(16, 1, 1),
    )
)  # fmt: skip
print(network.summary((1, 1, 128, 128)), end="\n\n")


def neighbours(picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return two pictures of half the size, whose pixels lay side by side: the same scene, twice,
    with noise that has nothing in common."""
    pairs = picture.unflatten(3, (-1, 2)).unflatten(2, (-1, 2))
    first, second = pairs[:, :, :, 0, :, 0], pairs[:, :, :, 0, :, 1]
    return first, second


loss, optimizer = MSE(), Adam(lr=4e-3)
first, second = neighbours(noisy)
for step in range(200):
    # Each half predicts the other; the noise of the target cannot be predicted.
    for input, target in ((first, second), (second, first)):
        value = loss(network(input), target)
        network.zero_grad()
        network.backward(loss.backward())
        optimizer.step(network.param())
    if step % 50 == 0:
        print(f"step {step:3}: loss {float(value):.4f}")

with network.evaluation():
    restored = network(noisy)
before, after = (float(psnr(picture, clean)) for picture in (noisy, restored))
print(f"PSNR {before:.2f} dB noisy, {after:.2f} dB denoised")
assert after > before + 6
