"""How far a run has come, as checkpoints keep it, and the clocks of one sitting."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from scratch_layers.checked_json import check_fields
from scratch_layers.errors import WeightsError


@dataclass
class Progress:
    """The state of a run that is not a tensor.

    Attributes:
        step: optimizer steps applied.
        elapsed_seconds: time spent training, in all sittings together.
        attempt: number of rollbacks so far; each changes crops and noise from there on.
        rate_scale: factor on the scheduled learning rate, halved by every rollback.
        best_psnr: highest validation PSNR in dB; None before the first validation.
        best_step: the step it was reached at.
        validations_without_gain: validations since then.
    """

    step: int = 0
    elapsed_seconds: float = 0.0
    attempt: int = 0
    rate_scale: float = 1.0
    best_psnr: float | None = None
    best_step: int = 0
    validations_without_gain: int = 0

    def observe(self, psnr: float) -> bool:
        """Take in a validation's PSNR in dB; return whether it is the best, and finite."""
        is_best = math.isfinite(psnr) and (self.best_psnr is None or psnr > self.best_psnr)
        if is_best:
            self.best_psnr, self.best_step, self.validations_without_gain = psnr, self.step, 0
        else:
            self.validations_without_gain += 1
        return is_best

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Progress:
        """Rebuild the numbers.

        Raises:
            WeightsError: a number is missing, is not a number, or lies out of its range.
        """
        try:
            check_fields(cls, values)
        except ValueError as problem:
            raise WeightsError(f"The checkpoint's progress cannot be used: {problem}.") from problem
        if missing := {item.name for item in fields(cls)} - set(values):
            raise WeightsError(f"The checkpoint's progress lacks '{min(missing)}'.")
        for name, value in values.items():
            if name != "best_psnr" and value < 0:
                raise WeightsError(f"The checkpoint's {name} is {value}, less than 0.")
        return cls(**values)


LOOK_SECONDS, LOOK_SHARE = 1.0, 0.02


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
        self._next_look = 0.0

    def count_step(self, seconds: float) -> None:
        """Take in one step and how long it took."""
        self._steps += 1
        self._step_seconds += seconds

    @property
    def steps_per_second(self) -> float:
        """Mean speed, without validation and pauses."""
        return self._steps / max(self._step_seconds, 1e-9)

    def is_look_due(self, elapsed_seconds: float) -> bool:
        """Whether the layers are to be measured now; if so, they will not be for a while.

        That is a second, and in a long run a fiftieth of what has passed, so that the record
        grows with the logarithm of the time.
        """
        if elapsed_seconds < self._next_look:
            return False
        self._next_look = elapsed_seconds + max(LOOK_SECONDS, LOOK_SHARE * elapsed_seconds)
        return True

    def checkpoint_written(self) -> None:
        """Start the time between checkpoints anew."""
        self.is_checkpoint_late = False
        self._checkpoint_time = time.monotonic()

    def seconds_since_checkpoint(self) -> float:
        """Return how old the last checkpoint is."""
        return time.monotonic() - self._checkpoint_time
