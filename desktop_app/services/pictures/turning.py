"""Pictures as the camera lay, and the right way up: EXIF orientations, on samples and places."""

from __future__ import annotations

import numpy as np

from desktop_app.services.pictures.picture import Samples

_ON_ITS_SIDE = (5, 6, 7, 8)
_UPSIDE_DOWN = (3, 4, 7, 8)
_RIGHT_TO_LEFT = (2, 3, 6, 7)


def turned(values: Samples, orientation: int) -> Samples:
    """Turn samples (H, W, ...) upright: mirrored for 2, 4, 5, 7; on their side for 5 to 8."""
    if orientation in _ON_ITS_SIDE:
        values = values.swapaxes(0, 1)
    if orientation in _UPSIDE_DOWN:
        values = values[::-1]
    if orientation in _RIGHT_TO_LEFT:
        values = values[:, ::-1]
    return np.ascontiguousarray(values)


def place_before(
    place: tuple[int, int, int, int], orientation: int, height: int, width: int
) -> tuple[int, int, int, int]:
    """Return where a place of an upright picture lies in what :func:`turned` made it of.

    Args:
        place: top, left, bottom, right in the upright picture.
        orientation: as for :func:`turned`.
        height, width: of the upright picture.
    """
    top, left, bottom, right = place
    if orientation in _RIGHT_TO_LEFT:
        left, right = width - right, width - left
    if orientation in _UPSIDE_DOWN:
        top, bottom = height - bottom, height - top
    if orientation in _ON_ITS_SIDE:
        return left, top, right, bottom
    return top, left, bottom, right
