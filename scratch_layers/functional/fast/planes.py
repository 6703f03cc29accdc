r"""Convolution with few output channels: products of all taps first, then shifted and added up.

Three outputs are too few for a fast matrix product. So every pixel is multiplied by the weights of
all taps, a plane of products for each tap and output, and the planes are shifted and added up
("kn2row").

The result differs from the reference by the order of summation alone: in float32 by less than
:math:`10^{-5}` of the output's range.

Source: Vasudevan, Anderson & Gregg, "Parallel Multi Channel Convolution using General Matrix
Multiplication" (ASAP 2017).
"""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.functional.fast import patches, tuning
from scratch_layers.functional.fast.algorithm import Algorithm
from scratch_layers.functional.fast.row_blocks import (
    block_pixels,
    pixels_last,
    read_window,
    row_blocks,
)
from scratch_layers.functional.geometry import Geometry, span
from scratch_layers.functional.memory import scratch


def applies_to(weight: Tensor, geometry: Geometry) -> bool:
    """Tell whether neighbouring outputs read neighbouring pixels."""
    return geometry.stride == (1, 1)


def forward(
    input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    """Convolve ``input`` and write the result to ``output``; as in :mod:`patches`."""
    outputs, channels = weight.shape[:2]
    source, target = pixels_last(input), pixels_last(output)
    factors = weight.permute(2, 3, 0, 1).reshape(-1, channels)
    shift = input.new_zeros(outputs) if bias is None else bias
    reach = span(geometry.kernel, geometry.dilation)
    columns = geometry.output_size[1] + reach[1] - 1
    left = -geometry.before[1]
    pixel_count = block_pixels(tuning.PLANES_ELEMENTS, len(factors), tuning.PLANES_PIXELS, input)
    for block in row_blocks(len(input), *geometry.output_size, pixel_count):
        place = target[block.images, block.rows]
        size = (block.image_count, block.row_count + reach[0] - 1, columns)
        top = block.rows.start - geometry.before[0]
        positions = range(top, top + size[1]), range(left, left + columns)
        with scratch() as take:
            pixels = take((*size, channels), source)
            read_window(source, block.images, *positions, pixels)
            planes = take((*geometry.kernel, outputs, *size), source)
            torch.mm(factors, pixels.view(-1, channels).t(), out=planes.view(len(factors), -1))
            total = take((outputs, *place.shape[:3]), source)
            total.copy_(shift[:, None, None, None])
            for row in range(geometry.kernel[0]):
                for column in range(geometry.kernel[1]):
                    plane = planes[row, column]
                    shifted = plane.narrow(2, row * geometry.dilation[0], total.shape[2])
                    total.add_(shifted.narrow(3, column * geometry.dilation[1], total.shape[3]))
            place.copy_(total.permute(1, 2, 3, 0))


PLANES = Algorithm("planes", applies_to, forward, patches.weight_gradient, error_bound=1e-5)
