"""Means over parts of an image, such as over all of it."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.functional.geometry import Pair
from scratch_layers.layers.arguments import as_batch, as_pixels, like_input, positive
from scratch_layers.module import Module


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
