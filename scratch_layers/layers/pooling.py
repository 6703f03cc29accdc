"""Pooling: one number of every window of an image; and the layer that takes the largest."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from scratch_layers.described import Extent, Span
from scratch_layers.errors import GeometryError, ShapeError
from scratch_layers.functional.geometry import Pair
from scratch_layers.layers.arguments import as_batch, as_pixels, like_input, pair
from scratch_layers.module import Module


class PoolingBase(Module):
    r"""A layer that makes one number of every window of every channel.

    Output position :math:`y` and tap :math:`i` read input position :math:`y s + i d - p`.

    Args:
        kernel_size: k, an integer or a (vertical, horizontal) pair; so are the others.
        stride: s; by default the kernel size, so that windows lie side by side.
        padding: p, at most half the kernel size.
        dilation: d.
        ceil_mode: round the size of the output up; windows may then reach over the border.

    Raises:
        ArgumentTypeError, GeometryError: an argument cannot be used.
    """

    def __init__(
        self,
        kernel_size: int | Pair,
        stride: int | Pair | None = None,
        padding: int | Pair = 0,
        dilation: int | Pair = 1,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = pair("kernel_size", kernel_size, minimum=1)
        self.stride = self.kernel_size if stride is None else pair("stride", stride, minimum=1)
        self.padding = pair("padding", padding, minimum=0)
        self.dilation = pair("dilation", dilation, minimum=1)
        self.ceil_mode = ceil_mode
        for pad, kernel in zip(self.padding, self.kernel_size, strict=True):
            if pad > kernel // 2:
                raise GeometryError(
                    f"padding must be at most half the kernel size, but {pad} is more than half "
                    f"of {kernel}."
                )

    def output_extent(self, given: Extent) -> Extent:
        """Return as many planes, smaller by the stride."""
        return given.reduced(given.channels, self.stride)

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Return the input positions in the windows."""
        reach = self.dilation[axis] * (self.kernel_size[axis] - 1)
        stride, before = self.stride[axis], self.padding[axis]
        return outputs[0] * stride - before, outputs[1] * stride - before + reach

    def details(self) -> str:
        """Return the size of the window and its stride."""
        size = "×".join(str(side) for side in self.kernel_size)
        return f"{size}, stride {self.stride[0]}"

    def _output_size(self, image: Tensor) -> Pair:
        height, width = (self._output_side(axis, image.shape[2 + axis]) for axis in (0, 1))
        if min(height, width) < 1:
            raise ShapeError(
                f"Given input size: {list(image.shape[1:])}. Calculated output size: "
                f"{[image.shape[1], height, width]}. Output size is too small."
            )
        return height, width

    def _output_side(self, axis: int, size: int) -> int:
        stride, before = self.stride[axis], self.padding[axis]
        room = size + 2 * before - self.dilation[axis] * (self.kernel_size[axis] - 1) - 1
        count = (-(-room // stride) if self.ceil_mode else room // stride) + 1
        # The last window must begin inside the image or the padding before it.
        return count - (self.ceil_mode and (count - 1) * stride >= size + before)

    def _padded(self, image: Tensor, fill: float) -> Tensor:
        """Return the area that the windows cover, ``fill`` where it lies outside the image."""
        output = self._output_size(image)
        sides = [
            (output[axis] - 1) * self.stride[axis]
            + self.dilation[axis] * (self.kernel_size[axis] - 1)
            + 1
            for axis in (0, 1)
        ]
        padded = image.new_full((*image.shape[:2], *sides), fill)
        inner = self._inside(padded, image.shape)
        inner.copy_(image[:, :, : inner.shape[2], : inner.shape[3]])
        return padded

    def _inside(self, padded: Tensor, shape: tuple[int, ...]) -> Tensor:
        """Return the part of the padded area that shows the image of this shape."""
        top, left = self.padding
        return padded[:, :, top : top + shape[2], left : left + shape[3]]

    def _windows(self, padded: Tensor, output: Pair) -> Iterator[Tensor]:
        """Yield, for every tap, a view of the pixels that it reads, one for every output."""
        (height, width), (down, right) = output, self.stride
        for i in range(self.kernel_size[0]):
            for j in range(self.kernel_size[1]):
                y, x = i * self.dilation[0], j * self.dilation[1]
                rows = slice(y, y + (height - 1) * down + 1, down)
                columns = slice(x, x + (width - 1) * right + 1, right)
                yield padded[:, :, rows, columns]

    def _unpadded(self, padded: Tensor, shape: tuple[int, ...]) -> Tensor:
        """Return an image of this shape, zero where no window reaches."""
        inner = self._inside(padded, shape)
        result = padded.new_zeros(shape)
        result[:, :, : inner.shape[2], : inner.shape[3]] = inner
        return result


class MaxPool2d(PoolingBase):
    r""":math:`Y_{b,c,y,x} = \max_{i,j} X_{b,\,c,\,y s + i d - p,\,x s + j d - p}`.

    Input (B, C, H, W) or (C, H, W), output (..., H', W') with
    :math:`H' = \lfloor (H + 2p - d (k - 1) - 1) / s \rfloor + 1`. Padding counts as minus infinity.
    The gradient goes to the pixel that was the largest; of several, to the first.

    Args:
        kernel_size, stride, padding, dilation, ceil_mode: see
            :class:`~scratch_layers.layers.pooling.PoolingBase`.

    Raises:
        ArgumentTypeError, GeometryError: an argument cannot be used.
        ShapeError: in :meth:`forward`, the input is no image or smaller than the window.
    """

    purpose = (
        "Keeps the largest number of every window. Whether a pattern is there counts for "
        "more than where exactly, and the image gets smaller."
    )
    equation = "y(c, i, j) = max of x(c, s·i + u − p, s·j + v − p)"

    def forward(self, input: Tensor) -> Tensor:
        """Return the largest number of every window."""
        image = as_pixels("MaxPool2d", input)
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
