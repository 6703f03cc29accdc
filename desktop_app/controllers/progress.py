"""How far a job is and how long it will still take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """A moment of a job.

    Attributes:
        fraction: done so far, 0 to 1; ``None`` while that cannot be known.
        text: what is being done.
        seconds_left: estimate of what remains; ``None`` before one can be made.
    """

    text: str
    fraction: float | None = None
    seconds_left: float | None = None

    @property
    def sentence(self) -> str:
        """The progress in words, such as ``Denoising: 40 %, 12 s left``."""
        parts = []
        if self.fraction is not None:
            parts.append(f"{self.fraction:.0%}".replace("%", " %"))
        if self.seconds_left is not None:
            parts.append(f"{format_seconds(self.seconds_left)} left")
        return f"{self.text}: {', '.join(parts)}" if parts else f"{self.text} …"


class TimeLeft:
    """Estimates the rest of a job from how long its done part took."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()

    def estimate(self, fraction: float) -> float | None:
        """Return the seconds left when ``fraction`` of the work is done; ``None`` at the start."""
        if fraction <= 0:
            return None
        elapsed = self._clock() - self._started
        return elapsed * (1 - min(fraction, 1)) / fraction


def format_seconds(seconds: float) -> str:
    """Return a duration as people say it: ``8 s``, ``3 min 05 s``, ``2 h 10 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"
