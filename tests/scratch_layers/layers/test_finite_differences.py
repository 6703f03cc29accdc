"""Every layer's gradients against the slopes of its own forward pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from scratch_layers import (
    Conv2d,
    LeakyReLU,
    Module,
    NNUpsampling,
    PixelShuffle,
    PixelUnshuffle,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Upsampling,
)
from scratch_layers.functional.convolution import ALGORITHMS
from tests.scratch_layers.gradient_check import check_gradients
from tests.scratch_layers.torch_twins import random_tensor

LAYERS: dict[str, tuple[Callable[[], Module], tuple[int, ...]]] = {
    "Conv2d": (lambda: Conv2d(3, 4, 3, padding=1), (2, 3, 7, 6)),
    "Conv2d unbatched": (lambda: Conv2d(3, 4, 2), (3, 7, 6)),
    "Conv2d stride and dilation": (lambda: Conv2d(3, 4, 3, (3, 2), 2, 2), (2, 3, 9, 8)),
    "Conv2d groups": (lambda: Conv2d(6, 4, 3, groups=2, bias=False), (2, 6, 7, 6)),
    "Conv2d reflect": (lambda: Conv2d(2, 2, 4, 1, 3, padding_mode="reflect"), (2, 2, 5, 6)),
    "Conv2d replicate": (
        lambda: Conv2d(2, 2, 4, padding="same", padding_mode="replicate"),
        (2, 2, 5, 6),
    ),
    "Conv2d circular": (lambda: Conv2d(2, 2, 3, 2, 4, padding_mode="circular"), (2, 2, 5, 6)),
    "NNUpsampling": (lambda: NNUpsampling((2, 3)), (2, 3, 4, 5)),
    "Upsampling": (lambda: Upsampling(3, 2, 3, 2, 1, output_padding=1), (2, 3, 4, 5)),
    "Upsampling dilated": (lambda: Upsampling(3, 2, 3, 2, 1, 3), (2, 3, 4, 5)),
    "Upsampling direct": (
        lambda: Upsampling(3, 2, 3, 2, 1, transposeconvargs=False, scale_factor=3),
        (2, 3, 4, 5),
    ),
    "ReLU": (ReLU, (3, 4, 5)),
    "LeakyReLU": (lambda: LeakyReLU(0.2), (3, 4, 5)),
    "Sigmoid": (Sigmoid, (3, 4, 5)),
    "PixelShuffle": (lambda: PixelShuffle(2), (2, 8, 3, 4)),
    "PixelUnshuffle": (lambda: PixelUnshuffle(2), (2, 2, 6, 4)),
    "Residual": (lambda: Residual(Conv2d(3, 3, 3, padding=1)), (2, 3, 5, 5)),
    "Sequential": (
        lambda: Sequential(
            Conv2d(3, 5, 3, 2, 1), ReLU(), Conv2d(5, 5, 3, padding=1), Sigmoid(),
            Upsampling(5, 3, 3, 2, 1, output_padding=1), LeakyReLU(),
        ),
        (2, 3, 8, 8),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("seed", range(3))
def test_gradients_are_slopes(name: str, seed: int) -> None:
    make, shape = LAYERS[name]
    torch.manual_seed(seed)
    check_gradients(make().to(dtype=torch.float64), random_tensor(*shape, seed=seed + 50), seed)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("layer", [Conv2d, Upsampling])
def test_gradients_of_every_algorithm_are_slopes(layer: type[Module], algorithm: str) -> None:
    torch.manual_seed(0)
    module = layer(5, 6, 3, padding=1, algorithm=algorithm, dtype=torch.float64)
    check_gradients(module, random_tensor(2, 5, 9, 11))


def test_the_check_finds_a_wrong_gradient() -> None:
    class Wrong(Conv2d):
        def backward(self, gradient: torch.Tensor) -> torch.Tensor:
            return super().backward(gradient) * 1.001

    with pytest.raises(AssertionError, match="direction of input"):
        check_gradients(Wrong(2, 2, 3, dtype=torch.float64), random_tensor(1, 2, 6, 6))
