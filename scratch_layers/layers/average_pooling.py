"""Means of parts of an image: of every window, or of so many parts whatever its size."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.errors import GeometryError
from scratch_layers.functional.geometry import Pair
from scratch_layers.layers.arguments import as_batch, as_pixels, like_input, positive
from scratch_layers.layers.pooling import PoolingBase
from scratch_layers.module import Module


class AvgPool2d(PoolingBase):
    r""":math:`Y_{b,c,y,x} = \frac1n \sum_{i,j} X_{b,\,c,\,y s + i - p,\,x s + j - p}`.

    Input (B, C, H, W) or (C, H, W), output (..., H', W') with
    :math:`H' = \lfloor (H + 2p - k) / s \rfloor + 1`. Padding counts as zero. Every pixel of a
    window gets the n-th part of its gradient.

    Args:
        kernel_size, stride, padding, ceil_mode: see
            :class:`~scratch_layers.layers.pooling.PoolingBase`.
        count_include_pad: whether n counts padding too, or the pixels of the image alone.
        divisor_override: n, whatever the window covers.

    Raises:
        ArgumentTypeError, GeometryError: an argument cannot be used.
        ShapeError: in :meth:`forward`, the input is no image or smaller than the window.
    """

    purpose = (
        "Takes the mean of every window. The image gets smaller without aliasing, and noise "
        "is averaged away."
    )
    equation = "y(c, i, j) = mean of x(c, s·i + u − p, s·j + v − p)"

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
        image = as_pixels("AvgPool2d", input)
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


class AdaptiveAvgPool2d(Module):
    r"""Cut an image of any size into so many parts and take their means.

    Part :math:`y` of :math:`O` of an axis of length :math:`H` covers the positions from
    :math:`\lfloor y H / O \rfloor` to :math:`\lceil (y + 1) H / O \rceil - 1`. With the matrices
    :math:`R` (O, H) and :math:`C` (P, W) of these means the output is :math:`R X C^T`, and the
    gradient with respect to the input :math:`R^T G C`. ``AdaptiveAvgPool2d(1)`` is *global average
    pooling*, the mean of every channel.

    Input (B, C, H, W) or (C, H, W), output (..., O, P).

    Args:
        output_size: an integer or a pair (O, P); None keeps the size along an axis.

    Raises:
        ArgumentTypeError, GeometryError: a size is not a positive integer.
        ShapeError: in :meth:`forward`, the input is no image.

    Source: global average pooling is from Lin, Chen, Yan, "Network In Network" (ICLR 2014).
    """

    purpose = (
        "Cuts an image of any size into so many parts and takes their means. What follows "
        "gets the same number of values whatever the size of the picture."
    )
    equation = "yᵢⱼ = mean of part (i, j)"

    def __init__(self, output_size: int | tuple[int | None, int | None] | None) -> None:
        super().__init__()
        sizes = output_size if isinstance(output_size, tuple) else (output_size, output_size)
        rows, columns = (None if s is None else positive("output_size", s) for s in sizes)
        self.output_size = rows, columns

    def forward(self, input: Tensor) -> Tensor:
        """Return the means."""
        image = as_pixels("AdaptiveAvgPool2d", input)
        rows, columns = self._means(image)
        output: Tensor = like_input(rows @ image @ columns.t(), input)
        self._save(rows, columns, output.shape)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        """Return the gradient of every mean, shared among its pixels."""
        rows, columns, shape = self._restore()
        gradient = self._checked_gradient(gradient, shape)
        upstream = as_batch("AdaptiveAvgPool2d.backward", gradient)
        result: Tensor = rows.t() @ upstream @ columns
        return like_input(result, gradient)

    def definition(self, input: Tensor) -> Tensor:
        """Take the mean of one part after the other."""
        tall, wide = self._sizes(input)
        means = [
            input[:, :, top:bottom, left:right].mean((2, 3))
            for top, bottom in _parts(input.shape[2], tall)
            for left, right in _parts(input.shape[3], wide)
        ]
        result: Tensor = torch.stack(means, dim=-1).unflatten(-1, (tall, wide))
        return result

    def _sizes(self, image: Tensor) -> Pair:
        rows, columns = self.output_size
        return rows or image.shape[2], columns or image.shape[3]

    def _means(self, image: Tensor) -> tuple[Tensor, Tensor]:
        matrices = []
        for size, count in zip(image.shape[2:], self._sizes(image), strict=True):
            matrix = image.new_zeros(count, size)
            for row, (start, stop) in zip(matrix, _parts(size, count), strict=True):
                row[start:stop] = 1 / (stop - start)
            matrices.append(matrix)
        return matrices[0], matrices[1]


def _parts(size: int, count: int) -> list[tuple[int, int]]:
    """Return start and end of every part of an axis."""
    return [(y * size // count, -(-(y + 1) * size // count)) for y in range(count)]
