r"""Winograd's F(4, 3) along the columns, plain products along the rows: 3 x k, stride 1.

Six lines of pixels are transformed to six others in which the three taps of a column are one
multiplication; along the line the taps stay what they are. The k pixels of a window are neighbours
in memory, so that the windows of a line are a matrix without being copied, and the whole
convolution is six matrix products with half the multiplications of the direct sum. Next to the
two-dimensional :mod:`convolution_winograd` this multiplies twice as much but transforms a third as
much: the better way for few channels.

Rounding error in float32 stays below :math:`3 \cdot 10^{-5}` of the output's range; in bfloat16,
below four steps of that format, :math:`2^{-5}`.

Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016), section 4.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.functional.bands import (
    Band,
    band_pixels,
    bands,
    overlapping,
    pixels_last,
    read_window,
    zero_sums,
)
from scratch_layers.functional.geometry import Geometry
from scratch_layers.functional.parts import Parts, core_count
from scratch_layers.functional.windows import Windows
from scratch_layers.functional.winograd_transforms import (
    CONSTANT,
    INPUTS,
    OUTPUTS,
    SPARE,
    tap_matrix,
    transform_gradients,
    transform_inputs,
    transform_outputs,
)
from scratch_layers.functional.workspace import workspace

LEAST_OUTPUTS = 16
"""Products with fewer columns take as long as with so many, or longer."""

BAND_BYTES = 1_800_000
"""Wished memory of a band's transformed lines (tile rows x 6 x width x channels), for each core."""


def applies_to(geometry: Geometry) -> bool:
    """Tell whether a convolution has three taps a column, next to each other, at stride 1."""
    return geometry.kernel[0] == 3 and geometry.stride == (1, 1) and geometry.dilation == (1, 1)


def forward(
    input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    """Convolve ``input`` and write the result to ``output``; as in :mod:`convolution_matrix`."""
    outputs = max(weight.shape[0], LEAST_OUTPUTS)
    source, target = pixels_last(input), pixels_last(output)
    windows = Windows.along(geometry, input.shape[1], geometry.kernel[1])
    taps = _transform_weight(weight, outputs)
    for band in _bands(input, geometry, windows, max(input.shape[1], outputs)):
        parts = Parts.of(band, OUTPUTS, input)
        if len(taps) != parts.count * INPUTS:
            taps = taps[:INPUTS].repeat(parts.count, 1, 1)
        lines = _transform_band(source, band, geometry, windows, parts)
        shape = windows.product_shape(parts.lines, outputs)
        product = workspace.take("rows product", (parts.count * INPUTS, *shape), input)
        windows.multiply(lines, taps, product)
        product = product[:, :, : len(weight)]
        if bias is not None:
            product[CONSTANT::INPUTS].add_(bias)
        image = windows.wanted(product, parts.images, parts.rows)
        _transform_back(parts.numbers(image), target, band, parts)


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
    for band in _bands(input, geometry, windows, max(channels, outputs)):
        parts = Parts.of(band, OUTPUTS, input)
        lines = _transform_band(source, band, geometry, windows, parts)
        pulled = _transform_gradient_band(upstream, band, windows, parts)
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


def _bands(input: Tensor, geometry: Geometry, windows: Windows, channels: int) -> list[Band]:
    height, width = geometry.output_size
    elements = BAND_BYTES // input.itemsize
    lines = band_pixels(elements, INPUTS * channels * windows.pitch, 1, input)
    multiple = OUTPUTS * core_count(input)
    return bands(input.shape[0], height, width, lines * OUTPUTS * width, multiple)


def _transform_band(
    source: Tensor, band: Band, geometry: Geometry, windows: Windows, parts: Parts
) -> Tensor:
    """Return a band's transformed lines, ready for :class:`Windows`: (parts x 6, elements)."""
    rows = parts.tile_rows * OUTPUTS + INPUTS - OUTPUTS
    size = (band.image_count, rows, windows.pitch, source.shape[3])
    pixels = workspace.take("rows pixels", size, source)
    top, left = band.rows.start - geometry.before[0], -geometry.before[1]
    read_window(
        source, band.images, range(top, top + rows), range(left, left + windows.pitch), pixels
    )
    length = parts.lines * windows.pitch * source.shape[3]
    runs = (parts.count * INPUTS, length + windows.overhang)
    transformed = workspace.take("rows lines", runs, source)
    transformed[:, length:].zero_()
    lines = parts.divide(overlapping(pixels, 1, INPUTS, OUTPUTS))
    places = transformed[:, :length].view(-1, parts.images, parts.rows, *pixels.shape[2:])
    transform_inputs(lines, parts.numbers(places), parts.take("rows spare", SPARE, lines))
    return transformed


def _transform_back(product: Tensor, target: Tensor, band: Band, parts: Parts) -> None:
    """Write the outputs that (6, parts, parts, images, rows, width, O) stand for to their band."""
    width, outputs = product.shape[-2:]
    place = target[band.images, band.rows]
    size = (band.image_count, parts.tile_rows * OUTPUTS, width, outputs)
    whole = place.shape == size
    full = place if whole else workspace.take("rows pixels", size, product)
    lines = parts.divide(overlapping(full, 1, OUTPUTS, OUTPUTS))
    transform_outputs(product, lines, parts.take("rows spare", SPARE, product))
    if not whole:
        place.copy_(full[:, : place.shape[1]])


def _transform_gradient_band(
    upstream: Tensor, band: Band, windows: Windows, parts: Parts
) -> Tensor:
    """Return what the transpose of :func:`_transform_back` makes of a band, (parts x 6, ...)."""
    rows, outputs = parts.tile_rows * OUTPUTS, upstream.shape[3]
    pixels = workspace.take(
        "rows pixels", (band.image_count, rows, windows.pitch, outputs), upstream
    )
    start = band.rows.start
    # Beyond the image's right border the gradient reads zero, as the windows there are no outputs.
    read_window(upstream, band.images, range(start, start + rows), range(windows.pitch), pixels)
    shape = (parts.count * INPUTS, *windows.product_shape(parts.lines, outputs))
    pulled = workspace.take("rows product", shape, upstream)
    pulled[:, parts.lines * windows.pitch :].zero_()
    lines = parts.divide(overlapping(pixels, 1, OUTPUTS, OUTPUTS))
    places = parts.numbers(windows.all(pulled, parts.images, parts.rows))
    transform_gradients(lines, places, parts.take("rows spare", SPARE, lines))
    return pulled
