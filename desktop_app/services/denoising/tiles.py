"""A picture that is denoised a part at a time, without ever being floating point as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from desktop_app.services.pictures.picture import Picture
from desktop_app.services.pictures.pixels import picture_to_tensor, tensor_to_picture
from scratch_layers.inference import Tile


class PictureTiles:
    """Gives a picture's parts to the network and puts the clean parts together.

    Args:
        picture: the source. Gray is given to the network in all three channels, and their mean is
            the result; colours under full transparency are kept from the network, and stay.
        strength: how much of the change to apply, 0-1: the result is
            ``source + strength * (denoised - source)``.
    """

    def __init__(self, picture: Picture, strength: float = 1.0) -> None:
        self._picture = picture
        self._source = with_hidden_filled(picture)
        self._strength = strength
        self._samples = picture.samples.copy()

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
