"""Row group: from the start of the process to a drawn window, and to one ready to denoise."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.benchmarks.peak_memory import ChildError
from tests.benchmarks.row import Row, Target
from tests.benchmarks.settings import Settings
from tests.benchmarks.window_process import display, run_script

REPEATS = 7

TITLES = {"drawn": "start to the window drawn", "ready": "start to ready to denoise"}
TARGETS = {"drawn": Target("ms", 700), "ready": Target("ms", 3000)}


def rows(settings: Settings) -> Iterator[Row]:
    """Yield the medians of several starts."""
    with display() as problem:
        if problem:
            yield from _unmeasured(problem)
            return
        try:
            starts = _starts(settings)
        except ChildError as error:
            yield from _unmeasured(str(error))
            return
    for key, title in TITLES.items():
        seconds = [start[key] for start in starts]
        note = f"{min(seconds):.2f} to {max(seconds):.2f} s in {len(seconds)} starts, files cached"
        yield Row(title, 1000 * median(seconds), target=TARGETS[key], note=note)


def _starts(settings: Settings) -> list[dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if not settings.quick:
            _start(home)
        return [_start(home) for _ in range(1 if settings.quick else REPEATS)]


def _start(home: Path) -> dict[str, float]:
    # Every process on a machine reads the same monotonic clock.
    result: dict[str, float] = run_script("start_script", home, repr(time.monotonic()))
    return result


def _unmeasured(problem: str) -> Iterator[Row]:
    for key, title in TITLES.items():
        yield Row(title, target=TARGETS[key], note=f"not measured: {problem}")
