"""What a run of the benchmarks is told: how thorough, on which device, by which clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

CLOCKS: dict[str, Callable[[], float]] = {
    "wall": time.perf_counter,
    "cpu": time.process_time,
}


@dataclass(frozen=True)
class Settings:
    """One run's options.

    Attributes:
        quick: tiny shapes and single repeats: shows that everything runs, measures nothing.
        device: where both sides compute.
        clock: ``wall``, or ``cpu`` for the processor time of all threads, which other programs on
            a busy machine disturb less. Child processes are always timed by the wall clock.
    """

    quick: bool = False
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    clock: str = "wall"

    @property
    def seconds(self) -> float:
        """How long to measure each side of a comparison, at least."""
        return 0.0 if self.quick else 0.8

    @property
    def least_repeats(self) -> int:
        """How often each side runs at least, however long it takes."""
        return 1 if self.quick else 5

    def now(self) -> float:
        """Return the clock's time in seconds, once the device has done what it was asked to."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        elif self.device.type == "mps":
            torch.mps.synchronize()
        return CLOCKS[self.clock]()
