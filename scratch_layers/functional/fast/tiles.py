r"""Convolution of tiles: numbers that stand for them are multiplied, with fewer multiplications.

A tile of neighbouring inputs :math:`x` and the taps :math:`w` are each taken to as many numbers by
a small constant matrix, the numbers are multiplied, and the tile's outputs are taken back:

.. math::
    y = A \left[ (G w) \odot (B x) \right]

All tiles of a block are computed at once: the transforms are matrix products of 3 to 36 rows by
many columns, the multiplications are matrix products too, summed over the input channels. Every
step but the multiplication is linear, so the derivative by the taps is :math:`\partial w = G^T [(B
x) \odot (A^T \partial y)]`, summed over the tiles.

Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

from scratch_layers.functional.fast import tuning
from scratch_layers.functional.fast.constants import Constant, made_of_weight
from scratch_layers.functional.fast.row_blocks import (
    add_product,
    block_pixels,
    core_count,
    pixels_last,
    read_window,
    row_blocks,
    zero_sums,
)
from scratch_layers.functional.geometry import Pair
from scratch_layers.functional.memory import Take, scratch

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Axis:
    """The matrices along one axis.

    Attributes:
        data: B, numbers by inputs of a tile.
        sums: A, outputs of a tile by numbers.
        step: inputs from one tile to the next.
        constant: a constant added to this number is added to all outputs.
    """

    data: Matrix = ((1,),)
    sums: Matrix = ((1,),)
    step: int = 1
    constant: int = 0


@dataclass(frozen=True)
class Tiling:
    """Where the tiles lie along one axis.

    Attributes:
        start: the first input of the first tile; negative where there is padding.
        count: tiles.
        outputs: that are wanted.
        skipped: outputs of the first tile that lie before them.
    """

    start: int
    count: int
    outputs: int
    skipped: int = 0


@dataclass(frozen=True)
class _Block:
    """Some tile rows, and the parts that the cores have of them.

    Torch divides every operation among the cores anew, along the first dimension of what it writes.
    The parts lie one after the other in every intermediate result, so that each core finds in its
    own cache what it has just written.
    """

    images: slice
    rows: slice
    columns: int
    image_parts: int
    row_parts: int

    @property
    def parts(self) -> int:
        return self.image_parts * self.row_parts

    @property
    def size(self) -> Pair:
        """Images and tile rows of each."""
        return self.images.stop - self.images.start, self.rows.stop - self.rows.start

    @property
    def tiles(self) -> int:
        """Tiles of a part."""
        return self.size[0] * self.size[1] * self.columns // self.parts

    def shape(self, numbers: Pair, channels: int) -> tuple[int, ...]:
        """Return (image parts, row parts, down, across, images, rows, columns, channels)."""
        images, rows = self.size[0] // self.image_parts, self.size[1] // self.row_parts
        parts = self.image_parts, self.row_parts
        return (*parts, *numbers, images, rows, self.columns, channels)


class TileConvolution:
    """One algorithm, by its matrices.

    Args:
        down: what happens along the columns.
        taps: G along the columns, numbers by taps.
        along: how the taps of a line are summed for every product, nested by phases, products of a
            phase, numbers of ``across``, joined pixels, and taps. A phase is one of several outputs
            that a line has for every tile; their windows begin a tile apart. Its products are with
            neighbouring tiles. Joined pixels are taken as one with more channels.
        across: what happens along the lines.
    """

    def __init__(
        self, down: Axis, taps: Matrix, along: Sequence[Any], across: Axis | None = None
    ) -> None:
        across = across or Axis()
        self._down, self._across = down, across
        self._phases, self._products = len(along), len(along[0])
        self._joined = len(along[0][0][0])
        self._kernel = (len(taps[0]), len(along[0][0][0][0]))
        self._taps = Constant(
            [
                [a * b for a in down_taps for b in line_taps]
                for phase in along
                for down_taps in taps
                for number in range(len(across.data))
                for product in phase
                for line_taps in product[number]
            ]
        )
        self._pairs = _pairs(down.data) if across.data == ((1,),) else None
        self._data = Constant(_kronecker(down.data, across.data))
        self._sums = Constant(_kronecker(down.sums, across.sums))
        self._numbers = len(down.data) * len(across.data)
        self._constant = down.constant * len(across.data) + across.constant

    def forward(
        self,
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        output: Tensor,
        rows: Tiling,
        columns: Tiling,
    ) -> None:
        """Write the outputs of all tiles.

        Args:
            input: (B, C, H, W).
            weight: (O, C, taps of a column, taps of a line).
            bias: (O,) or None.
            output: (B, O, H_out, W_out).
        """
        factors = self._factors_by_parts(weight)
        for block in self._blocks(input, len(weight), rows, columns):
            with scratch() as take:
                numbers = self._transform(pixels_last(input), block, rows, columns, take)
                self._write(numbers, factors, bias, output, block, rows, columns, take)

    def weight_gradient(
        self, input: Tensor, gradient: Tensor, rows: Tiling, columns: Tiling
    ) -> Tensor:
        """Return the gradient with respect to the weight, (O, C, taps of a column, of a line)."""
        total = self._zero_sums(input, gradient)
        for block in self._blocks(input, gradient.shape[1], rows, columns):
            with scratch() as take:
                numbers = self._transform(pixels_last(input), block, rows, columns, take)
                self._add(total, numbers, gradient, block, rows, columns, take)
        return self._by_tap(total, input.shape[1])

    def forward_and_weight_gradient(
        self,
        input: Tensor,
        weight: Tensor,
        output: Tensor,
        gradient: Tensor,
        rows: Tiling,
        columns: Tiling,
    ) -> Tensor:
        """Do as :meth:`forward` and as :meth:`weight_gradient`, with the input transformed once."""
        total, factors = self._zero_sums(input, gradient), self._factors_by_parts(weight)
        for block in self._blocks(input, len(weight), rows, columns):
            with scratch() as take:
                numbers = self._transform(pixels_last(input), block, rows, columns, take)
                self._add(total, numbers, gradient, block, rows, columns, take)
                self._write(numbers, factors, None, output, block, rows, columns, take)
        return self._by_tap(total, input.shape[1])

    def _write(
        self,
        numbers: Tensor,
        factors_by_parts: Callable[[int], Tensor],
        bias: Tensor | None,
        output: Tensor,
        block: _Block,
        rows: Tiling,
        columns: Tiling,
        take: Take,
    ) -> None:
        """Write the outputs of a block that was transformed."""
        factors, outputs = factors_by_parts(block.parts), output.shape[1]
        products = take((*factors.shape[:2], block.tiles, factors.shape[4]), numbers)
        for phase, matrices in enumerate(factors):
            _multiply(numbers, phase, matrices, products[phase])
        if bias is not None:
            products[:, self._constant :: self._numbers, :, :outputs].add_(bias)
        self._transform_back(products, pixels_last(output), block, rows, columns, take)

    def _zero_sums(self, input: Tensor, gradient: Tensor) -> Tensor:
        """Return zeros, (phases, cores x numbers, products x joined C, O)."""
        rows = self._products * self._joined * input.shape[1]
        shape = (self._phases, core_count(input) * self._numbers, rows, gradient.shape[1])
        return zero_sums(shape, input)

    def _add(
        self,
        total: Tensor,
        numbers: Tensor,
        gradient: Tensor,
        block: _Block,
        rows: Tiling,
        columns: Tiling,
        take: Take,
    ) -> None:
        """Add to the gradients of the taps' numbers what a block that was transformed gives."""
        taps, channels = self._products, total.shape[2] // self._products
        pulled = self._transform_gradient(pixels_last(gradient), block, rows, columns, take)
        for phase, first in itertools.product(range(self._phases), range(taps)):
            part = pulled[phase, :, first::taps]
            windows = _windows(numbers, block.tiles, channels, phase + first, part, taps)
            add_product(total[phase, : len(part)], windows.transpose(1, 2), part)

    def _by_tap(self, total: Tensor, channels: int) -> Tensor:
        """Return the gradients of the taps, (O, C, taps of a column, of a line)."""
        outputs = total.shape[3]
        by_number = total.unflatten(1, (-1, self._numbers)).sum(1).view(-1, channels * outputs)
        by_tap = self._taps.like(total).t() @ by_number
        result: Tensor = by_tap.view(*self._kernel, channels, outputs)
        return result.permute(3, 2, 0, 1)

    def _factors_by_parts(self, weight: Tensor) -> Callable[[int], Tensor]:
        """Return what makes the factors of blocks of so many parts, each only once."""
        return cache(
            lambda parts: made_of_weight(
                weight, (self, parts), lambda: self._factors(weight, parts)
            )
        )

    def _factors(self, weight: Tensor, parts: int) -> Tensor:
        """Return (phases, parts x numbers, products, joined C, at least O): the taps' numbers.

        Outputs that the weight does not have are zeros, since a narrower product takes as long.
        """
        outputs, channels = weight.shape[:2]
        taps = weight.permute(2, 3, 1, 0).reshape(-1, channels * outputs)
        size = (self._phases, self._numbers, self._products, self._joined * channels, outputs)
        factors = (self._taps.like(weight) @ taps).view(size)
        narrow = tuning.WIDE - outputs
        if narrow > 0:
            factors = torch.cat([factors, factors.new_zeros((*size[:4], narrow))], dim=4)
        return factors.repeat(1, parts, 1, 1, 1) if parts > 1 else factors

    def _blocks(
        self, input: Tensor, outputs: int, rows: Tiling, columns: Tiling
    ) -> Iterator[_Block]:
        cores = core_count(input)
        channels = max(self._joined * input.shape[1], self._phases * outputs)
        elements = tuning.TILES_BYTES // input.itemsize
        tiles = block_pixels(elements, self._numbers * channels, 1, input)
        for block in row_blocks(len(input), rows.count, columns.count, tiles, cores):
            image_parts = math.gcd(cores, block.image_count)
            row_parts = math.gcd(cores // image_parts, block.row_count)
            yield _Block(block.images, block.rows, columns.count, image_parts, row_parts)

    def _transform(
        self, source: Tensor, block: _Block, rows: Tiling, columns: Tiling, take: Take
    ) -> Tensor:
        """Return B x of a block, (parts x numbers x tiles x joined C), and room for what the last
        windows reach over.
        """
        joined, channels = self._joined, self._joined * source.shape[3]
        inputs = (len(self._down.data[0]), len(self._across.data[0]))
        count = block.parts * self._numbers * block.tiles * channels
        rest = 2 * (self._phases + self._products) * channels
        numbers = take((count + rest,), source)
        numbers[count:].zero_()
        with scratch() as take_inside:
            height = (block.size[1] - 1) * self._down.step + inputs[0]
            width = (columns.count - 1) * self._across.step + inputs[1]
            pixels = take_inside((block.size[0], height, width * joined, source.shape[3]), source)
            top, left = rows.start + block.rows.start * self._down.step, columns.start
            positions = range(top, top + height), range(left, left + width * joined)
            read_window(source, block.images, *positions, pixels)
            image, line, pixel = pixels.stride(0), pixels.stride(1), channels
            shape = block.shape(inputs, channels)
            down, across = self._down.step * line, self._across.step * pixel
            strides = (shape[4] * image, shape[5] * down, line, pixel, image, down, across, 1)
            windows = pixels.as_strided(shape, strides)
            if self._pairs is not None:
                places = numbers[:count].view(block.shape((len(self._pairs), 1), channels))
                for number, (first, second, sign) in enumerate(self._pairs):
                    terms = windows[:, :, first, 0], windows[:, :, second, 0]
                    torch.add(*terms, alpha=sign, out=places[:, :, number, 0])
                return numbers
            copied = take_inside(shape, source)
            copied.copy_(windows)
            matrix = self._data.like(source)
            _transform_parts(matrix, copied.view(block.parts, len(matrix[0]), -1), numbers[:count])
        return numbers

    def _transform_back(
        self,
        products: Tensor,
        target: Tensor,
        block: _Block,
        rows: Tiling,
        columns: Tiling,
        take: Take,
    ) -> None:
        """Write the outputs that (phases, parts x numbers, tiles, at least O) stand for."""
        down, across = len(self._down.sums), len(self._across.sums)
        wide, outputs = products.shape[3], target.shape[3]
        first = block.rows.start * down - rows.skipped
        last = min(block.rows.stop * down - rows.skipped, rows.outputs)
        place = target[block.images, max(first, 0) : last]
        wanted = -(-(columns.skipped + columns.outputs) // (across * self._phases))
        images, lines = block.size
        size = (images, lines * down, wanted * across * self._phases, outputs)
        matrix = self._sums.like(products)
        runs = self._phases * block.parts
        is_whole, is_one_run = place.shape == size, across * runs == 1
        if is_whole and is_one_run and wide == outputs and place.is_contiguous():
            by_line = products[0].view(self._numbers, images * lines, -1).transpose(0, 1)
            by_line = by_line[:, :, : wanted * outputs]
            place = place.view(images * lines, down, -1)
            torch.bmm(matrix.expand(len(place), *matrix.shape), by_line, out=place)
            return
        shape = block.shape((down, across), wide)
        back = take((self._phases, *shape), products)
        _transform_parts(matrix, products.view(runs, self._numbers, -1), back)
        full = place if is_whole else take(size, products)
        image_parts, row_parts, _, _, images, lines, _, _ = shape
        tiles = full.view(
            image_parts, images, row_parts, lines, down, wanted, across, self._phases, outputs
        )
        found = back[..., :wanted, :outputs]
        tiles.copy_(found.permute(1, 5, 2, 6, 3, 7, 4, 0, 8))
        if not is_whole:
            full = full.narrow(1, max(0, -first), place.shape[1])
            place.copy_(full.narrow(2, columns.skipped, columns.outputs))

    def _transform_gradient(
        self, upstream: Tensor, block: _Block, rows: Tiling, columns: Tiling, take: Take
    ) -> Tensor:
        """Return the transpose of :meth:`_transform_back`, (phases, parts x numbers, tiles, O)."""
        down, across, outputs = len(self._down.sums), len(self._across.sums), upstream.shape[3]
        runs = self._phases * block.parts
        pulled = take((self._phases, block.parts * self._numbers, block.tiles, outputs), upstream)
        shape = block.shape((down, across), outputs)
        image_parts, row_parts, _, _, images, lines, count, _ = shape
        with scratch() as take_inside:
            size = (block.size[0], block.size[1] * down, count * across * self._phases, outputs)
            pixels = take_inside(size, upstream)
            top, left = block.rows.start * down - rows.skipped, -columns.skipped
            positions = range(top, top + size[1]), range(left, left + size[2])
            read_window(upstream, block.images, *positions, pixels)
            tiles = pixels.view(
                image_parts, images, row_parts, lines, down, count, across, self._phases, outputs
            )
            copied = take_inside((self._phases, *shape), upstream)
            copied.copy_(tiles.permute(7, 0, 2, 4, 6, 1, 3, 5, 8))
            matrix = self._sums.like(upstream).t()
            _transform_parts(matrix, copied.view(runs, down * across, -1), pulled)
        return pulled


def _multiply(numbers: Tensor, first: int, factors: Tensor, products: Tensor) -> None:
    """Write the sum of the products of some neighbouring tiles with their factors.

    Args:
        numbers: those of a block, one run for every number.
        first: the tile of a run with which the neighbours of the first tile begin.
        factors: (parts x numbers, neighbours, C, O).
        products: (parts x numbers, tiles, O), contiguous, since torch multiplies a stack of
            matrices in one go only then.
    """
    tiles, (taps, channels) = products.shape[1], factors.shape[1:3]
    if numbers.itemsize < 4:
        # What is added up in less than 32 bits would lose too many of them.
        for way in range(taps):
            place = products[:, way::taps]
            windows = _windows(numbers, tiles, channels, first + way, place, taps)
            # Into strided memory torch multiplies a hundred times more slowly.
            place.copy_(torch.bmm(windows, factors.flatten(1, 2)))
        return
    for tap in range(taps):
        windows = _windows(numbers, tiles, channels, first + tap, products)
        products.baddbmm_(windows, factors[:, tap], beta=float(tap > 0))


def _windows(
    numbers: Tensor, tiles: int, channels: int, first: int, products: Tensor, taps: int = 1
) -> Tensor:
    """View so many neighbouring tiles as a row of a matrix, for every row of ``products``.

    Rows that reach over the end of a run belong to tiles that nobody wants.
    """
    count, height = products.shape[:2]
    step = taps * channels
    return numbers.as_strided(
        (count, height, step),
        (tiles * channels, step, 1),
        numbers.storage_offset() + first * channels,
    )


def _transform_parts(matrix: Tensor, values: Tensor, result: Tensor) -> None:
    """Multiply (runs, columns, ...) by a matrix of so many columns."""
    if len(values) == 1:
        torch.mm(matrix, values[0], out=result.view(len(matrix), -1))
    else:
        stack = matrix.expand(len(values), *matrix.shape)
        torch.bmm(stack, values, out=result.view(len(values), len(matrix), -1))


def _pairs(matrix: Matrix) -> list[tuple[int, int, int]] | None:
    """Return each row as two places and the second's sign, if the matrix adds or subtracts only.

    A row with a single one adds the same place times zero.
    """
    pairs = []
    for row in matrix:
        places = sorted((place for place, factor in enumerate(row) if factor), key=row.__getitem__)
        factors = [row[place] for place in places]
        if factors not in ([1], [1, 1], [-1, 1]):
            return None
        pairs.append((places[-1], places[0], int(factors[0]) if len(places) > 1 else 0))
    return pairs


def _kronecker(down: Matrix, across: Matrix) -> list[list[float]]:
    return [[a * b for a in up for b in along] for up in down for along in across]
