"""The clocks of one start of a run, from its beginning or a checkpoint until it stops."""

from __future__ import annotations

import time


class Sitting:
    """Counts what happens between a start and the next stop; nothing of it is stored.

    Attributes:
        is_checkpoint_late: whether the time between checkpoints is over, for all processes alike.
    """

    def __init__(self) -> None:
        self.is_checkpoint_late = False
        self._steps = 0
        self._step_seconds = 0.0
        self._checkpoint_time = time.monotonic()

    def count_step(self, seconds: float) -> None:
        """Take in one step and how long it took."""
        self._steps += 1
        self._step_seconds += seconds

    @property
    def steps_per_second(self) -> float:
        """Mean speed, without validation and pauses."""
        return self._steps / max(self._step_seconds, 1e-9)

    def checkpoint_written(self) -> None:
        """Start the time between checkpoints anew."""
        self.is_checkpoint_late = False
        self._checkpoint_time = time.monotonic()

    def seconds_since_checkpoint(self) -> float:
        """Return how old the last checkpoint is."""
        return time.monotonic() - self._checkpoint_time
