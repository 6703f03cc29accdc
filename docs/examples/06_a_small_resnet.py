"""Residual blocks with batch normalisation read noisier digits."""

from __future__ import annotations

import torch
from digits import draw

from scratch_layers import (
    SGD,
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    CrossEntropy,
    Flatten,
    Linear,
    Module,
    ReLU,
    Residual,
    Sequential,
)
from scratch_layers.schedules import WarmupCosine

torch.manual_seed(0)


def block(width: int) -> list[Module]:
    """Two convolutions that learn what is to be added."""
    return [
        Residual(
            Sequential(
                Conv2d(width, width, 3, padding=1, bias=False), BatchNorm2d(width), ReLU(),
                Conv2d(width, width, 3, padding=1, bias=False), BatchNorm2d(width),
            )
        ),
        ReLU(),
    ]  # fmt: skip


network = Sequential(
    Conv2d(1, 8, 3, padding=1, bias=False), BatchNorm2d(8), ReLU(), *block(8),
    Conv2d(8, 16, 3, stride=2, padding=1, bias=False), BatchNorm2d(16), ReLU(), *block(16),
    Conv2d(16, 32, 3, stride=2, padding=1, bias=False), BatchNorm2d(32), ReLU(),
    AdaptiveAvgPool2d(1), Flatten(), Linear(32, 10),
)  # fmt: skip
pictures, labels = draw(1500, seed=1, noise=0.3)
test_pictures, test_labels = draw(500, seed=2, noise=0.3)
loss, optimizer = CrossEntropy(label_smoothing=0.1), SGD(momentum=0.9, weight_decay=1e-4)
epochs, batch = 3, 32
rates = WarmupCosine(peak=0.1, total_steps=epochs * len(pictures) // batch + 1, warmup_steps=20)

for epoch in range(epochs):
    for chosen in torch.randperm(len(pictures)).split(batch):
        optimizer.lr = rates.rate(optimizer.steps)
        value = loss(network(pictures[chosen]), labels[chosen])
        network.zero_grad()
        network.backward(loss.backward())
        optimizer.step(network.param())
    with network.evaluation():
        right = float((network(test_pictures).argmax(1) == test_labels).float().mean())
    print(f"epoch {epoch + 1}: loss {float(value):.3f}, {right:.1%} of new digits right")

assert right > 0.9
