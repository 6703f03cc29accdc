"""The largest number of every window."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.functional.geometry import Pair
from scratch_layers.layers.arguments import as_batch, like_input
from scratch_layers.layers.pooling_base import PoolingBase


class MaxPool2d(PoolingBase):
    r""":math:`Y_{b,c,y,x} = \max_{i,j} X_{b,\,c,\,y s + i d - p,\,x s + j d - p}`.

    Input (B, C, H, W) or (C, H, W), output (..., H', W') with
    :math:`H' = \lfloor (H + 2p - d (k - 1) - 1) / s \rfloor + 1`. Padding counts as minus infinity.
    The gradient goes to the pixel that was the largest; of several, to the first.

    Args:
        kernel_size, stride, padding, dilation, ceil_mode: see
            :class:`~scratch_layers.layers.pooling_base.PoolingBase`.

    Raises:
        ArgumentTypeError, GeometryError: an argument cannot be used.
        ShapeError: in :meth:`forward`, the input is no image or smaller than the window.
    """

    def __init__(
        self,
        kernel_size: int | Pair,
        stride: int | Pair | None = None,
        padding: int | Pair = 0,
        dilation: int | Pair = 1,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, dilation, ceil_mode)

    def forward(self, input: Tensor) -> Tensor:
        """Return the largest number of every window."""
        image = self._image(input)
        output_size = self._output_size(image)
        padded = self._padded(image, -torch.inf)
        taps = self._windows(padded, output_size)
        largest = next(taps).clone()
        winner = torch.zeros_like(largest, dtype=torch.int32)
        for tap, window in enumerate(taps, start=1):
            # What is not a number wins, as in torch, so that it stays visible.
            better = (window > largest) | window.isnan()
            largest = window.where(better, largest)
            winner.masked_fill_(better, tap)
        output = like_input(largest, input)
        self._save(winner, image.shape, output.shape)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        """Return, for every pixel, the sum of the gradients of the windows it was largest in."""
        winner, image_shape, shape = self._restore()
        gradient = self._checked_gradient(gradient, shape)
        upstream = as_batch("MaxPool2d.backward", gradient)
        padded = torch.zeros_like(self._padded(upstream.new_zeros(image_shape), 0.0))
        for tap, window in enumerate(self._windows(padded, (shape[-2], shape[-1]))):
            window.add_(upstream * (winner == tap))
        return like_input(self._unpadded(padded, image_shape), gradient)

    def definition(self, input: Tensor) -> Tensor:
        """Lay the pixels under every tap side by side and take the largest."""
        windows = self._windows(self._padded(input, -torch.inf), self._output_size(input))
        return torch.stack(list(windows)).amax(0)
