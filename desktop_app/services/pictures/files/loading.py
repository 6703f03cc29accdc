"""Decoding with Pillow: all of a picture, or as much of a damaged one as can be had."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO, TypeAlias

import numpy as np
from PIL import Image

Load: TypeAlias = Callable[[Image.Image], object]


class UnsupportedKindError(Exception):
    """A file is in order, but of a kind that is not supported; the text says which, in words."""


def load_whole(image: Image.Image) -> None:
    """Decode a picture; a damaged one raises whatever its decoder raises."""
    image.load()


_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"

# A small file can claim a size of which it holds a few rows, and would fill the memory with black.
_MOST_MISSING = 0.995


def with_end_of_jpeg(stream: BinaryIO) -> BinaryIO:
    """Return a progressive JPEG file that was cut short with an end, and any other file as it is.

    Such a file holds the whole picture several times, ever finer. Its decoder shows what it has
    only when it sees the end.
    """
    stream.seek(0)
    if stream.read(2) != _JPEG_START:
        return stream
    stream.seek(0)
    content = stream.read()
    if _JPEG_END in content[-64:] or not Image.open(io.BytesIO(content)).info.get("progressive"):
        return stream
    return io.BytesIO(content + _JPEG_END)


class TolerantLoad:
    """Decodes pictures, keeps what there is of damaged ones, and remembers how much is missing.

    Args:
        cut_short: whether :func:`with_end_of_jpeg` gave the file an end that it had lost.
    """

    def __init__(self, cut_short: bool = False) -> None:
        self._cut_short = cut_short
        self._missing = 0.0
        self._damaged = False

    def __call__(self, image: Image.Image) -> None:
        """Decode as far as possible.

        Raises:
            ValueError: nothing of the picture could be decoded, or next to nothing.
        """
        try:
            image.load()
        except Exception as error:
            missing = _missing_share(image)
            if missing > _MOST_MISSING:
                raise ValueError("nothing of it can be read") from error
            # Without tiles left to decode, Pillow takes what has been decoded for the whole.
            image.tile = []  # type: ignore[attr-defined]
            self._damaged = True
            self._missing = max(self._missing, missing)
        if self._cut_short and _is_plain(image):
            raise ValueError("nothing of it can be read")

    def notices(self) -> tuple[str, ...]:
        """Return a sentence about what is missing, if anything is."""
        if self._cut_short:
            return ("The file is cut short: the picture is coarser than it was, or gray in part.",)
        if not self._damaged:
            return ()
        if self._missing == 0.0:
            return ("The file is damaged; some of the picture may be wrong.",)
        percent = max(1, round(100 * self._missing))
        return (f"The file is damaged: {percent} % of the picture is missing (black).",)


def _is_plain(image: Image.Image) -> bool:
    """Whether nearly all pixels are the same, as where nothing of a JPEG file's scans is left."""
    values = np.asarray(image).reshape(image.height * image.width, -1)
    return bool((values == values[-1]).all(axis=1).mean() > 0.9)


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
