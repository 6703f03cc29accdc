"""An example of every layer, for the tests that hold for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from scratch_layers import (
    GELU,
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    GroupNorm,
    LayerNorm2d,
    LeakyReLU,
    Linear,
    MaxPool2d,
    Module,
    NNUpsampling,
    PixelShuffle,
    PixelUnshuffle,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
    Upsampling,
)
from tests.scratch_layers.torch_twins import random_tensor


@dataclass(frozen=True)
class Example:
    """A layer and the shape of an input that it takes.

    Attributes:
        make: the layer.
        shape: of the input, its first axis the batch.
        twin: the same in torch.nn, where there is a test that compares all of these.
        is_local: whether it puts out an image of which every pixel depends on a part of the input.
        is_pure: whether it computes the same at every time and in both modes.
    """

    make: Callable[[], Module]
    shape: tuple[int, ...]
    twin: Callable[[], nn.Module] | None = None
    is_local: bool = True
    is_pure: bool = True

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
    "Tanh": Example(Tanh, (2, 3, 4, 5), nn.Tanh),
    "SiLU": Example(SiLU, (2, 3, 4, 5), nn.SiLU),
    "GELU": Example(GELU, (2, 3, 4, 5), nn.GELU),
    "GELU tanh": Example(lambda: GELU("tanh"), (2, 3, 4, 5), lambda: nn.GELU("tanh")),
    "Softmax": Example(lambda: Softmax(1), (2, 5, 3, 4), lambda: nn.Softmax(1), is_local=False),
    "Dropout": Example(lambda: Dropout(0.4), (2, 3, 4, 5), is_pure=False, is_local=False),
    "Linear": Example(
        lambda: Linear(5, 3), (2, 4, 5), lambda: nn.Linear(5, 3), is_local=False
    ),
    "Linear without bias": Example(
        lambda: Linear(5, 3, bias=False), (3, 5), lambda: nn.Linear(5, 3, bias=False),
        is_local=False,
    ),
    "Flatten": Example(Flatten, (2, 3, 4, 5), nn.Flatten, is_local=False),
    "Flatten two axes": Example(
        lambda: Flatten(1, 2), (2, 3, 4, 5), lambda: nn.Flatten(1, 2), is_local=False
    ),
    "MaxPool2d": Example(lambda: MaxPool2d(2), (2, 3, 6, 8), lambda: nn.MaxPool2d(2)),
    "MaxPool2d overlapping": Example(
        lambda: MaxPool2d((3, 2), 2, (1, 0), (1, 2)), (2, 3, 7, 8),
        lambda: nn.MaxPool2d((3, 2), 2, (1, 0), (1, 2)), is_local=False,
    ),
    "AvgPool2d": Example(
        lambda: AvgPool2d(3, 2, 1), (2, 3, 7, 8), lambda: nn.AvgPool2d(3, 2, 1)
    ),
    "AdaptiveAvgPool2d": Example(
        lambda: AdaptiveAvgPool2d((3, 2)), (2, 3, 7, 8), lambda: nn.AdaptiveAvgPool2d((3, 2)),
        is_local=False,
    ),
    "BatchNorm2d": Example(
        lambda: BatchNorm2d(3), (3, 3, 4, 5), lambda: nn.BatchNorm2d(3), is_local=False,
        is_pure=False,
    ),
    "BatchNorm2d plain": Example(
        lambda: BatchNorm2d(3, affine=False, track_running_stats=False), (3, 3, 4, 5),
        lambda: nn.BatchNorm2d(3, affine=False, track_running_stats=False), is_local=False,
    ),
    "GroupNorm": Example(
        lambda: GroupNorm(2, 6), (2, 6, 3, 4), lambda: nn.GroupNorm(2, 6), is_local=False
    ),
    "LayerNorm2d": Example(lambda: LayerNorm2d(5), (2, 5, 3, 4)),
    "ConvTranspose2d": Example(
        lambda: ConvTranspose2d(3, 2, 4, 2, 1), (2, 3, 4, 5),
        lambda: nn.ConvTranspose2d(3, 2, 4, 2, 1),
    ),
    "ConvTranspose2d groups and dilation": Example(
        lambda: ConvTranspose2d(4, 6, (3, 2), (2, 3), 1, (1, 0), 2, False, 2), (2, 4, 4, 5),
        lambda: nn.ConvTranspose2d(4, 6, (3, 2), (2, 3), 1, (1, 0), 2, False, 2), is_local=False,
    ),
}  # fmt: skip
