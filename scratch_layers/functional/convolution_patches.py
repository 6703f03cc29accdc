r"""Convolution whose windows do not overlap: one matrix product of patches by taps.

Where the stride is the size of the kernel every pixel belongs to one patch. The patches are a
matrix after a single copy, and for a 1x1 kernel without one. Backwards it is the same: each patch
of the input's gradient is a row of a product.

The result differs from the reference by the order of summation alone: in float32 by less than
:math:`10^{-5}` of the output's range.

Source: Dosovitskiy et al., "An Image is Worth 16x16 Words" (ICLR 2021), whose patch embedding this
is.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.functional.bands import (
    Band,
    add_product,
    band_pixels,
    bands,
    pixels_last,
    zero_sums,
)
from scratch_layers.functional.geometry import Geometry
from scratch_layers.functional.workspace import workspace

BAND_ELEMENTS = 250_000
"""Wished number of elements of a band's patches, for each core."""

LEAST_PATCHES = 1024
"""A band never has fewer patches than this, since short matrix products are slow."""


def applies_to(geometry: Geometry) -> bool:
    """Tell whether windows lie side by side, from the first pixel on and inside the image."""
    return (
        geometry.kernel == geometry.stride
        and geometry.dilation == (1, 1)
        and geometry.before == (0, 0)
        and all(
            output * step <= size
            for output, step, size in zip(
                geometry.output_size, geometry.stride, geometry.input_size, strict=True
            )
        )
    )


def forward(
    input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    """Convolve ``input`` and write the result to ``output``; as in :mod:`convolution_matrix`."""
    outputs = weight.shape[0]
    source, target = _split(pixels_last(input), geometry), pixels_last(output)
    factors = weight.permute(2, 3, 1, 0).reshape(-1, outputs)
    for band in _bands(input, source, geometry):
        patches = _read_patches(source[band.images, band.rows])
        place = target[band.images, band.rows]
        is_matrix = place.is_contiguous()
        product = place.view(-1, outputs) if is_matrix else input.new_empty(len(patches), outputs)
        if bias is None:
            torch.mm(patches, factors, out=product)
        else:
            torch.addmm(bias, patches, factors, out=product)
        if not is_matrix:
            place.copy_(product.view(place.shape))


def input_gradient(
    gradient: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    """Write the gradient with respect to the input, plus ``bias`` (C,), to ``output``."""
    outputs = weight.shape[0]
    upstream, whole = pixels_last(gradient), pixels_last(output)
    target = _split(whole, geometry)
    factors = weight.permute(0, 2, 3, 1).reshape(outputs, -1)
    rows, columns = (geometry.output_size[axis] * geometry.stride[axis] for axis in (0, 1))
    for rest in (whole[:, rows:], whole[:, :, columns:]):
        rest.zero_()
        if bias is not None:
            rest.add_(bias)
    for band in _bands(gradient, target, geometry):
        pixels = upstream[band.images, band.rows].reshape(-1, outputs)
        place = target[band.images, band.rows]
        is_matrix = place.is_contiguous()
        product = (
            place.view(len(pixels), -1)
            if is_matrix
            else workspace.take("patches", (len(pixels), factors.shape[1]), gradient)
        )
        torch.mm(pixels, factors, out=product)
        if not is_matrix:
            place.copy_(product.view(place.shape))
        if bias is not None:
            place.add_(bias)


def weight_gradient(input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
    """Return the gradient with respect to the weight, (O, C, kernel height, kernel width)."""
    channels, outputs = input.shape[1], gradient.shape[1]
    source, upstream = _split(pixels_last(input), geometry), pixels_last(gradient)
    total = zero_sums((1, geometry.kernel[0] * geometry.kernel[1] * channels, outputs), input)
    for band in _bands(input, source, geometry):
        patches = _read_patches(source[band.images, band.rows])
        pixels = upstream[band.images, band.rows].reshape(1, -1, outputs)
        add_product(total, patches.t()[None], pixels)
    return total.view(*geometry.kernel, channels, outputs).permute(3, 2, 0, 1)


def _split(pixels: Tensor, geometry: Geometry) -> Tensor:
    """View (B, H, W, C) as patches, (B, H_out, W_out, kernel height, kernel width, C)."""
    height, width = geometry.output_size
    down, along = geometry.kernel
    used = pixels[:, : height * down, : width * along]
    return used.unflatten(1, (height, down)).unflatten(3, (width, along)).transpose(2, 3)


def _bands(like: Tensor, patches: Tensor, geometry: Geometry) -> list[Band]:
    size = patches.shape[3:].numel()
    pixels = band_pixels(BAND_ELEMENTS, size, LEAST_PATCHES, like)
    if size == patches.shape[-1] and patches.is_contiguous():
        pixels = patches.shape[:3].numel()
    return bands(like.shape[0], *geometry.output_size, pixels)


def _read_patches(patches: Tensor) -> Tensor:
    """Return a matrix with a row for every patch."""
    count, size = patches.shape[:3].numel(), patches.shape[3:].numel()
    if patches.is_contiguous():
        return patches.view(count, size)
    matrix = workspace.take("patches", (count, size), patches)
    matrix.view(patches.shape).copy_(patches)
    return matrix
