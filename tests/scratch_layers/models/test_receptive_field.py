"""The receptive radius read off the layers is the one that a changed pixel shows."""

from __future__ import annotations

import pytest
import torch

from scratch_layers.errors import ArgumentTypeError
from scratch_layers.layers import (
    Conv2d,
    NNUpsampling,
    PixelShuffle,
    PixelUnshuffle,
    ReLU,
    Residual,
    Sequential,
    Upsampling,
)
from scratch_layers.models import miniproject_network, paper_network, photo_unet
from scratch_layers.models.network_figures import receptive_radius, size_multiple
from scratch_layers.module import Module

NETWORKS = {
    "photo": (lambda: photo_unet((2, 3, 2), blocks=1), 4),
    "photo, two levels": (lambda: photo_unet((2, 2), blocks=2), 4),
    "paper": (paper_network, 3),
    "miniproject": (lambda: miniproject_network((2, 2, 2), blocks=1), 3),
    "even, dilated kernel": (lambda: Conv2d(1, 1, (4, 3), padding="same", dilation=(1, 3)), 1),
    "transposed arguments": (
        lambda: Sequential(
            Conv2d(1, 1, 2, stride=2), Upsampling(1, 1, 3, stride=2, padding=1, output_padding=1)
        ),
        1,
    ),
    "bare resampling": (
        lambda: Sequential(
            PixelUnshuffle(2),
            Conv2d(4, 4, 1),
            Residual(Sequential(ReLU())),
            PixelShuffle(2),
            Conv2d(1, 1, 3, stride=3, padding=1),
            NNUpsampling(3),
        ),
        1,
    ),
}


def positive(network: Module) -> Module:
    """Averaging weights let every change through: no ReLU closes, no two paths cancel."""
    for value in network.state_dict().values():
        value.fill_(1 / value[0].numel() if value.dim() == 4 else 0.1)
    return network.to(dtype=torch.float64).eval()


def reach(network: Module, channels: int, radius: int, period: int, axis: int) -> int:
    """Change one line of pixels after the other, well inside an image; return the largest reach."""
    size = 2 * period * (-(-radius // period) + 1)
    shape = [1, channels, 2 * period, 2 * period]
    shape[2 + axis] = size
    image = torch.full(shape, 0.5, dtype=torch.float64)
    reference, farthest = network(image), 0
    for line in range(size // 2, size // 2 + period):
        changed = image.clone()
        changed.select(2 + axis, line).sub_(0.25)
        difference = (network(changed) - reference).abs().amax((0, 1, 3 - axis))
        touched = difference.nonzero().flatten()
        farthest = max(farthest, line - int(touched.min()), int(touched.max()) - line)
    return farthest


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("axis", [0, 1])
def test_a_changed_pixel_reaches_exactly_the_receptive_radius(name: str, axis: int) -> None:
    build, channels = NETWORKS[name]
    network = positive(build())
    radius, period = receptive_radius(network), size_multiple(network)
    found = reach(network, channels, radius, period, axis)
    # The radius covers both axes; a kernel may reach farther along one of them.
    assert found <= radius
    assert max(found, reach(network, channels, radius, period, 1 - axis)) == radius


@pytest.mark.parametrize(
    ("network", "multiple"),
    [
        (photo_unet((2, 2, 2), 1), 8),
        (photo_unet((2,), 1), 2),
        (paper_network(), 4),
        (Conv2d(1, 1, 3, padding=1), 1),
        (Sequential(Conv2d(1, 1, 1, stride=(2, 3)), NNUpsampling((2, 3))), 6),
    ],
)
def test_size_multiple(network: Module, multiple: int) -> None:
    assert size_multiple(network) == multiple


def test_a_layer_of_unknown_geometry_is_refused() -> None:
    class Mystery(Module):
        pass

    with pytest.raises(ArgumentTypeError, match="Mystery"):
        receptive_radius(Mystery())
