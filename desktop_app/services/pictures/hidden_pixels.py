"""Colours under full transparency: nobody sees them, so they must not colour what is seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.services.pictures.picture import Picture


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
