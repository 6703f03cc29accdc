"""Decoding with Pillow: all of a picture, or as much of a damaged one as can be had."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from PIL import Image

Load: TypeAlias = Callable[[Image.Image], object]


class UnsupportedKindError(Exception):
    """A file is in order, but of a kind that is not supported; the text says which, in words."""


def load_whole(image: Image.Image) -> None:
    """Decode a picture; a damaged one raises whatever its decoder raises."""
    image.load()


class TolerantLoad:
    """Decodes pictures, keeps what there is of damaged ones, and remembers how much is missing."""

    def __init__(self) -> None:
        self._missing = 0.0
        self._damaged = False

    def __call__(self, image: Image.Image) -> None:
        """Decode as far as possible.

        Raises:
            ValueError: nothing of the picture could be decoded.
        """
        try:
            image.load()
        except Exception as error:
            missing = _missing_share(image)
            if missing == 1.0:
                raise ValueError("nothing of it can be read") from error
            # Without tiles left to decode, Pillow takes what has been decoded for the whole.
            image.tile = []  # type: ignore[attr-defined]
            self._damaged = True
            self._missing = max(self._missing, missing)

    def notices(self) -> tuple[str, ...]:
        """Return a sentence about what is missing, if anything is."""
        if not self._damaged:
            return ()
        if self._missing == 0.0:
            return ("The file is damaged; some of the picture may be wrong.",)
        percent = max(1, round(100 * self._missing))
        return (f"The file is damaged: {percent} % of the picture is missing (black).",)


def _missing_share(image: Image.Image) -> float:
    """Return the share of rows that the decoder did not come to: they are all zero."""
    tiles = getattr(image, "tile", None)
    if tiles is None or getattr(image, "_im", None) is None:
        return 1.0
    image.tile = []  # type: ignore[attr-defined]
    try:
        touched = np.atleast_1d(np.asarray(image).reshape(image.height, -1).any(axis=1))
    finally:
        image.tile = tiles  # type: ignore[attr-defined]
    if image.format == "BMP":  # stored from the bottom up
        touched = touched[::-1]
    rows = np.flatnonzero(touched)
    return 1.0 - (int(rows[-1]) + 1) / image.height if len(rows) else 1.0
