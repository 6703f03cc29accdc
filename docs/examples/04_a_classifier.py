"""A small convolutional network learns to read digits."""

from __future__ import annotations

import torch
from digits import draw
from torch import Tensor

from scratch_layers import Adam, Conv2d, CrossEntropy, Dropout, Flatten, Linear, MaxPool2d, ReLU
from scratch_layers import Sequential as Network

torch.manual_seed(0)
network = Network(
    Conv2d(1, 8, 3, padding=1),
    ReLU(),
    MaxPool2d(2),
    Conv2d(8, 16, 3, padding=1),
    ReLU(),
    MaxPool2d(2),
    Flatten(),
    Dropout(0.2),
    Linear(16 * 4 * 4, 10),
)
loss, optimizer = CrossEntropy(), Adam(lr=3e-3)
print(network.summary((32, 1, 16, 16)), end="\n\n")

pictures, labels = draw(3000, seed=1)
test_pictures, test_labels = draw(500, seed=2)


def accuracy(pictures: Tensor, labels: Tensor) -> float:
    with network.evaluation():
        return float((network(pictures).argmax(1) == labels).float().mean())


for epoch in range(2):
    total = 0.0
    for chosen in torch.randperm(len(pictures)).split(32):
        value = loss(network(pictures[chosen]), labels[chosen])
        network.zero_grad()
        network.backward(loss.backward())
        optimizer.step(network.param())
        total += float(value) * len(chosen)
    right = accuracy(test_pictures, test_labels)
    print(f"epoch {epoch + 1}: loss {total / len(pictures):.3f}, {right:.1%} of new digits right")

assert accuracy(test_pictures, test_labels) > 0.95
