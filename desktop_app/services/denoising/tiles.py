"""A picture that is denoised a part at a time, without ever being floating point as a whole.

What is done is kept count of, so that work can be stopped anywhere and gone on with later, in tiles
of another size.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from desktop_app.services.memory import SHARE_OF_FREE, budget_bytes
from desktop_app.services.pictures.picture import Picture
from desktop_app.services.pictures.pixels import picture_to_tensor, tensor_to_picture
from scratch_layers.devices import free_bytes
from scratch_layers.inference import Rectangle, Tile, choose_tile, plan_tiles, tiles_bytes
from scratch_layers.models import Denoiser

FIRST_TILE = 256
"""Side of the first tile of a part that somebody waits to see."""


def choose_tile_within(
    megabytes: int,
    taken: int,
    denoiser: Denoiser,
    size: tuple[int, int],
    largest: int | None = None,
    afterwards: int = 0,
) -> tuple[tuple[int, int], str | None]:
    """Return the height and width of the tiles for a picture, as memory allows.

    A device with memory of its own gives 60 % of what is free there to the tiles. Measuring the
    noise, which is over by then, takes less than the least budget, 64 MB, and the room of the
    result where colours are hidden.

    Args:
        megabytes: what denoising may take beyond the picture; 0 takes 60 % of what is free.
        taken: bytes of that for the result and all else that is no tile.
        denoiser: decides halo, alignment and memory for each pixel.
        size: height and width of the picture.
        largest: no side of a tile may be longer than this.
        afterwards: bytes that are taken when the tiles are done.

    Returns:
        The tile, and a sentence where even with the smallest one it takes more than a person
        allowed.
    """
    free = free_bytes(denoiser.device)
    if free is not None:
        return choose_tile(denoiser, *size, int(SHARE_OF_FREE * free), largest), None
    budget = budget_bytes(megabytes)
    tile = choose_tile(denoiser, *size, budget - taken, largest)
    needed = max(taken + tiles_bytes(denoiser, *size, tile), afterwards)
    if not megabytes or needed <= budget:
        return tile, None
    return tile, (
        f"Denoising this picture takes about {needed / 2**20:.0f} MB of memory, more than the "
        f"{megabytes} MB that are allowed."
    )


class PictureTiles:
    """Gives a picture's parts to the network and puts the clean parts together.

    Args:
        picture: the source. Gray is given to the network in all three channels, and their mean is
            the result; colours under full transparency are kept from the network, and stay.
        denoiser: what makes the parts clean.
        told: the noise level that it is told, 0-1.
        strength: how much of the change to apply, 0-1: the result is
            ``source + strength * (denoised - source)``.
        mended: whether hot pixels were replaced in the source.

    Attributes:
        made_by: the denoiser and what it was told: work can go on with the same only.
    """

    def __init__(
        self,
        picture: Picture,
        denoiser: Denoiser,
        told: float,
        strength: float = 1.0,
        mended: bool = False,
    ) -> None:
        self.made_by = denoiser, told, strength, mended
        self._picture = picture
        self._source = with_hidden_filled(picture)
        self._strength = strength
        self._samples = picture.samples.copy()
        # Tiles begin at multiples of the network's size rule: one value for each such square.
        self._cell = cell = denoiser.size_multiple
        self._done = np.zeros((-(-picture.height // cell), -(-picture.width // cell)), bool)

    @property
    def shape(self) -> tuple[int, int, int]:
        """One image, its height and width."""
        return 1, self._picture.height, self._picture.width

    @property
    def result(self) -> Picture:
        """The picture with what is clean so far, with alpha and metadata of the source."""
        return replace(self._picture, samples=self._samples, mosaic=None)

    @property
    def share_done(self) -> float:
        """How much of the picture is clean, 0-1."""
        return float(self._done.mean())

    def missing(self, size: tuple[int, int], in_view: Rectangle | None) -> list[Tile]:
        """Return the tiles that are to be done yet, those in view first.

        Args:
            size: the largest height and width of a tile.
            in_view: as for :func:`~scratch_layers.inference.plan_tiles`.
        """
        _, height, width = self.shape
        return self._without_done(plan_tiles(height, width, size, in_view, self._cell))

    def missing_in(self, part: Rectangle, size: tuple[int, int]) -> list[Tile]:
        """Return the tiles that are to be done yet within a part, a small one in its middle first.

        Args:
            part: top, left, bottom, right; what is returned covers its borders as well.
            size: the largest height and width of a tile.
        """
        _, height, width = self.shape
        cell = self._cell
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

    def window(self, place: Tile) -> Tensor:
        """Return a part as the network takes it, (1, 3, H, W) in [0, 1]."""
        return picture_to_tensor(part_of(self._source, place))

    def put(self, place: Tile, clean: Tensor) -> None:
        """Take a clean part (1, 3, H, W)."""
        part = part_of(self._picture, place)
        if self._strength != 1:
            clean = self.window(place).lerp(clean, self._strength)
        samples = tensor_to_picture(clean, part).samples
        self._samples[place.top : place.bottom, place.left : place.right] = samples
        self._done[self._cells(place)] = True


def _distance(tile: Tile, point: tuple[int, int]) -> int:
    """Squared distance between the middles of a tile and a point (row, column), four times."""
    down = tile.top + tile.bottom - 2 * point[0]
    across = tile.left + tile.right - 2 * point[1]
    return down**2 + across**2


def part_of(picture: Picture, place: Tile) -> Picture:
    """Cut a rectangle out of a picture; samples and alpha are views."""
    rows, columns = slice(place.top, place.bottom), slice(place.left, place.right)
    return replace(
        picture,
        samples=picture.samples[rows, columns],
        alpha=None if picture.alpha is None else picture.alpha[rows, columns],
    )


def with_hidden_filled(picture: Picture) -> Picture:
    """Return a picture whose fully transparent pixels go on with the colours of visible ones.

    Editors leave any colours there, mostly black. The visible ones are averaged over squares of 2,
    4, 8, ... pixels, and a hidden pixel takes the colour of the smallest square around it in which
    anything is visible.

    Source: the pull-push algorithm of Gortler, Grzeszczuk, Szeliski, Cohen, "The Lumigraph",
    SIGGRAPH 1996, with whole pixels for weights.
    """
    if picture.alpha is None or not (hidden := picture.alpha == 0).any() or hidden.all():
        return picture
    samples = picture.samples.copy()
    for channel in range(samples.shape[2]):
        filled = _filled(samples[..., channel].astype(np.float32), ~hidden)
        samples[hidden, channel] = np.rint(filled[hidden])
    return replace(picture, samples=samples)


def _filled(values: NDArray[np.float32], known: NDArray[Any]) -> NDArray[np.float32]:
    if known.all():
        return values
    height, width = values.shape
    counts = _square_sums(known.astype(np.float32))
    sums = _square_sums(np.where(known, values, np.float32(0)))
    means: NDArray[np.float32] = sums / np.maximum(counts, np.float32(1))
    coarse = _filled(means, counts > 0)
    fine = coarse.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    return np.where(known, values, fine)


def _square_sums(values: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = values.shape
    even = np.pad(values, ((0, height % 2), (0, width % 2)))
    sums: NDArray[np.float32] = even.reshape(-(-height // 2), 2, -(-width // 2), 2).sum((1, 3))
    return sums
