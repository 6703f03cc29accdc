"""How far a batch is, and how long it will still take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from desktop_app.controllers.progress import Progress

_REMEMBERED = 20
_SECONDS_BEFORE_A_GUESS = 3.0


class BatchProgress:
    """Counts photos, and learns from those that are done how long the others take.

    The time left is the median of the latest photos' times, for each photo to come: the first one,
    for which everything is loaded, and a single large one tell little about the others. Skipped
    photos take no time.

    Args:
        photos: how many there are.
        clock: seconds, from any point in time.
    """

    def __init__(self, photos: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._photos = photos
        self._clock = clock
        self._number = 0
        self._finished = 0
        self._share = 0.0
        self._begun = self._paused = clock()
        self._times: deque[float] = deque(maxlen=_REMEMBERED)

    def begin(self) -> None:
        """Note that work on the next photo begins."""
        self._number += 1
        self._begun = self._clock()

    def set_share(self, share: float) -> None:
        """Note how much (0-1) of the present photo is done."""
        self._share = share

    def finish(self, skipped: bool) -> None:
        """Note that the present photo is finished."""
        self._share = 0.0
        self._finished += 1
        if not skipped:
            self._times.append(self._clock() - self._begun)

    def pause(self) -> None:
        """Note that the work rests from now on."""
        self._paused = self._clock()

    def resume(self) -> None:
        """Note that the work goes on: the time of the pause does not count."""
        self._begun += self._clock() - self._paused

    def progress(self, name: str) -> Progress:
        """Return the progress; ``name`` is that of the photo at work, or finished just now."""
        fraction = (self._finished + self._share) / self._photos
        words = f"Photo {self._number:,} of {self._photos:,}, {name}"
        return Progress(words, fraction, self._seconds_left())

    def _seconds_left(self) -> float | None:
        left = self._photos - self._finished - self._share
        if self._times:
            return sorted(self._times)[len(self._times) // 2] * left
        spent = self._clock() - self._begun
        if self._share <= 0 or spent < _SECONDS_BEFORE_A_GUESS:
            return None
        return spent / self._share * left
