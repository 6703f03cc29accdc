r"""Convolution as one matrix product: a row for every window, a column for every tap and channel.

Windows are copied into the matrix ("im2col"), in channels-last memory a kernel row of one window at
a time. Where the stride is the size of the kernel no pixel is copied twice, and a 1x1 kernel needs
no copy; then the derivative by the input is one product too. Where windows overlap the matrix is
larger than the image, but nothing takes fewer operations: the way for small images. With few
channels a row serves several neighbours, whose outputs are its columns.

The result differs from the reference by the order of summation alone: in float32 by less than
:math:`10^{-5}` of the output's range.

Sources: Chellapilla, Puri & Simard, "High Performance Convolutional Neural Networks for Document
Processing" (2006); for windows side by side, the patch embedding of Dosovitskiy et al., "An Image
is Worth 16x16 Words" (ICLR 2021).
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from scratch_layers.functional.fast import tuning
from scratch_layers.functional.fast.algorithm import Algorithm
from scratch_layers.functional.fast.constants import made_of_weight
from scratch_layers.functional.fast.row_blocks import (
    RowBlock,
    add_matrix_product,
    add_product,
    block_pixels,
    pixels_last,
    read_windows,
    row_blocks,
    zero_sums,
)
from scratch_layers.functional.geometry import Geometry
from scratch_layers.functional.memory import Take, scratch


def side_by_side(geometry: Geometry) -> bool:
    """Tell whether windows touch but do not overlap, from the first pixel on, inside the image."""
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
    """Convolve ``input`` and write the result to ``output``.

    Args:
        input: (B, C, H, W).
        weight: (O, C, kernel height, kernel width); products are computed in its dtype.
        bias: (O,) or None.
        output: (B, O, H_out, W_out), fastest where its memory is channels last.
    """
    count = _joined_count(input, len(weight), geometry, output)
    source, target = pixels_last(input), _joined_pixels(output, count)
    factors = made_of_weight(weight, ("patches", count), lambda: _columns(weight, count))
    geometry = _joined(geometry, count)
    bias = bias if bias is None or count == 1 else bias.repeat(count)
    outputs = factors.shape[1]
    for block in _blocks(source, geometry, factors):
        with scratch() as take:
            patches = _matrix(_windows(source, block, geometry, factors, take), factors, take)
            place = target[block.images, block.rows]
            fits = place.is_contiguous() and place.dtype == factors.dtype
            is_matrix = fits and outputs >= tuning.WIDE
            if is_matrix:
                product = place.view(-1, outputs)
            elif outputs >= tuning.WIDE:
                product = take((len(patches), outputs), factors)
            else:
                # A product with so few columns takes several times as long as its transpose.
                product = take((outputs, len(patches)), factors).t()
            if bias is None:
                torch.mm(patches, factors, out=product)
            else:
                torch.addmm(bias, patches, factors, out=product)
            if not is_matrix:
                place.copy_(product.view(place.shape))


def input_gradient(
    gradient: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    """Write the gradient with respect to the input, plus ``bias`` (C,), to ``output``.

    Windows must be :func:`side_by_side`.
    """
    outputs = weight.shape[0]
    upstream, whole = pixels_last(gradient), pixels_last(output)
    target = _split(whole, geometry)
    factors = weight.permute(0, 2, 3, 1).reshape(outputs, -1)
    rows, columns = (geometry.output_size[axis] * geometry.stride[axis] for axis in (0, 1))
    for rest in (whole[:, rows:], whole[:, :, columns:]):
        rest.zero_()
        if bias is not None:
            rest.add_(bias)
    for block in _blocks(whole, geometry, whole):
        pixels = upstream[block.images, block.rows].reshape(-1, outputs)
        place = target[block.images, block.rows]
        is_matrix = place.is_contiguous()
        with scratch() as take:
            size = (len(pixels), factors.shape[1])
            product = place.view(size) if is_matrix else take(size, gradient)
            torch.mm(pixels, factors, out=product)
            if not is_matrix:
                place.copy_(product.view(place.shape))
        if bias is not None:
            place.add_(bias)


def gradients(
    input: Tensor, gradient: Tensor, weight: Tensor, geometry: Geometry, output: Tensor
) -> Tensor:
    """Write the gradient with respect to the input to ``output``; return that of the weight.

    Both are products with the same patches, those of ``gradient`` around every input pixel. The
    stride must be 1. Products are computed in the dtype of ``weight``.
    """
    outputs, channels = weight.shape[:2]
    source, upstream, target = (pixels_last(image) for image in (input, gradient, output))
    factors = weight.flip(2, 3).permute(2, 3, 0, 1).reshape(-1, channels)
    total = zero_sums((channels, len(factors)), weight)
    for block in _blocks(upstream, geometry.reversed, factors):
        with scratch() as take:
            windows = _windows(upstream, block, geometry.reversed, factors, take)
            patches = _matrix(windows, factors, take)
            place = target[block.images, block.rows]
            product = take((len(patches), channels), factors)
            torch.mm(patches, factors, out=product)
            place.copy_(product.view(place.shape))
            pixels = product
            pixels.view(place.shape).copy_(source[block.images, block.rows])
            add_matrix_product(total, pixels.t(), patches)
    taps = total.view(channels, *geometry.kernel, outputs).flip(1, 2)
    return taps.permute(3, 0, 1, 2)


def weight_gradient(input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
    """Return the gradient with respect to the weight, (O, C, kernel height, kernel width)."""
    channels, outputs = input.shape[1], gradient.shape[1]
    if outputs < channels and geometry.stride == (1, 1) != geometry.kernel:
        # Seen from the input, the gradient is what is shifted, in the other direction.
        swapped = weight_gradient(gradient, input, geometry.reversed)
        return swapped.flip(2, 3).transpose(0, 1)
    count = _joined_count(input, outputs, geometry, gradient)
    kernel, outputs, geometry = geometry.kernel, outputs * count, _joined(geometry, count)
    source, upstream = pixels_last(input), _joined_pixels(gradient, count)
    total = zero_sums((1, geometry.kernel[0] * geometry.kernel[1] * channels, outputs), input)
    for block in _blocks(source, geometry, source):
        with scratch() as take:
            patches = _matrix(_windows(source, block, geometry, source, take), source, take)
            pixels = upstream[block.images, block.rows].reshape(1, -1, outputs)
            add_product(total, patches.t()[None], pixels)
    by_tap = total.view(*geometry.kernel, channels, count, -1)
    shifted = [by_tap[:, at : at + kernel[1], :, at] for at in range(count)]
    return sum(shifted[1:], start=shifted[0]).permute(3, 2, 0, 1)


def _joined_count(input: Tensor, outputs: int, geometry: Geometry, output: Tensor) -> int:
    """Return of how many neighbours on a line a matrix's row computes the outputs.

    Few channels make short runs to copy and, with few outputs, narrow products. One row for several
    neighbours holds the pixels that they share only once, and its product is wider.
    """
    few = input.shape[1] <= tuning.JOINED_CHANNELS and input.device.type == "cpu"
    plain = (geometry.stride[1], geometry.dilation[1]) == (1, 1) and geometry.kernel[1] > 1
    if not (few and plain and pixels_last(output).is_contiguous()):
        return 1
    return math.gcd(geometry.output_size[1], max(1, tuning.JOINED_OUTPUTS // outputs), 4)


def _joined(geometry: Geometry, count: int) -> Geometry:
    """Return the convolution that gives the outputs of so many neighbours as channels of one."""
    return replace(
        geometry,
        output_size=(geometry.output_size[0], geometry.output_size[1] // count),
        kernel=(geometry.kernel[0], geometry.kernel[1] + count - 1),
        stride=(geometry.stride[0], geometry.stride[1] * count),
    )


def _joined_pixels(image: Tensor, count: int) -> Tensor:
    """View (B, C, H, W) as (B, H, W / count, count x C)."""
    pixels = pixels_last(image)
    return pixels if count == 1 else pixels.unflatten(2, (-1, count)).flatten(3)


def _columns(weight: Tensor, count: int) -> Tensor:
    """Return (taps x C, O), or (more taps x C, count x O) for the outputs of so many neighbours."""
    by_tap = weight.permute(2, 3, 1, 0)
    if count == 1:
        return by_tap.reshape(-1, len(weight))
    height, width, channels, outputs = by_tap.shape
    columns = weight.new_zeros((height, width + count - 1, channels, count, outputs))
    for at in range(count):
        columns[:, at : at + width, :, at] = by_tap
    return columns.view(-1, count * outputs)


def _split(pixels: Tensor, geometry: Geometry) -> Tensor:
    """View (B, H, W, C) as patches, (B, H_out, W_out, kernel height, kernel width, C)."""
    height, width = geometry.output_size
    down, along = geometry.kernel
    used = pixels[:, : height * down, : width * along]
    patches: Tensor = used.unflatten(1, (height, down)).unflatten(3, (width, along))
    return patches.transpose(2, 3)


def _blocks(image: Tensor, geometry: Geometry, like: Tensor) -> list[RowBlock]:
    size = geometry.kernel[0] * geometry.kernel[1] * image.shape[3]
    pixels = block_pixels(tuning.PATCHES_BYTES // like.itemsize, size, tuning.PATCHES_PIXELS, image)
    is_matrix = side_by_side(geometry) and geometry.kernel == (1, 1) and image.is_contiguous()
    if is_matrix and geometry.input_size == geometry.output_size:
        pixels = max(1, image.shape[:3].numel())
    return row_blocks(image.shape[0], *geometry.output_size, pixels)


def _windows(
    source: Tensor, block: RowBlock, geometry: Geometry, like: Tensor, take: Take
) -> Tensor:
    """View a block's windows, (images, rows, columns, kernel height, kernel width, C).

    Pixels that must be copied for it are copied in the dtype of ``like``.
    """
    if side_by_side(geometry):
        return _split(source, geometry)[block.images, block.rows]
    return read_windows(source, block, geometry, like, take)


def _matrix(windows: Tensor, like: Tensor, take: Take) -> Tensor:
    """Return a matrix with a row for every window, in the dtype of ``like``."""
    count, size = windows.shape[:3].numel(), windows.shape[3:].numel()
    if windows.is_contiguous() and windows.dtype == like.dtype:
        return windows.view(count, size)
    matrix = take((count, size), like)
    matrix.view(windows.shape).copy_(windows)
    return matrix


def _always(weight: Tensor, geometry: Geometry) -> bool:
    return True


PATCHES = Algorithm(
    "patches",
    _always,
    forward,
    weight_gradient,
    error_bound=1e-5,
    input_gradient=input_gradient,
    gradients=gradients,
    transposes=side_by_side,
)
