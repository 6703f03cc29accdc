"""The small matrices that take tiles to numbers and numbers to outputs.

All tiles of a block are transformed at once, by matrix products of 3 to 36 rows by many columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.functional.fast.constants import Constant
from scratch_layers.functional.fast.row_blocks import read_window
from scratch_layers.functional.fast.tile_blocks import Block
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


class TileTransform:
    """The linear transforms along both axes.

    Args:
        down: what happens along the columns.
        across: what happens along the lines.
        joined: so many neighbouring pixels are taken as one with more channels.
        phases: a line has so many neighbouring outputs for every tile and number of ``across``.

    Attributes:
        numbers: of a tile.
        constant: a constant added to this number is added to all outputs of the tile.
    """

    def __init__(self, down: Axis, across: Axis, joined: int, phases: int) -> None:
        self.numbers = len(down.data) * len(across.data)
        self.constant = down.constant * len(across.data) + across.constant
        self.joined, self.phases = joined, phases
        self._down, self._across = down, across
        self._pairs = _pairs(down.data) if across.data == ((1,),) else None
        self._data = Constant(_kronecker(down.data, across.data))
        self._sums = Constant(_kronecker(down.sums, across.sums))

    def to_numbers(self, source: Tensor, block: Block, beyond: int, take: Take) -> Tensor:
        """Return B x of a block's tiles.

        Args:
            source: (B, H, W, C).
            beyond: zeros follow, for so many tiles.

        Returns:
            The numbers of (parts x numbers x tiles x joined C) and the zeros, in one line.
        """
        joined, channels = self.joined, self.joined * source.shape[3]
        inputs = (len(self._down.data[0]), len(self._across.data[0]))
        count = block.parts * self.numbers * block.tiles * channels
        numbers = take((count + beyond * channels,), source)
        numbers[count:].zero_()
        with scratch() as take_inside:
            height = (block.size[1] - 1) * self._down.step + inputs[0]
            width = (block.grid.columns.count - 1) * self._across.step + inputs[1]
            pixels = take_inside((block.size[0], height, width * joined, source.shape[3]), source)
            top = block.grid.rows.start + block.rows.start * self._down.step
            left = block.grid.columns.start
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

    def to_outputs(self, products: Tensor, target: Tensor, block: Block, take: Take) -> None:
        """Write the outputs that numbers stand for.

        Args:
            products: (phases, parts x numbers, tiles, at least O).
            target: (B, H_out, W_out, O).
        """
        grid, down, across = block.grid, len(self._down.sums), len(self._across.sums)
        wide, outputs = products.shape[3], target.shape[3]
        first = block.rows.start * down - grid.rows.skipped
        last = min(block.rows.stop * down - grid.rows.skipped, grid.rows.outputs)
        place = target[block.images, max(first, 0) : last]
        wanted = -(-(grid.columns.skipped + grid.columns.outputs) // (across * self.phases))
        images, lines = block.size
        size = (images, lines * down, wanted * across * self.phases, outputs)
        is_whole, is_plain = place.shape == size, across * self.phases == 1
        if is_plain and wide == outputs and place.shape[2] == size[2] and place.is_contiguous():
            lone = images == block.image_parts
            if (is_whole and block.row_parts == 1) or (lone and first >= 0):
                self._write_lines(products[0], place, block)
                return
        matrix = self._sums.like(products)
        runs = self.phases * block.parts
        shape = block.shape((down, across), wide)
        back = take((self.phases, *shape), products)
        _transform_parts(matrix, products.view(runs, self.numbers, -1), back)
        full = place if is_whole else take(size, products)
        found = back[..., :wanted, :outputs]
        self._by_tile(full, block, wanted).copy_(found.permute(1, 5, 2, 6, 3, 7, 4, 0, 8))
        if not is_whole:
            full = full.narrow(1, max(0, -first), place.shape[1])
            place.copy_(full.narrow(2, grid.columns.skipped, grid.columns.outputs))

    def _write_lines(self, products: Tensor, place: Tensor, block: Block) -> None:
        """Write the rows of a block where they follow one another in memory, a part at a time.

        Args:
            products: (parts x numbers, tiles, O).
            place: (images, rows, columns, O).
        """
        matrix = self._sums.like(products)
        down, row, tiles = (
            len(matrix),
            place.shape[2:].numel(),
            block.tiles // block.grid.columns.count,
        )
        images = len(place) // block.image_parts
        for index, numbers in enumerate(products.view(block.parts, self.numbers, tiles, -1)):
            image, run = divmod(index, block.row_parts)
            lines = place[image * images : (image + 1) * images].view(-1, row)
            lines = lines[run * tiles * down : (run + 1) * tiles * down]
            whole, rest = divmod(len(lines), down)
            by_tile = numbers.transpose(0, 1)[:, :, :row]
            full = lines[: whole * down].view(whole, down, row)
            torch.bmm(matrix.expand(whole, *matrix.shape), by_tile[:whole], out=full)
            if rest:
                last = lines[whole * down :].unsqueeze(0)
                torch.bmm(matrix[:rest].unsqueeze(0), by_tile[whole:], out=last)

    def to_outputs_transposed(self, upstream: Tensor, block: Block, take: Take) -> Tensor:
        """Return the transpose of :meth:`to_outputs`: A^T of a gradient (B, H_out, W_out, O).

        Returns:
            (phases, parts x numbers, tiles, O).
        """
        grid, down, across = block.grid, len(self._down.sums), len(self._across.sums)
        outputs, count = upstream.shape[3], grid.columns.count
        runs = self.phases * block.parts
        pulled = take((self.phases, block.parts * self.numbers, block.tiles, outputs), upstream)
        with scratch() as take_inside:
            size = (block.size[0], block.size[1] * down, count * across * self.phases, outputs)
            pixels = take_inside(size, upstream)
            top, left = block.rows.start * down - grid.rows.skipped, -grid.columns.skipped
            positions = range(top, top + size[1]), range(left, left + size[2])
            read_window(upstream, block.images, *positions, pixels)
            copied = take_inside((self.phases, *block.shape((down, across), outputs)), upstream)
            tiles = self._by_tile(pixels, block, count)
            copied.copy_(tiles.permute(7, 0, 2, 4, 6, 1, 3, 5, 8))
            matrix = self._sums.like(upstream).t()
            _transform_parts(matrix, copied.view(runs, down * across, -1), pulled)
        return pulled

    def _by_tile(self, pixels: Tensor, block: Block, columns: int) -> Tensor:
        """View (images, rows, columns, O) as (image parts, images, row parts, rows, down, columns,
        across, phases, O).
        """
        down, across = len(self._down.sums), len(self._across.sums)
        image_parts, row_parts, _, _, images, rows, _, _ = block.shape((1, 1), 1)
        sizes = (image_parts, images, row_parts, rows, down, columns, across, self.phases)
        return pixels.view(*sizes, pixels.shape[3])


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
