r"""Convolution with few channels: channel by channel, each a plane of pixels.

Three channels are too few neighbours in memory to be multiplied or copied quickly; a plane's rows
are long. So few *input* channels are gathered as planes, shifted once for every tap, into a matrix
of taps times channels by pixels, which is multiplied by the weights ("im2col"). For few *output*
channels it is the other way round: every pixel is multiplied by the weights of all taps first, and
the planes of products are shifted and added up ("kn2row").

The result differs from the reference by the order of summation alone: in float32 by less than
:math:`10^{-5}` of the output's range.

Sources: Chellapilla, Puri & Simard, "High Performance Convolutional Neural Networks for Document
Processing" (2006); Vasudevan, Anderson & Gregg, "Parallel Multi Channel Convolution using General
Matrix Multiplication" (ASAP 2017).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from scratch_layers.functional.fast import tuning
from scratch_layers.functional.fast.algorithm import Algorithm
from scratch_layers.functional.fast.row_blocks import (
    RowBlock,
    add_product,
    block_pixels,
    pixels_last,
    read_window,
    row_blocks,
    zero_sums,
)
from scratch_layers.functional.geometry import Geometry, Pair, span
from scratch_layers.functional.memory import workspace


def forward(
    input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    """Convolve ``input`` and write the result to ``output``; as in :mod:`matrix`."""
    few_inputs = _has_fewer_inputs(input.shape[1], output.shape[1], geometry)
    way = _forward_few_inputs if few_inputs else _forward_few_outputs
    way(input, weight, bias, geometry, output)


def weight_gradient(input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
    """Return the gradient with respect to the weight, (O, C, kernel height, kernel width)."""
    few_inputs = _has_fewer_inputs(input.shape[1], gradient.shape[1], geometry)
    way = _weight_gradient_few_inputs if few_inputs else _weight_gradient_few_outputs
    return way(input, gradient, geometry)


def _has_fewer_inputs(inputs: int, outputs: int, geometry: Geometry) -> bool:
    """Tell which side's planes to shift; with a stride, outputs lie too far apart for theirs."""
    return inputs <= outputs or geometry.stride != (1, 1)


def _forward_few_inputs(
    input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    outputs = weight.shape[0]
    source, target = pixels_last(input), pixels_last(output)
    factors = weight.permute(2, 3, 1, 0).reshape(-1, outputs)
    shift = input.new_zeros(outputs) if bias is None else bias

    for block in _blocks(input, len(factors), geometry):
        place = target[block.images, block.rows]
        columns = _gather(source, block, geometry)
        if outputs <= tuning.PLANAR_OUTPUTS or not place.is_contiguous():
            product = torch.addmm(shift[:, None], factors.t(), columns)
            place.copy_(product.view(outputs, *place.shape[:3]).permute(1, 2, 3, 0))
        else:
            torch.addmm(shift, columns.t(), factors, out=place.view(-1, outputs))


def _weight_gradient_few_inputs(input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
    channels, outputs = input.shape[1], gradient.shape[1]
    source, upstream = pixels_last(input), pixels_last(gradient)
    rows = geometry.kernel[0] * geometry.kernel[1] * channels
    total = zero_sums((1, rows, outputs), input)
    for block in _blocks(input, rows, geometry):
        pixels = upstream[block.images, block.rows].reshape(1, -1, outputs)
        add_product(total, _gather(source, block, geometry)[None], pixels)
    return total.view(*geometry.kernel, channels, outputs).permute(3, 2, 0, 1)


def _forward_few_outputs(
    input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    outputs, channels = weight.shape[:2]
    source, target = pixels_last(input), pixels_last(output)
    factors = weight.permute(2, 3, 0, 1).reshape(-1, channels)
    shift = input.new_zeros(outputs) if bias is None else bias

    for block in _blocks(input, len(factors), geometry):
        place = target[block.images, block.rows]
        rows, columns = _extent(geometry, block)
        size = (block.image_count, rows, columns)
        pixels = workspace.take("planes pixels", (*size, channels), source)
        read_window(source, block.images, *_positions(geometry, block, rows, columns), pixels)
        products = workspace.take("planes matrix", (len(factors), size[0] * rows * columns), source)
        torch.mm(factors, pixels.view(-1, channels).t(), out=products)
        planes = products.view(*geometry.kernel, outputs, *size)
        total = workspace.take("planes total", (outputs, *place.shape[:3]), source)
        total.copy_(shift[:, None, None, None])
        for tap in _shifted(planes, geometry, (place.shape[1], place.shape[2])):
            total.add_(tap)
        place.copy_(total.permute(1, 2, 3, 0))


def _weight_gradient_few_outputs(input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
    """Shift the gradient instead of the input.

    Input and gradient change places: seen from the input, the gradient is what is shifted, in the
    other direction. The stride must be 1.
    """
    return (
        _weight_gradient_few_inputs(gradient, input, geometry.reversed).flip(2, 3).transpose(0, 1)
    )


def _blocks(input: Tensor, matrix_rows: int, geometry: Geometry) -> list[RowBlock]:
    pixels = block_pixels(tuning.PLANES_ELEMENTS, matrix_rows, tuning.PLANES_PIXELS, input)
    return row_blocks(input.shape[0], *geometry.output_size, pixels)


def _extent(geometry: Geometry, block: RowBlock) -> Pair:
    """Return how many rows and columns a block reads."""
    reach = span(geometry.kernel, geometry.dilation)
    rows = (block.row_count - 1) * geometry.stride[0] + reach[0]
    return rows, (geometry.output_size[1] - 1) * geometry.stride[1] + reach[1]


def _positions(geometry: Geometry, block: RowBlock, rows: int, columns: int) -> tuple[range, range]:
    """Return which rows and columns of the input a block reads."""
    top = block.rows.start * geometry.stride[0] - geometry.before[0]
    left = -geometry.before[1]
    return range(top, top + rows), range(left, left + columns)


def _gather(source: Tensor, block: RowBlock, geometry: Geometry) -> Tensor:
    """Return the matrix of a block: a row for every tap and channel, a column for every pixel."""
    rows, columns = _extent(geometry, block)
    channels = source.shape[3]
    planes = workspace.take("planes pixels", (channels, block.image_count, rows, columns), source)
    positions = _positions(geometry, block, rows, columns)
    read_window(source, block.images, *positions, planes.permute(1, 2, 3, 0))
    size = (block.row_count, geometry.output_size[1])
    kernel = geometry.kernel
    matrix = workspace.take(
        "planes matrix", (kernel[0] * kernel[1], channels, block.image_count, *size), source
    )
    everywhere = planes.expand(*kernel, *planes.shape)
    for place, tap in zip(matrix, _shifted(everywhere, geometry, size), strict=True):
        place.copy_(tap)
    return matrix.view(kernel[0] * kernel[1] * channels, -1)


def _shifted(planes: Tensor, geometry: Geometry, size: Pair) -> Iterator[Tensor]:
    """Yield, for every tap, the part of its own planes that the output pixels read.

    Args:
        planes: (kernel height, kernel width, channels, images, rows, columns).
        size: of the output.

    Yields:
        (channels, images, height, width).
    """
    (down, right), (below, beside) = geometry.stride, geometry.dilation
    for row in range(geometry.kernel[0]):
        for column in range(geometry.kernel[1]):
            top, left = row * below, column * beside
            yield planes[row, column][
                :,
                :,
                top : top + (size[0] - 1) * down + 1 : down,
                left : left + (size[1] - 1) * right + 1 : right,
            ]


def _always(weight: Tensor, geometry: Geometry) -> bool:
    return True


PLANES = Algorithm("planes", _always, forward, weight_gradient, error_bound=1e-5)
