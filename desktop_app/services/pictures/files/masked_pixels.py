"""The noise of the pixels at the margins of a sensor that no light reaches: read noise alone.

Source: EMVA Standard 1288, release 4.0 (2021), on temporal dark noise; Digital Negative
Specification, version 1.4, on masked areas.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

_GUARD = 4
"""Pixels beside the lit ones are left out: some light gets there."""

_FEWEST = 500
_MOST = 200_000
# Hot pixels, and lines that sensors write for other ends.
_FARTHEST_DEVIATIONS, _ROUNDS = 5.0, 4
_MOST_LEFT_OUT = 0.02
_LEAST_BLACK, _MOST_OFF_BLACK = 4.0, 3.0


def dark_variance(
    samples: NDArray[np.uint16],
    active: tuple[int, int, int, int],
    black: Sequence[int],
    arrangement: str,
) -> tuple[float, float, float] | None:
    """Return the variance of red, green and blue pixels in the dark, in samples squared.

    It is half the mean square of the differences of neighbours of one colour in a row, so that
    neither black levels nor rows that differ count; differences of more than 5 deviations are left
    out. An area at a margin counts as masked where its mean lies within 3 deviations, or 3 samples,
    of black, and black so far above 0 that no noise is cut off.

    Args:
        samples: of the whole sensor, ``uint16`` (H, W).
        active: top, left, height and width of what light falls on.
        black: level of the four places of the arrangement, row by row, from ``active`` on.
        arrangement: colours of these places.

    Returns:
        None where there are no such areas, or they hold something else.
    """
    found: dict[str, list[float]] = {"R": [], "G": [], "B": []}
    largest = max(_margins(samples.shape, active), key=_size, default=None)
    if largest is None:
        return None
    rows, columns = largest
    for place in range(4):
        # The place of the arrangement that the first pixel of the area belongs to.
        first = rows.start + (place // 2 - rows.start + active[0]) % 2
        left = columns.start + (place % 2 - columns.start + active[1]) % 2
        values = samples[first : rows.stop : 2, left : columns.stop : 2]
        variance = _variance(values[: max(1, _MOST // values.shape[1])], black[place])
        if variance is None:
            return None
        found[arrangement[place]].append(variance)
    red, green, blue = (float(np.mean(found[colour])) for colour in "RGB")
    return red, green, blue


def _margins(
    shape: tuple[int, ...], active: tuple[int, int, int, int]
) -> Iterator[tuple[slice, slice]]:
    """Yield the areas beside and above what is lit that are large enough."""
    top, left, height, width = active
    bottom, right = top + height, left + width
    for rows, columns in (
        (slice(top, bottom), slice(0, left - _GUARD)),
        (slice(top, bottom), slice(right + _GUARD, shape[1])),
        (slice(0, top - _GUARD), slice(left, right)),
        (slice(bottom + _GUARD, shape[0]), slice(left, right)),
    ):
        if min(rows.stop - rows.start, columns.stop - columns.start) >= 4:
            yield rows, columns


def _size(area: tuple[slice, slice]) -> int:
    rows, columns = area
    return int((rows.stop - rows.start) * (columns.stop - columns.start))


def _variance(values: NDArray[np.uint16], black: int) -> float | None:
    differences = np.diff(values.astype(np.float64), axis=1).ravel()
    count = len(differences)
    if count < _FEWEST:
        return None
    for _ in range(_ROUNDS):
        deviation = float(np.sqrt(np.mean(differences**2)))
        differences = differences[np.abs(differences) <= _FARTHEST_DEVIATIONS * deviation]
    variance = float(np.mean(differences**2)) / 2
    deviation = variance**0.5
    is_masked = (
        variance > 0
        and len(differences) >= (1 - _MOST_LEFT_OUT) * count
        and black >= _LEAST_BLACK * deviation
        and abs(float(np.median(values)) - black) <= _MOST_OFF_BLACK * max(deviation, 1.0)
    )
    return variance if is_masked else None
