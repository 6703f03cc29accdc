"""The report's network learns to remove noise without ever seeing a clean picture.

Its plain gradient descent gets there too, `SGD(lr=0.3)`, but in epochs instead of seconds.
"""

from __future__ import annotations

import torch

from scratch_layers import MSE, Adam
from scratch_layers.models import paper_network

torch.manual_seed(0)
network, loss, optimizer = paper_network(), MSE(), Adam(lr=5e-3)
print(network.summary((1, 3, 16, 16)), end="\n\n")


def smooth_pictures(count: int) -> torch.Tensor:
    """Return colours that blend from corner to corner, (count, 3, 16, 16) in [0, 1]."""
    ramp = torch.linspace(0, 1, 16)
    blend = torch.stack([1 - ramp, ramp], 1)
    return torch.einsum("yi,ncij,xj->ncyx", blend, torch.rand(count, 3, 2, 2), blend)


def noisy(pictures: torch.Tensor) -> torch.Tensor:
    return pictures + 0.1 * torch.randn(pictures.shape)


test = smooth_pictures(64)
noisy_test = noisy(test)


def error() -> float:
    """Return the mean squared distance of the network's pictures from the clean ones."""
    with network.evaluation():
        return float((network(noisy_test) - test).square().mean())


before = error()
for step in range(250):
    pictures = smooth_pictures(16)
    # The target is a second noisy version: its mean is the clean picture.
    value = loss(network(noisy(pictures)), noisy(pictures))
    network.zero_grad()
    network.backward(loss.backward())
    optimizer.step(network.param())
    if step % 50 == 0:
        print(f"step {step:3}: loss {float(value):.4f}, error {error():.4f}")

after = error()
print(f"noisy pictures {0.1**2:.4f}, network {before:.4f} before and {after:.4f} after learning")
assert after < 0.1**2
