"""A picture that is denoised a part at a time, without ever being floating point as a whole."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from desktop_app.services.pictures import Picture
from desktop_app.services.pictures.hidden_pixels import with_hidden_filled
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
        return replace(self._picture, samples=self._samples)

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
