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

BAND_ELEMENTS = 400_000
"""Wished number of transformed elements (tile rows x 6 x width x channels), for each core."""


def applies_to(geometry: Geometry) -> bool:
    """Tell whether a convolution has three taps a column, next to each other, at stride 1."""
    return geometry.kernel[0] == 3 and geometry.stride == (1, 1) and geometry.dilation == (1, 1)


def forward(
    input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    """Convolve ``input`` and write the result to ``output``; as in :mod:`convolution_matrix`."""
    outputs = weight.shape[0]
    source, target = pixels_last(input), pixels_last(output)
    windows = Windows.along(geometry, input.shape[1], geometry.kernel[1])
    taps = _transform_weight(weight)
    for band in _bands(input, geometry, windows, max(input.shape[1], outputs)):
        lines = _transform_band(source, band, geometry, windows)
        tile_rows = -(-band.row_count // OUTPUTS)
        shape = windows.product_shape(band.image_count * tile_rows, outputs)
        product = workspace.take("rows product", (INPUTS, *shape), input)
        windows.multiply(lines, taps, product)
        if bias is not None:
            product[CONSTANT].add_(bias)
        _transform_back(windows.wanted(product, band.image_count, tile_rows), target, band)


def weight_gradient(input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
    r"""Return the gradient with respect to the weight, (O, C, 3, k).

    Each transform is linear, so its derivative is its transpose:
    :math:`\partial g = G^T [ (B^T x) \star (A\, \partial y) ]`, summed over the lines.
    """
    channels, outputs = input.shape[1], gradient.shape[1]
    source, upstream = pixels_last(input), pixels_last(gradient)
    windows = Windows.along(geometry, channels, geometry.kernel[1])
    total = zero_sums((INPUTS, geometry.kernel[1] * channels, outputs), input)
    for band in _bands(input, geometry, windows, max(channels, outputs)):
        lines = _transform_band(source, band, geometry, windows)
        pulled = _transform_gradient_band(upstream, band, geometry, windows)
        windows.correlate(lines, pulled, total)
    total = total.view(INPUTS, geometry.kernel[1], channels, outputs)
    return torch.einsum("hi,hjco->ocij", tap_matrix(total), total)


def _transform_weight(weight: Tensor) -> Tensor:
    """Return (6, k C, O): the taps of every pair of channels, transformed along the columns."""
    taps = weight.permute(2, 3, 1, 0).reshape(3, -1)
    return (tap_matrix(weight) @ taps).view(INPUTS, -1, weight.shape[0])


def _bands(input: Tensor, geometry: Geometry, windows: Windows, channels: int) -> list[Band]:
    height, width = geometry.output_size
    lines = band_pixels(BAND_ELEMENTS, INPUTS * channels * windows.pitch, 1, input)
    return bands(input.shape[0], height, width, lines * OUTPUTS * width, OUTPUTS)


def _transform_band(source: Tensor, band: Band, geometry: Geometry, windows: Windows) -> Tensor:
    """Return a band's transformed lines, ready for :class:`Windows`: (6, elements)."""
    images, channels = band.image_count, source.shape[3]
    tile_rows = -(-band.row_count // OUTPUTS)
    rows = tile_rows * OUTPUTS + INPUTS - OUTPUTS
    pixels = workspace.take("rows pixels", (images, rows, windows.pitch, channels), source)
    top, left = band.rows.start - geometry.before[0], -geometry.before[1]
    read_window(
        source, band.images, range(top, top + rows), range(left, left + windows.pitch), pixels
    )
    lines = overlapping(pixels, 1, INPUTS, OUTPUTS)
    shape = lines.shape[1:]
    elements = shape.numel()
    transformed = workspace.take("rows lines", (INPUTS, elements + windows.overhang), source)
    transformed[:, elements:].zero_()
    places = transformed[:, :elements].unflatten(1, shape)
    transform_inputs(lines, places, workspace.take("rows spare", (SPARE, *shape), source))
    return transformed


def _transform_back(product: Tensor, target: Tensor, band: Band) -> None:
    """Write the outputs that (6, images, tile rows, width, O) stand for to their band."""
    _, images, tile_rows, width, outputs = product.shape
    place = target[band.images, band.rows]
    whole = place.shape[1] == tile_rows * OUTPUTS
    size = (images, tile_rows * OUTPUTS, width, outputs)
    full = place if whole else workspace.take("rows pixels", size, product)
    spare = workspace.take("rows spare", (SPARE, *product.shape[1:]), product)
    transform_outputs(product, overlapping(full, 1, OUTPUTS, OUTPUTS), spare)
    if not whole:
        place.copy_(full[:, : place.shape[1]])


def _transform_gradient_band(
    upstream: Tensor, band: Band, geometry: Geometry, windows: Windows
) -> Tensor:
    """Return what the transpose of :func:`_transform_back` makes of a band, (6, elements)."""
    images, outputs = band.image_count, upstream.shape[3]
    tile_rows = -(-band.row_count // OUTPUTS)
    rows = tile_rows * OUTPUTS
    pixels = workspace.take("rows pixels", (images, rows, windows.pitch, outputs), upstream)
    start = band.rows.start
    # Beyond the image's right border the gradient reads zero, as the windows there are no outputs.
    read_window(upstream, band.images, range(start, start + rows), range(windows.pitch), pixels)
    lines = overlapping(pixels, 1, OUTPUTS, OUTPUTS)
    shape = lines.shape[1:]
    elements = shape.numel()
    needed = windows.product_shape(images * tile_rows, outputs)
    pulled = workspace.take("rows product", (INPUTS, *needed), upstream)
    flat = pulled.view(INPUTS, -1)
    flat[:, elements:].zero_()
    places = flat[:, :elements].unflatten(1, shape)
    transform_gradients(lines, places, workspace.take("rows spare", (SPARE, *shape), upstream))
    return pulled
