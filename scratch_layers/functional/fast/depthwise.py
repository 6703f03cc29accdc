r"""Depthwise convolution: every channel has taps of its own, and channels do not mix.

.. math::
    Y_{b,c,y,x} = \beta_c + \sum_{i,j} W_{c,i,j} X_{b,\,c,\,y s + i d - p,\,x s + j d - p}

There is no sum over channels and so no matrix product. In channels-last memory a tap multiplies
long runs of neighbours by the same vector. For the gradients of the taps one operation multiplies a
block's windows by what was sent to it, for all taps, and adds to the sums over earlier blocks.

The result differs from the reference by the order of summation alone: in float32 by less than
:math:`10^{-5}` of the output's range.

Source: Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
Applications" (2017).
"""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor

from scratch_layers.functional.fast import tuning
from scratch_layers.functional.fast.algorithm import Algorithm
from scratch_layers.functional.fast.constants import made_of_weight
from scratch_layers.functional.fast.row_blocks import (
    RowBlock,
    block_pixels,
    pixels_last,
    read_window,
    read_windows,
    row_blocks,
    windows_of,
)
from scratch_layers.functional.geometry import Geometry, span
from scratch_layers.functional.memory import Take, scratch


def applies_to(weight: Tensor, geometry: Geometry) -> bool:
    """Tell whether the weight (C, 1, k, k) has one channel a group, in at least 32 bits."""
    return weight.shape[1] == 1 and weight.dtype.itemsize >= 4


def forward(
    input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    """Convolve ``input`` and write the result to ``output``.

    Args:
        input: (B, C, H, W).
        weight: (C, 1, kernel height, kernel width).
        bias: (C,) or None.
        output: (B, C, H_out, W_out), fastest where its memory is channels last.
    """
    source, target = pixels_last(input), pixels_last(output)
    # As long as a line of the output, so that a whole line is one run of multiplications.
    columns = geometry.output_size[1]
    lines = made_of_weight(
        weight, ("lines", columns), lambda: _factors(weight)[:, None].repeat(1, columns, 1)
    )
    factors = lines.unbind()
    shift = lines.new_zeros(len(weight)) if bias is None else bias
    for block in _blocks(input, geometry):
        place = target[block.images, block.rows]
        with scratch() as take:
            windows = _windows(source, block, geometry, take)
            for tap, pixels in enumerate(itertools.chain(*windows)):
                torch.addcmul(place if tap else shift, pixels, factors[tap], out=place)


def input_gradient(
    gradient: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    """Write the gradient with respect to the input, plus ``bias`` (C,), to ``output``."""
    if geometry.stride == (1, 1):
        forward(gradient, weight.flip(2, 3), bias, geometry.reversed, output)
        return
    factors, upstream, target = _factors(weight), pixels_last(gradient), pixels_last(output)
    reach = span(geometry.kernel, geometry.dilation)
    extent = [
        max(
            geometry.before[axis] + geometry.input_size[axis],
            (geometry.output_size[axis] - 1) * geometry.stride[axis] + reach[axis],
        )
        for axis in (0, 1)
    ]
    padded = upstream.new_zeros((len(upstream), *extent, upstream.shape[3]))
    places = windows_of(padded, geometry, geometry.output_size).permute(3, 4, 0, 1, 2, 5)
    for tap, place in enumerate(itertools.chain(*places)):
        place.addcmul_(upstream, factors[tap])
    shift = factors.new_zeros(len(weight)) if bias is None else bias
    rows, columns = (range(start, start + size) for start, size in _inner(geometry))
    read_window(padded, slice(None), rows, columns, target)
    target.add_(shift)


def weight_gradient(input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
    """Return the gradient with respect to the weight, (C, 1, kernel height, kernel width)."""
    source, upstream = pixels_last(input), pixels_last(gradient)
    columns, channels = upstream.shape[2:]
    blocks = _blocks(input, geometry, math.prod(geometry.kernel))
    images = max((block.image_count for block in blocks), default=0)
    rows = max((block.row_count for block in blocks), default=0)
    total = gradient.new_zeros((*geometry.kernel, images, rows, columns, channels))
    for block in blocks:
        with scratch() as take:
            windows = _windows(source, block, geometry, take)
            sent = upstream[block.images, block.rows]
            total[:, :, : block.image_count, : block.row_count].addcmul_(windows, sent)
    return total.sum((2, 3, 4)).permute(2, 0, 1).unsqueeze(1)


def _factors(weight: Tensor) -> Tensor:
    """Return (taps, C)."""
    return weight.permute(2, 3, 1, 0).reshape(-1, len(weight))


def _inner(geometry: Geometry) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return where the input begins in what the output reads, and its size, along both axes."""
    (top, left), (height, width) = geometry.before, geometry.input_size
    return (top, height), (left, width)


def _blocks(image: Tensor, geometry: Geometry, results: int = 0) -> list[RowBlock]:
    """Cut the output into blocks.

    Args:
        results: numbers that are computed for each output at once. They may take more room than a
            block does, since every operation writes all of them.
    """
    channels = image.shape[1]
    read = channels * geometry.stride[0] * geometry.stride[1]
    per_pixel = max(read, channels * results // 8)
    pixels = block_pixels(tuning.DEPTHWISE_ELEMENTS, per_pixel, 1, image)
    return row_blocks(len(image), *geometry.output_size, pixels)


def _windows(source: Tensor, block: RowBlock, geometry: Geometry, take: Take) -> Tensor:
    """Return what a block reads at every tap: (kernel h, kernel w, images, rows, columns, C)."""
    windows = read_windows(source, block, geometry, source, take)
    return windows.permute(3, 4, 0, 1, 2, 5)


def _always(geometry: Geometry) -> bool:
    return True


DEPTHWISE = Algorithm(
    "depthwise",
    applies_to,
    forward,
    weight_gradient,
    error_bound=1e-5,
    input_gradient=input_gradient,
    takes_groups=True,
    transposes=_always,
)
