"""The mean of every window."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.errors import GeometryError
from scratch_layers.functional.geometry import Pair
from scratch_layers.layers.arguments import as_batch, like_input
from scratch_layers.layers.pooling_base import PoolingBase


class AvgPool2d(PoolingBase):
    r""":math:`Y_{b,c,y,x} = \frac1n \sum_{i,j} X_{b,\,c,\,y s + i - p,\,x s + j - p}`.

    Input (B, C, H, W) or (C, H, W), output (..., H', W') with
    :math:`H' = \lfloor (H + 2p - k) / s \rfloor + 1`. Padding counts as zero. Every pixel of a
    window gets the n-th part of its gradient.

    Args:
        kernel_size, stride, padding, ceil_mode: see
            :class:`~scratch_layers.layers.pooling_base.PoolingBase`.
        count_include_pad: whether n counts padding too, or the pixels of the image alone.
        divisor_override: n, whatever the window covers.

    Raises:
        ArgumentTypeError, GeometryError: an argument cannot be used.
        ShapeError: in :meth:`forward`, the input is no image or smaller than the window.
    """

    def __init__(
        self,
        kernel_size: int | Pair,
        stride: int | Pair | None = None,
        padding: int | Pair = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, 1, ceil_mode)
        if divisor_override == 0:
            raise GeometryError("divisor_override must not be 0.")
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """Return the mean of every window."""
        image = self._image(input)
        output = like_input(self.definition(image), input)
        self._save(image.shape, output.shape)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        """Return, for every pixel, the sum of its shares of its windows' gradients."""
        image_shape, shape = self._restore()
        gradient = self._checked_gradient(gradient, shape)
        upstream = as_batch("AvgPool2d.backward", gradient)
        empty = upstream.new_zeros(image_shape)
        padded, share = self._padded(empty, 0.0), upstream / self._counts(empty)
        for window in self._windows(padded, (shape[-2], shape[-1])):
            window.add_(share)
        return like_input(self._unpadded(padded, image_shape), gradient)

    def definition(self, input: Tensor) -> Tensor:
        """Add up the pixels under every tap and divide by their number."""
        windows = self._windows(self._padded(input, 0.0), self._output_size(input))
        total = next(windows).clone()
        for window in windows:
            total = total + window
        return total / self._counts(input)

    def _counts(self, image: Tensor) -> Tensor:
        """Return n for every window, (H', W')."""
        output = self._output_size(image)
        if self.divisor_override is not None:
            return image.new_full(output, self.divisor_override)
        rows, columns = (
            [self._count(axis, y, image.shape[2 + axis]) for y in range(output[axis])]
            for axis in (0, 1)
        )
        device = image.device
        counts = torch.tensor(rows, device=device)[:, None] * torch.tensor(columns, device=device)
        return counts.to(image.dtype)

    def _count(self, axis: int, position: int, size: int) -> int:
        """Return how many positions along an axis the window of an output position counts."""
        start = position * self.stride[axis] - self.padding[axis]
        stop = min(start + self.kernel_size[axis], size + self.padding[axis])
        if self.count_include_pad:
            return stop - start
        return min(stop, size) - max(start, 0)
