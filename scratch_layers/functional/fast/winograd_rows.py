r"""Winograd's F(4, 3) along the columns, plain products along the rows: 3 x k, stride 1.

Six lines of pixels are transformed to six others in which the three taps of a column are one
multiplication; along the line the taps stay what they are. The k pixels of a window are neighbours
in memory, so that the windows of a line are a matrix without being copied, and the whole
convolution is six matrix products with half the multiplications of the direct sum. Next to the
two-dimensional :mod:`winograd_tiles` this multiplies twice as much but transforms a third as
much: the better way for few channels.

Rounding error in float32 stays below :math:`3 \cdot 10^{-5}` of the output's range; in bfloat16,
below four steps of that format, :math:`2^{-5}`.

Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016), section 4.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.functional.fast import tuning
from scratch_layers.functional.fast.algorithm import Algorithm
from scratch_layers.functional.fast.partition import Partition, core_count
from scratch_layers.functional.fast.row_blocks import (
    RowBlock,
    block_pixels,
    overlapping,
    pixels_last,
    read_window,
    row_blocks,
    zero_sums,
)
from scratch_layers.functional.fast.windows import Windows
from scratch_layers.functional.fast.winograd_transforms import (
    CONSTANT,
    INPUTS,
    OUTPUTS,
    SPARE,
    tap_matrix,
    transform_gradients,
    transform_inputs,
    transform_outputs,
)
from scratch_layers.functional.geometry import Geometry
from scratch_layers.functional.memory import workspace


def applies_to(weight: Tensor, geometry: Geometry) -> bool:
    """Tell whether a convolution has three taps a column, next to each other, at stride 1.

    In less than 32 bits the rounding error is too large, but for many channels in bfloat16.
    """
    precise = weight.dtype.itemsize >= 4 or (
        weight.dtype == torch.bfloat16 and min(weight.shape[:2]) >= tuning.ROUGH_ROWS_CHANNELS
    )
    shape = geometry.kernel[0], geometry.stride, geometry.dilation
    return precise and shape == (3, (1, 1), (1, 1))


def forward(
    input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    """Convolve ``input`` and write the result to ``output``; as in :mod:`matrix`."""
    outputs = max(weight.shape[0], tuning.WIDE)
    source, target = pixels_last(input), pixels_last(output)
    windows = Windows.along(geometry, input.shape[1], geometry.kernel[1])
    taps = _transform_weight(weight, outputs)
    for block in _blocks(input, geometry, windows, max(input.shape[1], outputs)):
        partition = Partition.of(block, OUTPUTS, input)
        if len(taps) != partition.count * INPUTS:
            taps = taps[:INPUTS].repeat(partition.count, 1, 1)
        lines = _transform_block(source, block, geometry, windows, partition)
        shape = windows.product_shape(partition.lines, outputs)
        product = workspace.take("rows product", (partition.count * INPUTS, *shape), input)
        windows.multiply(lines, taps, product)
        product = product[:, :, : len(weight)]
        if bias is not None:
            product[CONSTANT::INPUTS].add_(bias)
        image = windows.wanted(product, partition.images, partition.rows)
        _transform_back(partition.numbers(image), target, block, partition)


def weight_gradient(input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
    r"""Return the gradient with respect to the weight, (O, C, 3, k).

    Each transform is linear, so its derivative is its transpose:
    :math:`\partial g = G^T [ (B^T x) \star (A\, \partial y) ]`, summed over the lines.
    """
    channels, outputs = input.shape[1], gradient.shape[1]
    source, upstream = pixels_last(input), pixels_last(gradient)
    windows = Windows.along(geometry, channels, geometry.kernel[1])
    shape = (geometry.kernel[1] * channels, outputs)
    totals = zero_sums((core_count(input) * INPUTS, *shape), input)
    for block in _blocks(input, geometry, windows, max(channels, outputs)):
        partition = Partition.of(block, OUTPUTS, input)
        lines = _transform_block(source, block, geometry, windows, partition)
        pulled = _transform_gradient_block(upstream, block, windows, partition)
        windows.correlate(lines, pulled, totals[: len(lines)])
    total = totals.view(-1, INPUTS, geometry.kernel[1], channels, outputs).sum(0)
    return torch.einsum("hi,hjco->ocij", tap_matrix(total), total)


def _transform_weight(weight: Tensor, outputs: int) -> Tensor:
    """Return (6, k C, outputs): the taps of every pair of channels, transformed along the columns.

    Outputs that the weight does not have are zeros.
    """
    taps = weight.permute(2, 3, 1, 0)
    if outputs > len(weight):
        none = taps.new_zeros((*taps.shape[:3], outputs - len(weight)))
        taps = torch.cat([taps, none], dim=3)
    return (tap_matrix(weight) @ taps.reshape(3, -1)).view(INPUTS, -1, outputs)


def _blocks(input: Tensor, geometry: Geometry, windows: Windows, channels: int) -> list[RowBlock]:
    height, width = geometry.output_size
    elements = tuning.ROWS_BYTES // input.itemsize
    lines = block_pixels(elements, INPUTS * channels * windows.line_stride, 1, input)
    multiple = OUTPUTS * core_count(input)
    return row_blocks(input.shape[0], height, width, lines * OUTPUTS * width, multiple)


def _transform_block(
    source: Tensor, block: RowBlock, geometry: Geometry, windows: Windows, partition: Partition
) -> Tensor:
    """Return a block's transformed lines, ready for :class:`Windows`: (parts x 6, elements)."""
    rows = partition.tile_rows * OUTPUTS + INPUTS - OUTPUTS
    size = (block.image_count, rows, windows.line_stride, source.shape[3])
    pixels = workspace.take("rows pixels", size, source)
    top, left = block.rows.start - geometry.before[0], -geometry.before[1]
    read_window(
        source,
        block.images,
        range(top, top + rows),
        range(left, left + windows.line_stride),
        pixels,
    )
    length = partition.lines * windows.line_stride * source.shape[3]
    runs = (partition.count * INPUTS, length + windows.overhang)
    transformed = workspace.take("rows lines", runs, source)
    transformed[:, length:].zero_()
    lines = partition.divide(overlapping(pixels, 1, INPUTS, OUTPUTS))
    places = transformed[:, :length].view(-1, partition.images, partition.rows, *pixels.shape[2:])
    transform_inputs(lines, partition.numbers(places), partition.take("rows spare", SPARE, lines))
    return transformed


def _transform_back(product: Tensor, target: Tensor, block: RowBlock, partition: Partition) -> None:
    """Write the outputs to their block that these numbers stand for.

    Args:
        product: (6, image parts, row parts, images, rows, width, O).
    """
    width, outputs = product.shape[-2:]
    place = target[block.images, block.rows]
    size = (block.image_count, partition.tile_rows * OUTPUTS, width, outputs)
    whole = place.shape == size
    full = place if whole else workspace.take("rows pixels", size, product)
    lines = partition.divide(overlapping(full, 1, OUTPUTS, OUTPUTS))
    transform_outputs(product, lines, partition.take("rows spare", SPARE, product))
    if not whole:
        place.copy_(full[:, : place.shape[1]])


def _transform_gradient_block(
    upstream: Tensor, block: RowBlock, windows: Windows, partition: Partition
) -> Tensor:
    """Return what the transpose of :func:`_transform_back` makes of a block, (parts x 6, ...)."""
    rows, outputs = partition.tile_rows * OUTPUTS, upstream.shape[3]
    pixels = workspace.take(
        "rows pixels", (block.image_count, rows, windows.line_stride, outputs), upstream
    )
    start = block.rows.start
    # Beyond the image's right border the gradient reads zero, as the windows there are no outputs.
    read_window(
        upstream, block.images, range(start, start + rows), range(windows.line_stride), pixels
    )
    shape = (partition.count * INPUTS, *windows.product_shape(partition.lines, outputs))
    pulled = workspace.take("rows product", shape, upstream)
    pulled[:, partition.lines * windows.line_stride :].zero_()
    lines = partition.divide(overlapping(pixels, 1, OUTPUTS, OUTPUTS))
    places = partition.numbers(windows.all(pulled, partition.images, partition.rows))
    transform_gradients(lines, places, partition.take("rows spare", SPARE, lines))
    return pulled


ROWS = Algorithm("winograd-rows", applies_to, forward, weight_gradient, error_bound=3e-5)
