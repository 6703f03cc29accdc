r"""Winograd's convolution F(4x4, 3x3): 3x3, stride 1, with 4 times fewer multiplications.

A tile of 6x6 input pixels and the 3x3 taps are each taken to 36 numbers in which convolution is
multiplication; 16 output pixels are taken back. With :math:`\odot` over the 36 numbers and a sum
over the channels inside it:

.. math::
    Y = A^T \left[ (G g G^T) \odot (B^T x B) \right] A

Each transform is the one of :mod:`winograd_transforms` along the columns and then along the rows,
over all tiles and channels of a block at once; the sum over channels is 36 matrix products. Inside,
the pixels lie sorted by their place in the tile's row, so that what is added up are long runs of
neighbours in memory. The 36 numbers lie column by column: so the transforms of the columns are
divided among the cores as the products are, and each core finds in its own cache what it needs.

Rounding error in float32 stays below :math:`10^{-4}` of the output's range (the points 0, ±1, ±2
make it about ten times that of the direct sum), so float16 and bfloat16 never come here.

Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016).
"""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.functional.fast import tuning, winograd_rows
from scratch_layers.functional.fast.algorithm import Algorithm
from scratch_layers.functional.fast.row_blocks import (
    RowBlock,
    block_pixels,
    overlapping,
    pixels_last,
    read_window,
    row_blocks,
)
from scratch_layers.functional.fast.winograd_transforms import (
    CONSTANT,
    INPUTS,
    OUTPUTS,
    SPARE,
    tap_matrix,
    transform_inputs,
    transform_outputs,
)
from scratch_layers.functional.geometry import Geometry
from scratch_layers.functional.memory import workspace

Shape = tuple[int, int, int]
"""(images, tile rows, tile columns) of a block."""


def applies_to(weight: Tensor, geometry: Geometry) -> bool:
    """Tell whether a convolution has the one shape that this computes, in at least 32 bits."""
    shape = geometry.kernel, geometry.stride, geometry.dilation
    return weight.dtype.itemsize >= 4 and shape == ((3, 3), (1, 1), (1, 1))


def forward(
    input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    """Convolve ``input`` and write the result to ``output``; as in :mod:`matrix`."""
    outputs = weight.shape[0]
    taps = _transform_weight(weight)
    source, target = pixels_last(input), pixels_last(output)
    for block in _blocks(input, geometry, max(input.shape[1], outputs)):
        shape = _tiles(block, geometry)
        spectrum = _transform_block(source, block, geometry.before, shape)
        product = _take("winograd product", (INPUTS**2, spectrum.shape[1], outputs), input)
        torch.bmm(spectrum, taps, out=product)
        if bias is not None:
            product[CONSTANT * INPUTS + CONSTANT].add_(bias)
        _transform_back(product.view(INPUTS, INPUTS, *shape, outputs), target, block)


def _transform_weight(weight: Tensor) -> Tensor:
    """Return (36, C, O): the taps of every pair of channels, transformed; column by column."""
    outputs, channels = weight.shape[:2]
    matrix = tap_matrix(weight)
    both = torch.kron(matrix, matrix)
    taps = weight.permute(3, 2, 1, 0).reshape(9, -1)
    return (both @ taps).view(INPUTS**2, channels, outputs)


def _blocks(input: Tensor, geometry: Geometry, channels: int) -> list[RowBlock]:
    tiles = block_pixels(tuning.TILES_ELEMENTS, INPUTS**2 * channels, tuning.TILES_COUNT, input)
    return row_blocks(input.shape[0], *geometry.output_size, tiles * OUTPUTS**2, OUTPUTS)


def _tiles(block: RowBlock, geometry: Geometry) -> Shape:
    rows, columns = block.row_count, geometry.output_size[1]
    return block.image_count, -(-rows // OUTPUTS), -(-columns // OUTPUTS)


def _transform_block(
    source: Tensor, block: RowBlock, before: tuple[int, int], shape: Shape
) -> Tensor:
    """Return the transforms of a block's tiles, (36, tiles, C); column by column."""
    images, tile_rows, tile_columns = shape
    channels = source.shape[3]
    rows = tile_rows * OUTPUTS + INPUTS - OUTPUTS
    pixels = _take("winograd pixels", (INPUTS, images, rows, tile_columns, channels), source)
    top = block.rows.start - before[0]
    for place in range(INPUTS):
        left = place - before[1]
        columns = range(left, left + OUTPUTS * tile_columns, OUTPUTS)
        read_window(source, block.images, range(top, top + rows), columns, pixels[place])
    across = _take("winograd across", pixels.shape, source)
    transform_inputs(pixels, across, _spare(pixels))
    lines = overlapping(across, 2, INPUTS, OUTPUTS)
    both = _take("winograd spectrum", lines.shape, source)
    transform_inputs(lines, both.transpose(0, 1), _spare(lines))
    return both.view(INPUTS**2, -1, channels)


def _transform_back(product: Tensor, target: Tensor, block: RowBlock) -> None:
    """Write the outputs to their block that (6, 6, images, tile rows, columns, O) stand for."""
    images, tile_rows, tile_columns, outputs = product.shape[2:]
    down = _take("winograd across", (INPUTS, OUTPUTS, *product.shape[2:]), product)
    rows = product.transpose(0, 1)
    transform_outputs(rows, down.transpose(0, 1), _spare(rows))
    place = target[block.images, block.rows]
    size = (images, tile_rows * OUTPUTS, tile_columns * OUTPUTS, outputs)
    whole = place.shape == size
    full = place if whole else _take("winograd pixels", size, product)
    tiles = full.unflatten(2, (-1, OUTPUTS)).unflatten(1, (-1, OUTPUTS)).permute(4, 2, 0, 1, 3, 5)
    transform_outputs(down, tiles, _spare(down))
    if not whole:
        place.copy_(full[:, : place.shape[1], : place.shape[2]])


def _take(name: str, shape: tuple[int, ...], like: Tensor) -> Tensor:
    return workspace.take(name, tuple(shape), like)


def _spare(numbers: Tensor) -> Tensor:
    """Return memory for transforming ``numbers``, whose first dimension counts those of a tile.

    Where two blocks are computed at once they are divided among the cores along the two dimensions
    that follow, like single ones.
    """
    outer, inner = numbers.shape[1:3], numbers.shape[3:]
    return workspace.take("winograd spare", (*outer, SPARE, *inner), numbers).movedim(2, 0)


TILES = Algorithm(
    "winograd",
    applies_to,
    forward,
    # The gradient of the taps needs both sides transformed; by rows that is cheaper at any width.
    winograd_rows.weight_gradient,
    error_bound=1e-4,
)
