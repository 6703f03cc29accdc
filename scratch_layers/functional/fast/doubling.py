r"""Doubling an image and convolving it with 3x3 taps: a third of the definition's multiplications.

Where every line :math:`x_y` stands twice, the three taps :math:`a, b, c` of a column never meet
more than two different lines. Of what the two output lines around a line need, one part is the
same, and the other is shared with the neighbouring pairs:

.. math::
    M_y = a\, x_{y-1} + c\, x_y, \qquad B_y = b\, x_y, \qquad
    z_{2y} = M_y + B_y, \qquad z_{2y+1} = M_{y+1} + B_y

Along the lines each of the two phases has two summed taps, :math:`(a, b + c)` on the pixels
:math:`x - 1, x` and :math:`(a + b, c)` on :math:`x, x + 1`; their products are written next to each
other. The derivatives are the transposes: lines of the gradient are added in pairs first.

Like :mod:`matrix` this differs from the reference by the order of summation alone: in
float32 by less than :math:`10^{-5}` of the output's range.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.functional.fast import tuning
from scratch_layers.functional.fast.constants import constant
from scratch_layers.functional.fast.row_blocks import (
    RowBlock,
    block_pixels,
    empty_channels_last,
    pixels_last,
    read_window,
    row_blocks,
    zero_sums,
)
from scratch_layers.functional.fast.windows import Windows
from scratch_layers.functional.geometry import Geometry, Pair
from scratch_layers.functional.memory import workspace

SCALE = 2
"""Times that every line and every pixel stands in the enlarged image."""

TAPS = 3
"""Taps along each axis."""

_PHASE_TAPS = (((1, 0, 0), (0, 1, 1)), ((1, 1, 0), (0, 0, 1)))
"""For both phases along a line and both pixels of their windows, which of a, b, c are summed."""

_READING_TAPS = ((0, 0, 1), (0, 1, 1), (1, 1, 0), (1, 0, 0))
"""For the four output pixels that read a pixel, in their order, which of a, b, c are summed."""


def applies_to(scale: Pair, geometry: Geometry) -> bool:
    """Tell whether this is doubling and a plain 3x3 convolution whose padding crops nothing."""
    return (
        scale == (SCALE, SCALE)
        and geometry.kernel == (TAPS, TAPS)
        and geometry.stride == geometry.dilation == (1, 1)
        and all(_crops_nothing(geometry, axis) for axis in (0, 1))
    )


def _crops_nothing(geometry: Geometry, axis: int) -> bool:
    before = geometry.before[axis]
    after = geometry.output_size[axis] - geometry.input_size[axis] + TAPS - 1 - before
    return before >= 0 and after >= 0


@dataclass(frozen=True)
class _Pairs:
    """The pairs of outputs around the small pixels along one axis.

    The outputs whose middle tap lies on either half of small pixel y are pair y.

    Attributes:
        first: the small pixel of the first pair; negative where the padding is wide.
        count: pairs.
        skipped: 1 where the first half of the first pair is no output, else 0.
        outputs: along this axis.
    """

    first: int
    count: int
    skipped: int
    outputs: int

    @classmethod
    def along(cls, geometry: Geometry, axis: int) -> _Pairs:
        """Return the pairs that make up the whole output."""
        outputs = geometry.output_size[axis]
        first, skipped = divmod(TAPS // 2 - geometry.before[axis], SCALE)
        return cls(first, -(-(skipped + outputs) // SCALE), skipped, outputs)

    def halves(self, pairs: slice) -> Iterator[tuple[slice, slice]]:
        """Yield, for both halves, which of some pairs have it as an output, and which outputs."""
        for half in range(SCALE):
            offset = half - self.skipped
            start = max(pairs.start, -(offset // SCALE))
            stop = max(start, min(pairs.stop, -((offset - self.outputs) // SCALE)))
            yield (
                slice(start - pairs.start, stop - pairs.start),
                slice(SCALE * start + offset, SCALE * stop + offset, SCALE),
            )


def forward(input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
    """Double ``input`` and convolve it.

    Args:
        input: (B, C, H, W).
        weight: (O, C, 3, 3).
        bias: (O,) or None.
        geometry: of the convolution on the doubled image.

    Returns:
        (B, O, H_out, W_out).
    """
    outputs, channels = weight.shape[:2]
    down, along = _Pairs.along(geometry, 0), _Pairs.along(geometry, 1)
    # The zero that ends a line is also the one with which the next begins.
    windows = Windows(channels, taps=2, stride=1, count=along.count, line=along.count + 1)
    factors = torch.einsum("qpj,octj->tqpco", constant(_PHASE_TAPS, weight), weight)
    factors = factors.reshape(TAPS, SCALE, 1, 2 * channels, outputs)
    result = empty_channels_last(input, outputs, geometry.output_size)
    source, target = pixels_last(input), pixels_last(result)
    per_pixel = max(channels, SCALE**2 * outputs)
    for block in _blocks(input, (down.count, along.count), per_pixel):
        lines = _read_lines(source, block, (down.first, along.first), windows)
        count = block.row_count + 1
        shape = windows.product_shape(block.image_count * count, outputs)
        products = workspace.take("doubled products", (2, shape[0], SCALE, outputs), input)
        mixed, middle = products
        for phase in range(SCALE):
            run = lines[:, phase * channels :]
            below = run[:, windows.line_stride * channels :]
            windows.multiply(run, factors[0, phase], mixed[None, :, phase])
            windows.multiply(below, factors[2, phase], mixed[None, :, phase], add=True)
            windows.multiply(below, factors[1, phase], middle[None, :, phase])
        if bias is not None:
            middle.add_(bias)
        used = products[:, : block.image_count * count * windows.line_stride]
        image = used.view(2, block.image_count, count, SCALE * windows.line_stride, outputs)
        mixed, middle = image[:, :, :, along.skipped : along.skipped + along.outputs]
        for half, (pairs, rows) in enumerate(down.halves(block.rows)):
            shifted = slice(pairs.start + half, pairs.stop + half)
            torch.add(mixed[:, shifted], middle[:, pairs], out=target[block.images, rows])
    return result


def input_gradient(gradient: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
    """Return the gradient with respect to the small input, (B, C, H, W)."""
    outputs, channels = weight.shape[:2]
    height, width = _small_size(geometry)
    windows = _gradient_windows(outputs, width)
    factors = torch.einsum("ej,octj->teoc", constant(_READING_TAPS, weight), weight)
    factors = factors.reshape(TAPS, 1, len(_READING_TAPS) * outputs, channels)
    result = empty_channels_last(gradient, channels, (height, width))
    upstream, target = pixels_last(gradient), pixels_last(result)
    for block in _blocks(gradient, (height, width), max(channels, SCALE**2 * outputs)):
        count = block.row_count + 1
        shape = windows.product_shape(block.image_count * count, channels)
        product = workspace.take("doubled products", (1, *shape), gradient)
        runs = _gradient_runs(_sum_gradient_lines(upstream, block, geometry, windows), windows)
        for tap, run in enumerate(runs):
            windows.multiply(run, factors[tap], product, add=tap > 0)
        found = windows.wanted(product, block.image_count, count)[0]
        target[block.images, block.rows].copy_(found[:, : block.row_count])
    return result


def weight_gradient(input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
    """Return the gradient with respect to the weight, (O, C, 3, 3)."""
    channels, outputs = input.shape[1], gradient.shape[1]
    height, width = _small_size(geometry)
    windows = _gradient_windows(outputs, width)
    source, upstream = pixels_last(input), pixels_last(gradient)
    total = zero_sums((TAPS, 1, len(_READING_TAPS) * outputs, channels), input)
    for block in _blocks(input, (height, width), max(channels, SCALE**2 * outputs)):
        pixels = _read_pixels(source, block, windows)
        runs = _gradient_runs(_sum_gradient_lines(upstream, block, geometry, windows), windows)
        for tap, run in enumerate(runs):
            windows.correlate(run, pixels, total[tap])
    by_tap = total.view(TAPS, len(_READING_TAPS), outputs, channels)
    return torch.einsum("ej,teoc->octj", constant(_READING_TAPS, total), by_tap)


def _small_size(geometry: Geometry) -> Pair:
    return geometry.input_size[0] // SCALE, geometry.input_size[1] // SCALE


def _blocks(like: Tensor, size: Pair, per_pixel: int) -> list[RowBlock]:
    pixels = block_pixels(tuning.DOUBLING_ELEMENTS, per_pixel, tuning.DOUBLING_PIXELS, like)
    return row_blocks(like.shape[0], *size, pixels)


def _read_lines(source: Tensor, block: RowBlock, first: Pair, windows: Windows) -> Tensor:
    """Return the lines around a block's pairs, from the line above the first on: (1, elements).

    Of several images the line of zeros that ends one is also that with which the next begins.
    """
    per_line = windows.line_stride * windows.channels
    count = block.image_count * (block.row_count + 1) + 1
    memory = workspace.take("doubled lines", (count * per_line + windows.overhang,), source)
    if block.image_count == 1:
        shape = (1, count, windows.line_stride, windows.channels)
    else:
        shape = (block.image_count, block.row_count + 1, windows.line_stride, windows.channels)
    inside = math.prod(shape)
    memory[inside:].zero_()
    top, left = first[0] + block.rows.start - 1, first[1] - 1
    rows, columns = range(top, top + shape[1]), range(left, left + shape[2])
    read_window(source, block.images, rows, columns, memory[:inside].view(shape))
    return memory[None]


def _gradient_windows(outputs: int, width: int) -> Windows:
    """Return the windows of four outputs, two on, that read a small pixel."""
    taps = len(_READING_TAPS)
    return Windows(outputs, taps, SCALE, width, line=SCALE * width + taps - SCALE)


def _sum_gradient_lines(
    upstream: Tensor, block: RowBlock, geometry: Geometry, windows: Windows
) -> Tensor:
    """Return the sums of two lines of the gradient around a block of small rows, (2, elements).

    First those that :math:`M` stands in, from the one above the first row on, then those that
    :math:`B` stands in, with a line of zeros behind every image.
    """
    images, count = block.image_count, block.row_count + 1
    size = (windows.line_stride, windows.channels)
    pixels = workspace.take("doubled pixels", (images, SCALE * count, *size), upstream)
    top, left = (geometry.before[axis] - TAPS // 2 - 1 for axis in (0, 1))
    top += SCALE * block.rows.start
    rows, columns = range(top, top + SCALE * count), range(left, left + windows.line_stride)
    read_window(upstream, block.images, rows, columns, pixels)
    shape = torch.Size((images, count, *size))
    elements = shape.numel()
    memory = workspace.take("doubled lines", (2, elements + windows.overhang), upstream)
    memory[:, elements:].zero_()
    mixed, middle = memory[:, :elements].unflatten(1, shape)
    torch.add(pixels[:, ::SCALE], pixels[:, 1::SCALE], out=mixed)
    torch.add(pixels[:, 1:-1:SCALE], pixels[:, SCALE::SCALE], out=middle[:, :-1])
    middle[:, -1].zero_()
    return memory


def _gradient_runs(sums: Tensor, windows: Windows) -> Iterator[Tensor]:
    """Yield, for the taps a, b, c of a column, the lines that they stand in: (1, elements)."""
    mixed, middle = sums[:1], sums[1:]
    yield mixed[:, windows.line_stride * windows.channels :]
    yield middle
    yield mixed


def _read_pixels(source: Tensor, block: RowBlock, windows: Windows) -> Tensor:
    """Return a block's small pixels, (1, windows, C), with zeros where no pixel belongs."""
    count = block.row_count + 1
    channels = source.shape[3]
    shape = (1, *windows.product_shape(block.image_count * count, channels))
    padded = workspace.take("doubled products", shape, source)
    padded[:, block.image_count * count * windows.per_line :].zero_()
    image = windows.all(padded, block.image_count, count)[0]
    image[:, -1].zero_()
    rows, columns = range(block.rows.start, block.rows.stop), range(windows.per_line)
    read_window(source, block.images, rows, columns, image[:, :-1])
    return padded
