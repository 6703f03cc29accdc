"""How far a batch is, and how long it will still take."""

from __future__ import annotations

from desktop_app.controllers.progress import Progress, TimeLeft


class BatchProgress:
    """Counts photos; skipped ones take no time and do not count for the time that is left."""

    def __init__(self, photos: int) -> None:
        self._photos = photos
        self._number = 0
        self._finished = 0
        self._skipped = 0
        self._share = 0.0
        self._start = 0.0
        self._clock = TimeLeft()

    def begin(self) -> None:
        """Note that work on the next photo begins."""
        self._number += 1

    def set_share(self, share: float) -> None:
        """Note how much (0-1) of the present photo is done."""
        self._share = share

    def finish(self, skipped: bool) -> None:
        """Note that the present photo is finished."""
        self._share = 0.0
        self._finished += 1
        self._skipped += skipped

    def restart(self) -> None:
        """Measure the speed anew, as after a pause."""
        self._start = self._worked
        self._clock = TimeLeft()

    def progress(self, name: str) -> Progress:
        """Return the progress; ``name`` is that of the photo at work, or finished just now."""
        fraction = (self._finished + self._share) / self._photos
        since = (self._worked - self._start) / max(1e-9, 1 - self._start)
        words = f"Photo {self._number:,} of {self._photos:,}, {name}"
        return Progress(words, fraction, self._clock.estimate(since))

    @property
    def _worked(self) -> float:
        """The part of the work that is done, 0-1."""
        to_do = self._photos - self._skipped
        return (self._finished - self._skipped + self._share) / to_do if to_do else 1.0
