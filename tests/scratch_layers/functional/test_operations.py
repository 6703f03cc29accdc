"""How few operations a layer takes: each is a parallel region here and a launch on a GPU."""

from __future__ import annotations

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from scratch_layers import Conv2d, Upsampling
from scratch_layers.functional.memory import recycling
from scratch_layers.models.networks import photo_unet
from scratch_layers.module import Module

LARGE = 32_768
"""Numbers from which on torch divides an operation among its threads."""

VIEWS = {"as_strided", "detach", "expand", "permute", "slice", "t", "transpose", "unsqueeze"}
VIEWS |= {"alias", "narrow", "new_empty", "select", "split", "view", "unbind", "_unsafe_view"}


class LargeOperations(TorchDispatchMode):
    """Writes down the operations that compute with many numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        result = function(*args, **(kwargs or {}))
        numbers = max((part.numel() for part in args if isinstance(part, torch.Tensor)), default=0)
        name = function.overloadpacket.__name__
        if numbers >= LARGE and name not in VIEWS:
            self.names.append(name)
        return result


def operations(network: Module, image: torch.Tensor) -> list[str]:
    """The large operations of evaluating an image another time."""
    network.eval()
    with recycling():
        network.forward(image)
        with LargeOperations() as found:
            network.forward(image)
    return found.names


@pytest.mark.parametrize(
    ("layer", "size", "most"),
    [
        (Conv2d(8, 8, 3, padding=1), 128, 12),
        (Conv2d(64, 64, 3, padding=1), 64, 12),
        (Upsampling(64, 32, 3, padding=1, transposeconvargs=False, scale_factor=2), 48, 14),
    ],
)
def test_a_layer_takes_few_operations(layer: Module, size: int, most: int) -> None:
    names = operations(layer, torch.rand(1, layer.in_channels, size, size))
    assert 0 < len(names) <= most, names


def test_an_accelerator_gets_patches_and_products_and_is_never_waited_for() -> None:
    """The device "meta" computes nothing, so whatever asks for a number fails."""
    network = photo_unet(widths=(8, 16), blocks=1).to("meta")
    names = operations(network, torch.rand(1, 4, 256, 256, device="meta"))
    layers = sum(isinstance(module, Conv2d | Upsampling) for module in network.modules())
    products = [name for name in names if "mm" in name]
    assert set(products) == {"addmm"}
    assert len(products) == layers
    # Zeros around, pixels, windows, product; an activation, a sum, and what enlarges or shuffles.
    assert len(names) <= 10 * layers
    network.train()
    output = network.forward(torch.rand(1, 4, 64, 64, device="meta"))
    assert network.backward(output).shape == (1, 4, 64, 64)
