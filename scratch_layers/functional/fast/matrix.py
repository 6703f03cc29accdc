r"""Convolution as matrix products over blocks of rows: one product for every row of the kernel.

The pixels that one output pixel reads along a line are neighbours in channels-last memory: a row of
a matrix that need not be written down, see :mod:`windows`. That matrix times one row of the
kernel's taps gives the row's part of the convolution, and the parts are added up. A kernel that is
dilated along the lines, whose pixels are no neighbours, takes a product for every tap.

The result differs from the reference by the order of summation alone: in float32 by less than
:math:`10^{-5}` of the output's range.

Source: Cho & Brand, "MEC: Memory-efficient Convolution for Deep Neural Network" (ICML 2017).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from scratch_layers.functional.fast import tuning
from scratch_layers.functional.fast.algorithm import Algorithm
from scratch_layers.functional.fast.row_blocks import (
    RowBlock,
    block_pixels,
    pixels_last,
    read_window,
    row_blocks,
    zero_sums,
)
from scratch_layers.functional.fast.windows import Windows
from scratch_layers.functional.geometry import Geometry
from scratch_layers.functional.memory import workspace


def forward(
    input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    """Convolve ``input`` and write the result to ``output``.

    Args:
        input: (B, C, H, W).
        weight: (O, C, kernel height, kernel width).
        bias: (O,) or None.
        output: (B, O, H_out, W_out), fastest where its memory is channels last.
    """
    outputs = weight.shape[0]
    source, target = pixels_last(input), pixels_last(output)
    windows = _windows(input.shape[1], geometry)
    factors = weight.permute(2, 3, 1, 0).reshape(-1, 1, windows.taps * windows.channels, outputs)
    for block in _blocks(input, geometry, max(input.shape[1], outputs)):
        place = target[block.images, block.rows]
        lines = _read_lines(source, block, geometry, windows)
        product, is_output = _product_memory(place, lines, windows)
        for number, run in enumerate(_runs(lines, geometry, windows)):
            windows.multiply(run, factors[number], product, add=number > 0)
        if is_output:
            if bias is not None:
                place.add_(bias)
            continue
        found = windows.wanted(product, lines.shape[1], lines.shape[2])[0, :, : block.row_count]
        if bias is None:
            place.copy_(found)
        else:
            torch.add(found, bias, out=place)


def weight_gradient(input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
    """Return the gradient with respect to the weight, (O, C, kernel height, kernel width)."""
    channels, outputs = input.shape[1], gradient.shape[1]
    source, upstream = pixels_last(input), pixels_last(gradient)
    windows = _windows(channels, geometry)
    products = geometry.kernel[0] * geometry.kernel[1] // windows.taps
    total = zero_sums((products, 1, windows.taps * channels, outputs), input)
    for block in _blocks(input, geometry, max(channels, outputs)):
        lines = _read_lines(source, block, geometry, windows)
        padded = _read_gradient(upstream, block, lines, windows)
        for number, run in enumerate(_runs(lines, geometry, windows)):
            windows.correlate(run, padded, total[number])
    return total.view(*geometry.kernel, channels, outputs).permute(3, 2, 0, 1)


def _windows(channels: int, geometry: Geometry) -> Windows:
    """Return the windows of one product: a whole kernel row or, if it is dilated, one tap."""
    return Windows.along(geometry, channels, geometry.kernel[1] if geometry.dilation[1] == 1 else 1)


def _blocks(input: Tensor, geometry: Geometry, channels: int) -> list[RowBlock]:
    per_pixel = channels * geometry.stride[0] * geometry.stride[1]
    pixels = block_pixels(tuning.MATRIX_ELEMENTS, per_pixel, tuning.MATRIX_PIXELS, input)
    return row_blocks(input.shape[0], *geometry.output_size, pixels)


def _read_lines(source: Tensor, block: RowBlock, geometry: Geometry, windows: Windows) -> Tensor:
    """Return the lines that a block reads, (stride, images, lines, line_stride, C).

    Lines are kept apart by their remainder modulo the stride, so that the lines that one row of
    the kernel reads are neighbours. Behind the last element there is room for what the windows of
    the lowest kernel row, shifted down, reach over.
    """
    if _is_pointwise(geometry):
        pixels = source[block.images, block.rows]
        if pixels.is_contiguous():
            return pixels[None]
    stride = geometry.stride[0]
    skipped = (geometry.kernel[0] - 1) * geometry.dilation[0] // stride
    count = block.row_count + skipped
    shape = torch.Size((stride, block.image_count, count, windows.line_stride, windows.channels))
    rest = skipped * windows.line_stride * windows.channels + windows.overhang
    memory = workspace.take("matrix lines", (shape.numel() + rest,), source)
    memory[shape.numel() :].zero_()
    lines = memory[: shape.numel()].view(shape)
    top = block.rows.start * stride - geometry.before[0]
    left = -geometry.before[1]
    for remainder in range(stride):
        rows = range(top + remainder, top + remainder + count * stride, stride)
        columns = range(left, left + windows.line_stride)
        read_window(source, block.images, rows, columns, lines[remainder])
    return lines


def _is_pointwise(geometry: Geometry) -> bool:
    """Tell whether every output pixel reads the one input pixel at its own place."""
    return (geometry.kernel, geometry.stride, geometry.before) == ((1, 1), (1, 1), (0, 0)) and (
        geometry.input_size == geometry.output_size
    )


def _runs(lines: Tensor, geometry: Geometry, windows: Windows) -> Iterator[Tensor]:
    """Yield, for every product in the order of the taps, the lines that it reads: (1, elements)."""
    elements = lines[0].numel()
    for row in range(geometry.kernel[0]):
        skipped, remainder = divmod(row * geometry.dilation[0], geometry.stride[0])
        first = lines.stride(0) * remainder + lines.stride(2) * skipped
        for column in range(0, geometry.kernel[1], windows.taps):
            offset = first + column * geometry.dilation[1] * windows.channels
            yield lines.as_strided((1, elements), (elements, 1), lines.storage_offset() + offset)


def _product_memory(place: Tensor, lines: Tensor, windows: Windows) -> tuple[Tensor, bool]:
    """Return memory for a block's products, (1, windows, O), and whether it is the output's own."""
    _, images, count, _, _ = lines.shape
    shape = (1, *windows.product_shape(images * count, place.shape[3]))
    if shape[1] * place.shape[3] == place.numel() and place.is_contiguous():
        return place.view(shape), True
    return workspace.take("matrix product", shape, place), False


def _read_gradient(upstream: Tensor, block: RowBlock, lines: Tensor, windows: Windows) -> Tensor:
    """Return a block of the gradient, (1, windows, O), with zeros for unwanted windows."""
    _, images, count, _, _ = lines.shape
    shape = (1, *windows.product_shape(images * count, upstream.shape[3]))
    padded = workspace.take("matrix product", shape, upstream)
    padded[:, images * count * windows.per_line :].zero_()
    image = windows.all(padded, images, count)[0]
    image[:, block.row_count :].zero_()
    rows, columns = range(block.rows.start, block.rows.stop), range(windows.per_line)
    read_window(upstream, block.images, rows, columns, image[:, : block.row_count])
    return padded


def _always(weight: Tensor, geometry: Geometry) -> bool:
    return True


MATRIX = Algorithm("matrix", _always, forward, weight_gradient, error_bound=1e-5)
