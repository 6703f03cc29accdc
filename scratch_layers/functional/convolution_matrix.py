r"""Convolution as matrix products over bounded chunks ("im2col" in bands of rows).

The pixels that one output pixel reads, written one after the other, make one row of a matrix;
the convolution is that matrix times the weights. The matrix is nine times the image for a 3x3
kernel, so it is only ever built for a band of rows small enough for the processor's cache.

The result differs from the reference by the order of summation alone: in float32 by less than
:math:`10^{-5}` of the output's range.

Source: Chellapilla, Puri & Simard, "High Performance Convolutional Neural Networks for Document
Processing" (2006).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from scratch_layers.functional.bands import Band, BandReader, as_matrix, bands, write_band
from scratch_layers.functional.geometry import Geometry

CHUNK_ELEMENTS = 250_000
"""Wished number of elements of one chunk's matrix: about what a second-level cache holds."""

LEAST_PIXELS = 512
"""A chunk is never shorter than this, since short matrix products are slow."""


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
    by_kernel_row = weight.permute(2, 3, 1, 0).reshape(geometry.kernel[0], -1, weight.shape[0])
    for band, rows_of_taps in _line_chunks(input, geometry):
        factors = by_kernel_row[:, None].expand(-1, band.image_count, -1, -1)
        with write_band(output, band) as matrix:
            place = matrix.view(band.image_count, -1, matrix.shape[1])
            if bias is None:
                torch.bmm(rows_of_taps[0], factors[0], out=place)
            else:
                torch.baddbmm(bias, rows_of_taps[0], factors[0], out=place)
            for taps, factor in zip(rows_of_taps[1:], factors[1:], strict=True):
                place.baddbmm_(taps, factor)


def weight_gradient(input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
    """Return the gradient with respect to the weight, (O, C, kernel height, kernel width)."""
    channels, outputs = input.shape[1], gradient.shape[1]
    result = input.new_zeros((*geometry.kernel, channels, outputs))
    flat = result.view(-1, outputs)
    for band, columns in _chunks(input, geometry):
        flat.addmm_(columns.t(), as_matrix(gradient, band))
    return result.permute(3, 2, 0, 1)


def _line_chunks(input: Tensor, geometry: Geometry) -> Iterator[tuple[Band, list[Tensor]]]:
    """Yield every band with one matrix for every kernel row, (images, pixels, taps x C).

    The matrices of different kernel rows overlap: the taps along one line of the input serve every
    kernel row that reads the line, so a 3x3 kernel builds three times the image and not nine.
    With a vertical stride, lines are kept apart by their remainder, so that the lines that one
    kernel row reads are neighbours.
    """
    width = geometry.output_size[1]
    line_elements = width * geometry.kernel[1] * input.shape[1]
    pixels = max(LEAST_PIXELS, CHUNK_ELEMENTS // max(1, line_elements) * width)
    offsets = [tap * geometry.dilation[0] for tap in range(geometry.kernel[0])]
    reader = BandReader(input, geometry)
    for band in bands(input.shape[0], *geometry.output_size, pixels):
        lines = reader.read(band)
        phases: dict[int, Tensor] = {}
        for offset in reversed(offsets):
            phase, skipped = offset % geometry.stride[0], offset // geometry.stride[0]
            if phase not in phases:
                count = skipped + band.row_count
                phases[phase] = _line_taps(lines[:, phase:], count, geometry)
        yield (
            band,
            [
                phases[offset % geometry.stride[0]].narrow(
                    1, offset // geometry.stride[0] * width, band.row_count * width
                )
                for offset in offsets
            ],
        )


def _line_taps(lines: Tensor, count: int, geometry: Geometry) -> Tensor:
    """Gather the taps along ``count`` lines: (images, count x columns, horizontal taps x C)."""
    image, row, column, channel = lines.stride()
    taps = lines.as_strided(
        (lines.shape[0], count, geometry.output_size[1], geometry.kernel[1], lines.shape[3]),
        (
            image,
            row * geometry.stride[0],
            column * geometry.stride[1],
            column * geometry.dilation[1],
            channel,
        ),
    )
    return taps.reshape(
        lines.shape[0], count * geometry.output_size[1], geometry.kernel[1] * lines.shape[3]
    )


def _chunks(input: Tensor, geometry: Geometry) -> Iterator[tuple[Band, Tensor]]:
    """Yield every band with its matrix: a row an output pixel, a column a tap and channel."""
    width = geometry.kernel[0] * geometry.kernel[1] * input.shape[1]
    pixels = max(LEAST_PIXELS, CHUNK_ELEMENTS // width)
    reader = BandReader(input, geometry)
    buffer = input.new_empty(0)
    for band in bands(input.shape[0], *geometry.output_size, pixels):
        if band.pixels * width > buffer.numel():
            buffer = input.new_empty(band.pixels * width)
        lines = reader.read(band)
        windows = _windows(lines, band, geometry)
        columns = buffer[: band.pixels * width]
        columns.view(windows.shape).copy_(windows)
        yield band, columns.view(-1, width)


def _windows(lines: Tensor, band: Band, geometry: Geometry) -> Tensor:
    """View the pixels that every output pixel reads: (images, rows, columns, taps..., C)."""
    image, row, column, channel = lines.stride()
    size = (
        lines.shape[0],
        band.row_count,
        geometry.output_size[1],
        *geometry.kernel,
        lines.shape[3],
    )
    strides = (
        image,
        row * geometry.stride[0],
        column * geometry.stride[1],
        row * geometry.dilation[0],
        column * geometry.dilation[1],
        channel,
    )
    return lines.as_strided(size, strides)
