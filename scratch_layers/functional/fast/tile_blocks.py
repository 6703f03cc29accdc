"""Where the tiles of an image lie, and the blocks in which they are computed.

Torch divides every operation among the cores anew, along the first dimension of what it writes.
So a block consists of parts, one or more for each core, that lie one after the other in every
intermediate result: each core finds in its own cache what it has just written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from scratch_layers.functional.fast import tuning
from scratch_layers.functional.fast.row_blocks import block_pixels, core_count, row_blocks
from scratch_layers.functional.geometry import Pair


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
class Grid:
    """All tiles of an image.

    Attributes:
        rows, columns: where they lie.
    """

    rows: Tiling
    columns: Tiling


@dataclass(frozen=True)
class Block:
    """Some rows of a grid's tiles, and the parts that the cores have of them."""

    grid: Grid
    images: slice
    rows: slice
    image_parts: int
    row_parts: int

    @property
    def parts(self) -> int:
        """All parts."""
        return self.image_parts * self.row_parts

    @property
    def size(self) -> Pair:
        """Images and tile rows of the block."""
        return self.images.stop - self.images.start, self.rows.stop - self.rows.start

    @property
    def tiles(self) -> int:
        """Tiles of a part."""
        return self.size[0] * self.size[1] * self.grid.columns.count // self.parts

    def shape(self, numbers: Pair, channels: int) -> tuple[int, ...]:
        """Return (image parts, row parts, down, across, images, rows, columns, channels)."""
        images, rows = self.size[0] // self.image_parts, self.size[1] // self.row_parts
        parts = self.image_parts, self.row_parts
        return (*parts, *numbers, images, rows, self.grid.columns.count, channels)


def tile_blocks(image: Tensor, grid: Grid, numbers: int) -> Iterator[Block]:
    """Cut a grid into blocks that stay in the cache, with so many numbers for each tile."""
    cores = core_count(image)
    tiles = block_pixels(tuning.TILES_BYTES // image.itemsize, numbers, 1, image)
    for rows in row_blocks(len(image), grid.rows.count, grid.columns.count, tiles, cores):
        image_parts = math.gcd(cores, rows.image_count)
        row_parts = math.gcd(cores // image_parts, rows.row_count)
        yield Block(grid, rows.images, rows.rows, image_parts, row_parts)
