"""Nearest-neighbour upsampling."""

from __future__ import annotations

from torch import Tensor

from scratch_layers.described import Extent, Span
from scratch_layers.functional.geometry import Pair
from scratch_layers.functional.resampling import upsample_nearest, upsample_nearest_backward
from scratch_layers.layers.arguments import as_batch, like_input, pair
from scratch_layers.module import Module


class NNUpsampling(Module):
    """Repeat every pixel: (B, C, H, W) or (C, H, W) to (..., H * scale, W * scale).

    Args:
        scale_factor: a positive integer or a (vertical, horizontal) pair.
    """

    def __init__(self, scale_factor: int | Pair) -> None:
        super().__init__()
        self.scale_factor = pair("scale_factor", scale_factor, minimum=1)

    def forward(self, input: Tensor) -> Tensor:
        """Return the enlarged image."""
        image = as_batch("NNUpsampling", input)
        output = like_input(upsample_nearest(image, self.scale_factor), input)
        self._save(output.shape)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        """Return the sum of the gradient over the copies of every pixel."""
        (shape,) = self._restore()
        gradient = self._checked_gradient(gradient, shape)
        image = as_batch("NNUpsampling.backward", gradient)
        return like_input(upsample_nearest_backward(image, self.scale_factor), gradient)

    def definition(self, input: Tensor) -> Tensor:
        """Repeat rows, then columns."""
        vertical, horizontal = self.scale_factor
        return input.repeat_interleave(vertical, 2).repeat_interleave(horizontal, 3)

    def output_extent(self, given: Extent) -> Extent:
        """Return as many planes, larger by the scale."""
        return given.enlarged(given.channels, self.scale_factor)

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Return the pixels that the outputs are copies of."""
        scale = self.scale_factor[axis]
        return outputs[0] // scale, outputs[1] // scale

    def details(self) -> str:
        """Return how many times larger the output is."""
        return f"{self.scale_factor[0]}× larger"
