"""Strength without running the network again: mixing the noisy and the denoised picture.

With d = denoised - noisy, split into its luma y(d) (ITU-R BT.601 weights, the same for R, G and B)
and the chroma that remains, the mix is  noisy + strength * y(d) + colour_strength * (d - y(d)).
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Depth = TypeVar("Depth", np.uint8, np.uint16)

LUMA_WEIGHTS = (0.299, 0.587, 0.114)
SAMPLES_AT_ONCE = 60_000


def blend(
    noisy: NDArray[Depth], denoised: NDArray[Depth], strength: float, colour_strength: float
) -> NDArray[Depth]:
    """Mix two pictures; see the module's equation.

    Args:
        noisy, denoised: (H, W, 3) or (H, W, 1), uint8 or uint16, of one shape and dtype.
        strength, colour_strength: 0 (all noise kept) to 1 (all noise removed). A gray picture has
            no colour noise, so only ``strength`` matters to it.

    Returns:
        A new array, rounded and clipped; exactly ``denoised`` when both strengths are 1.
    """
    if noisy.shape[2] == 1:
        colour_strength = strength
    if strength == colour_strength == 1:
        return np.array(denoised)
    if strength == colour_strength == 0:
        return np.array(noisy)
    result = np.empty_like(noisy)
    # Few rows at a time stay in the processor's cache through all the steps.
    step = max(1, SAMPLES_AT_ONCE // noisy[0].size)
    for top in range(0, noisy.shape[0], step):
        rows = slice(top, top + step)
        result[rows] = _mixed(noisy[rows], denoised[rows], strength, colour_strength)
    return result


def _mixed(
    noisy: NDArray[Depth], denoised: NDArray[Depth], strength: float, colour_strength: float
) -> NDArray[np.float32]:
    before = noisy.astype(np.float32)
    change = denoised.astype(np.float32)
    change -= before
    if strength != colour_strength:
        share = np.float32(strength - colour_strength)
        luma = change[..., 0] * (share * np.float32(LUMA_WEIGHTS[0]))
        for channel in (1, 2):
            luma += change[..., channel] * (share * np.float32(LUMA_WEIGHTS[channel]))
        change *= np.float32(colour_strength)
        change += luma[:, :, None]
    else:
        change *= np.float32(strength)
    change += before
    # Storing as integers cuts off, so that half a step more rounds to the nearest.
    change += np.float32(0.5)
    return np.clip(change, 0, np.iinfo(noisy.dtype).max, out=change)


def removed(
    noisy: NDArray[Depth], denoised: NDArray[Depth], gain: float = 4.0
) -> NDArray[np.uint8]:
    """Return what was taken away, ``gain`` times, around middle gray, on the 0-255 scale.

    ``128 + gain (noisy - denoised)``, rounded and clipped. Arrays of 16 bits are compared at their
    full depth: their steps of 1/257 show at high gains.

    Args:
        noisy, denoised: (H, W, C), both ``uint8`` or both ``uint16``.
        gain: how much differences are amplified.
    """
    difference = noisy.astype(np.float32) - denoised.astype(np.float32)
    scale = gain * 255 / np.iinfo(noisy.dtype).max
    shown = np.clip(np.rint(128 + scale * difference), 0, 255)
    result: NDArray[np.uint8] = shown.astype(np.uint8)
    return result
