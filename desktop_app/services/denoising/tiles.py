"""A picture that is denoised a part at a time, without ever being floating point as a whole.

What is done is kept, so that work can be stopped anywhere and gone on with later, in tiles of
another size.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from desktop_app.services.denoising.done_parts import DoneParts
from desktop_app.services.memory import SHARE_OF_FREE, budget_bytes
from desktop_app.services.pictures.picture import Picture
from desktop_app.services.pictures.pixels import picture_to_tensor, tensor_to_picture
from scratch_layers.devices import free_bytes
from scratch_layers.inference import Tile, choose_tile, tiles_bytes
from scratch_layers.models import Denoiser


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
        done: which parts are clean.
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
        self.done = DoneParts(picture.height, picture.width, denoiser.size_multiple)

    @property
    def shape(self) -> tuple[int, int, int]:
        """One image, its height and width."""
        return 1, self._picture.height, self._picture.width

    @property
    def result(self) -> Picture:
        """The picture with what is clean so far, with alpha and metadata of the source."""
        return replace(self._picture, samples=self._samples, mosaic=None)

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
        self.done.add(place)


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
