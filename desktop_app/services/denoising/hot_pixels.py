"""Hot and dead pixels of a sensor: single ones far above or below all of their neighbours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from desktop_app.services.pictures import Picture

LEAST_STEP = 0.1
SIGMAS = 6.0
_ROWS_AT_ONCE = 256
_NEIGHBOURS = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]


def without_hot_pixels(picture: Picture, sigma_255: float) -> tuple[Picture, int]:
    """Replace samples that no lens and no noise can make, by the median of their neighbours.

    In each channel by itself, a sample is replaced if it lies above the largest of its eight
    neighbours, or below the smallest, by more than ``max(0.1, 6 sigma)`` of the range. A star or a
    glint is spread over several pixels by the lens, and stays. So does a hot pixel that
    demosaicing or compression has spread. Samples at the border have fewer neighbours and stay.

    Args:
        picture: of 8 or 16 bits.
        sigma_255: standard deviation of the noise, 0-255 scale.

    Returns:
        The picture, itself if nothing was found, and how many pixels were replaced.

    Source: the rule of darktable's module "hot pixels", with all eight neighbours and a threshold
    that follows the noise.
    """
    samples = picture.samples
    step = picture.peak * max(LEAST_STEP, SIGMAS * sigma_255 / 255)
    places = [
        found
        for top in range(1, samples.shape[0] - 1, _ROWS_AT_ONCE)
        if len(found := _outliers(samples, top, min(top + _ROWS_AT_ONCE, len(samples) - 1), step))
    ]
    if not places:
        return picture, 0
    rows, columns, channels = np.concatenate(places).T
    around = np.stack([samples[rows + y, columns + x, channels] for y, x in _NEIGHBOURS])
    mended = samples.copy()
    mended[rows, columns, channels] = np.median(around, axis=0)
    return replace(picture, samples=mended), len(np.unique(rows * samples.shape[1] + columns))


def _outliers(samples: NDArray[np.integer], top: int, bottom: int, step: float) -> NDArray[np.intp]:
    """Return row, column and channel of the outliers in some rows, (N, 3)."""
    band = samples[top - 1 : bottom + 1].astype(np.int32)
    middle = band[1:-1, 1:-1]
    # Most samples are out of the question after a look at two neighbours.
    beside = middle - band[1:-1, :-2], middle - band[1:-1, 2:]
    suspects = np.argwhere((np.minimum(*beside) > step) | (np.maximum(*beside) < -step))
    rows, columns, channels = suspects.T
    values = middle[rows, columns, channels]
    around = np.stack([band[rows + 1 + y, columns + 1 + x, channels] for y, x in _NEIGHBOURS])
    far = (values - around.max(axis=0) > step) | (around.min(axis=0) - values > step)
    found: NDArray[np.intp] = suspects[far] + (top, 1, 0)
    return found
