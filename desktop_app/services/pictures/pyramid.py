"""A picture in halved sizes: any part of it can be drawn at any zoom in a few milliseconds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop_app.services.pictures.picture import Samples, eight_bits

Pixels = NDArray[np.uint8]

SMALLEST_SIDE = 256


class ImagePyramid:
    """The 8-bit RGB pixels of a picture, then the same at 1/2, 1/4, ... of its size.

    Args:
        pixels: (H, W, 3) uint8; kept, not copied.
    """

    def __init__(self, pixels: Pixels) -> None:
        self.levels: list[NDArray[Any]] = [pixels]
        while min(self.levels[-1].shape[:2]) >= 2 * SMALLEST_SIDE:
            self.levels.append(_halved(self.levels[-1]))

    @classmethod
    def sampled(cls, samples: NDArray[Any], levels: int) -> ImagePyramid:
        """Return a pyramid over samples of any depth, whose levels leave pixels out.

        It takes no memory and no time, which a look now and then at 16 bits does not deserve.

        Args:
            samples: (H, W, 1 or 3); kept, not copied.
            levels: how many there shall be.
        """
        height, width = samples.shape[:2]
        colours = np.broadcast_to(samples, (height, width, 3))
        double = cls.__new__(cls)
        double.levels = [
            colours[: height >> level << level : 1 << level, : width >> level << level : 1 << level]
            for level in range(levels)
        ]
        return double

    def over(self, pixels: Pixels) -> ImagePyramid:
        """Return a pyramid over equal pixels in other memory, which change part by part.

        Args:
            pixels: (H, W, 3) uint8, with the values of this picture; kept, not copied.
        """
        double = ImagePyramid.__new__(ImagePyramid)
        double.levels = [pixels, *(level.copy() for level in self.levels[1:])]
        return double

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        height, width = self.levels[0].shape[:2]
        return width, height

    def level_for(self, zoom: float) -> int:
        """Return the smallest level that still has a pixel for every screen pixel at ``zoom``."""
        if zoom >= 1:
            return 0
        return min(math.floor(-math.log2(zoom) + 1e-9), len(self.levels) - 1)

    def update(self, top: int, left: int, bottom: int, right: int, samples: Samples) -> None:
        """Replace a part of the picture, in place, at every level.

        Args:
            top, left, bottom, right: the part, in picture pixels.
            samples: (bottom - top, right - left, 1 or 3), of 8 or 16 bits.
        """
        self.levels[0][top:bottom, left:right] = to_display(samples)
        for finer, coarser in zip(self.levels, self.levels[1:], strict=False):
            height, width = coarser.shape[:2]
            top, left = top // 2, left // 2
            bottom, right = min((bottom + 1) // 2, height), min((right + 1) // 2, width)
            if bottom <= top or right <= left:
                return
            part = finer[2 * top : 2 * bottom, 2 * left : 2 * right]
            coarser[top:bottom, left:right] = _halved(part)


def to_display(samples: NDArray[np.uint8] | NDArray[np.uint16]) -> Pixels:
    """Return (H, W, 1|3) samples of 8 or 16 bits as (H, W, 3) of 8 bits, for the screen."""
    if samples.dtype == np.uint16:
        samples = eight_bits(samples)
    eight: Pixels = samples.astype(np.uint8, copy=False)
    if eight.ndim == 2:
        eight = eight[:, :, None]
    if eight.shape[2] == 1:
        return np.repeat(eight, 3, axis=2)
    return np.ascontiguousarray(eight)


def _halved(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[0] // 2 * 2, pixels.shape[1] // 2 * 2
    even = np.ascontiguousarray(pixels[:height, :width])
    result: Pixels = np.array(Image.fromarray(even).reduce(2))
    return result
