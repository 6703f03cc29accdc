"""Which parts of a picture are done, in small squares, and which tiles are still to do."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from scratch_layers.inference import Rectangle, Tile, plan_tiles

FIRST_TILE = 256
"""Side of the first tile of a part that somebody waits to see."""


class DoneParts:
    """Keeps count of what is done, so that work can be stopped anywhere and gone on with later.

    Args:
        height, width: of the picture.
        cell: tiles begin at multiples of this, and one value is kept for each such square.
    """

    def __init__(self, height: int, width: int, cell: int) -> None:
        self._height, self._width, self._cell = height, width, cell
        self._done = np.zeros((-(-height // cell), -(-width // cell)), bool)

    def add(self, tile: Tile) -> None:
        """Note that a tile is done."""
        self._done[self._cells(tile)] = True

    @property
    def share(self) -> float:
        """How much of the picture is done, 0-1."""
        return float(self._done.mean())

    def missing(self, size: tuple[int, int], in_view: Rectangle | None) -> list[Tile]:
        """Return the tiles that are to be done yet, those in view first.

        Args:
            size: the largest height and width of a tile.
            in_view: as for :func:`~scratch_layers.inference.plan_tiles`.
        """
        return self._without_done(plan_tiles(self._height, self._width, size, in_view, self._cell))

    def missing_in(self, part: Rectangle, size: tuple[int, int]) -> list[Tile]:
        """Return the tiles that are to be done yet within a part, a small one in its middle first.

        Args:
            part: top, left, bottom, right; what is returned covers its borders as well.
            size: the largest height and width of a tile.
        """
        cell, height, width = self._cell, self._height, self._width
        top, left = part[0] // cell * cell, part[1] // cell * cell
        tiles = plan_tiles(part[2] - top, part[3] - left, size, None, cell)
        middle = (part[2] - top) // 2, (part[3] - left) // 2
        tiles.sort(key=lambda tile: _distance(tile, middle))
        side = min(FIRST_TILE, *size)
        row, column = (max(0, at - side // 2) // cell * cell for at in middle)
        first = Tile(row, column, row + side, column + side)
        moved = [
            Tile(
                tile.top + top,
                tile.left + left,
                min(-(-(tile.bottom + top) // cell) * cell, height),
                min(-(-(tile.right + left) // cell) * cell, width),
            )
            for tile in [first, *tiles]
        ]
        return self._without_done(moved)

    def _without_done(self, tiles: Iterable[Tile]) -> list[Tile]:
        """Shrink tiles to what is missing in them."""
        missing, done = [], self._done.copy()
        for tile in tiles:
            rows, columns = self._cells(tile)
            left = ~done[rows, columns]
            if left.any():
                down, across = np.flatnonzero(left.any(1)), np.flatnonzero(left.any(0))
                top = (rows.start + int(down[0])) * self._cell
                start = (columns.start + int(across[0])) * self._cell
                bottom = (rows.start + int(down[-1]) + 1) * self._cell
                stop = (columns.start + int(across[-1]) + 1) * self._cell
                done[rows, columns] = True
                missing.append(Tile(top, start, min(bottom, tile.bottom), min(stop, tile.right)))
        return missing

    def _cells(self, tile: Tile) -> tuple[slice, slice]:
        return (
            slice(tile.top // self._cell, -(-tile.bottom // self._cell)),
            slice(tile.left // self._cell, -(-tile.right // self._cell)),
        )


def _distance(tile: Tile, point: tuple[int, int]) -> int:
    """Squared distance between the middles of a tile and a point (row, column), four times."""
    down = tile.top + tile.bottom - 2 * point[0]
    across = tile.left + tile.right - 2 * point[1]
    return down**2 + across**2
