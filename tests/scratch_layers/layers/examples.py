"""An example of every layer, for the tests that hold for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

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
from tests.scratch_layers.torch_twins import random_tensor


@dataclass(frozen=True)
class Example:
    """A layer and the shape of an input that it takes."""

    make: Callable[[], Module]
    shape: tuple[int, ...]

    def layer(self, seed: int = 1) -> Module:
        """In double precision, with weights from the seed."""
        torch.manual_seed(seed)
        return self.make().to(dtype=torch.float64)

    def input(self, seed: int = 0) -> Tensor:
        return random_tensor(*self.shape, seed=seed)


EXAMPLES = {
    "Conv2d": Example(lambda: Conv2d(3, 4, 3, padding=1), (2, 3, 8, 6)),
    "Conv2d stride and dilation": Example(
        lambda: Conv2d(3, 4, 3, (3, 2), 2, dilation=2), (2, 3, 9, 8)
    ),
    "Conv2d groups": Example(lambda: Conv2d(6, 4, 3, groups=2, bias=False), (2, 6, 7, 6)),
    "Conv2d reflect": Example(
        lambda: Conv2d(2, 2, 4, 1, 3, padding_mode="reflect"), (2, 2, 5, 6)
    ),
    "Conv2d replicate": Example(
        lambda: Conv2d(2, 2, 4, padding="same", padding_mode="replicate"), (2, 2, 5, 6)
    ),
    "Conv2d circular": Example(
        lambda: Conv2d(2, 2, 3, 2, 4, padding_mode="circular"), (2, 2, 5, 6)
    ),
    "NNUpsampling": Example(lambda: NNUpsampling((2, 3)), (2, 3, 4, 5)),
    "Upsampling": Example(lambda: Upsampling(3, 2, 3, 2, 1, output_padding=1), (2, 3, 4, 5)),
    "Upsampling dilated": Example(lambda: Upsampling(3, 2, 3, 2, 1, 3), (2, 3, 4, 5)),
    "Upsampling direct": Example(
        lambda: Upsampling(3, 2, 3, 2, 1, transposeconvargs=False, scale_factor=3), (2, 3, 4, 5)
    ),
    "ReLU": Example(ReLU, (2, 3, 4, 5)),
    "LeakyReLU": Example(lambda: LeakyReLU(0.2), (2, 3, 4, 5)),
    "Sigmoid": Example(Sigmoid, (2, 3, 4, 5)),
    "PixelShuffle": Example(lambda: PixelShuffle(2), (2, 8, 3, 4)),
    "PixelUnshuffle": Example(lambda: PixelUnshuffle(2), (2, 2, 6, 4)),
    "Residual": Example(lambda: Residual(Conv2d(3, 3, 3, padding=1)), (2, 3, 5, 5)),
    "Sequential": Example(
        lambda: Sequential(Conv2d(4, 4, 3, padding=1), ReLU(), Conv2d(4, 4, 1)), (2, 4, 6, 5)
    ),
}  # fmt: skip
