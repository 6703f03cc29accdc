"""Cutting an image into tiles, in an order that suits whoever is looking, and tiles into halves."""

from __future__ import annotations

from dataclasses import dataclass

from scratch_layers.errors import ArgumentError
from scratch_layers.models.denoiser import round_up

Rectangle = tuple[int, int, int, int]
"""(top, left, bottom, right) in pixels; bottom and right lie just outside."""


@dataclass(frozen=True)
class Tile:
    """A rectangle of an image; ``bottom`` and ``right`` lie just outside it."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Rows of the tile."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns of the tile."""
        return self.right - self.left

    def with_halo(self, halo: int, height: int, width: int) -> Tile:
        """Return the tile and its surroundings, as far as an image of this size has any."""
        return Tile(
            max(self.top - halo, 0),
            max(self.left - halo, 0),
            min(self.bottom + halo, height),
            min(self.right + halo, width),
        )


def plan_tiles(
    height: int,
    width: int,
    tile: int | tuple[int, int],
    first: Rectangle | None = None,
    multiple: int = 1,
) -> list[Tile]:
    """Cut an image into rectangles that cover every pixel exactly once.

    All tiles have the same size, as even as the alignment allows; those at the bottom and right
    border may be smaller.

    Args:
        height, width: size of the image.
        tile: largest height and width of a tile, one number or two; rounded up to ``multiple``.
        first: a rectangle that somebody is looking at: tiles come in order of their distance from
            it, those around its middle first. Without it they come in reading order.
        multiple: tiles start at multiples of this.

    Raises:
        ArgumentError: ``tile``, ``multiple`` or a side of the image is less than one pixel.
    """
    tile_height, tile_width = (tile, tile) if isinstance(tile, int) else tile
    for name, value in (("tile", tile_height), ("tile", tile_width), ("multiple", multiple)):
        if value < 1:
            raise ArgumentError(f"{name} must be at least one pixel, not {value}.")
    if min(height, width) < 1:
        raise ArgumentError(f"An image of {height} x {width} pixels cannot be cut into tiles.")
    tiles = [
        Tile(top, left, bottom, right)
        for top, bottom in spans(0, height, tile_height, multiple)
        for left, right in spans(0, width, tile_width, multiple)
    ]
    if first is not None:
        tiles.sort(key=lambda candidate: _distance(candidate, first))
    return tiles


def spans(start: int, stop: int, longest: int, multiple: int) -> list[tuple[int, int]]:
    """Cut ``start..stop`` into even parts of at most ``longest``, rounded up to ``multiple``."""
    count = -(-(stop - start) // round_up(longest, multiple))
    step = round_up(-(-(stop - start) // count), multiple)
    return [(first, min(first + step, stop)) for first in range(start, stop, step)]


def halved(tile: Tile, smallest: int, multiple: int) -> list[Tile]:
    """Cut a tile into four, or two, or not at all: no side gets shorter than ``smallest``."""
    rows = _halves(tile.top, tile.bottom, smallest, multiple)
    columns = _halves(tile.left, tile.right, smallest, multiple)
    return [Tile(top, left, bottom, right) for top, bottom in rows for left, right in columns]


def _halves(start: int, stop: int, smallest: int, multiple: int) -> list[tuple[int, int]]:
    half = round_up(-(-(stop - start) // 2), multiple)
    if half < smallest or half >= stop - start:
        return [(start, stop)]
    return spans(start, stop, half, multiple)


def _distance(tile: Tile, region: Rectangle) -> tuple[int, int]:
    """Squared distances between tile and region: of their borders, then of their middles."""
    top, left, bottom, right = region
    down = max(0, tile.top - bottom, top - tile.bottom)
    across = max(0, tile.left - right, left - tile.right)
    middle_down = tile.top + tile.bottom - top - bottom
    middle_across = tile.left + tile.right - left - right
    return down**2 + across**2, middle_down**2 + middle_across**2
