"""Timing several ways to do the same thing against each other, in turns, in one process."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from statistics import median
from typing import TypeVar

from tests.benchmarks.settings import Settings

Name = TypeVar("Name", bound=Hashable)

SAMPLE_SECONDS = 0.01
"""One sample repeats a side until it lasts this long, so that the clock's own cost vanishes."""
MOST_REPEATS = 200


def alternate(sides: Mapping[Name, Callable[[], object]], settings: Settings) -> dict[Name, float]:
    """Return the median milliseconds that one call of each side takes.

    The sides take turns, A B A B ..., so that whatever else the machine does, and its clock rate,
    meets all of them alike. Two calls of each come first, to warm up and to learn how long they
    last.
    """
    with _no_garbage_collection():
        loops = {name: _loops(side, settings) for name, side in sides.items()}
        samples: dict[Name, list[float]] = {name: [] for name in sides}
        spent, rounds = 0.0, 0
        while rounds < settings.least_repeats or (
            spent < settings.seconds * len(sides) and rounds < MOST_REPEATS
        ):
            for name, side in sides.items():
                seconds = _seconds(side, loops[name], settings)
                samples[name].append(seconds / loops[name])
                spent += seconds
            rounds += 1
    return {name: 1000 * median(found) for name, found in samples.items()}


def geometric_mean(ratios: list[float]) -> float:
    """Return the mean for ratios: the one for which twice and half as fast cancel out."""
    return math.exp(math.fsum(math.log(ratio) for ratio in ratios) / len(ratios))


def percentile(values: list[float], percent: float) -> float:
    """Return the smallest of the values that is not below ``percent`` % of them."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def _loops(side: Callable[[], object], settings: Settings) -> int:
    side()
    seconds = _seconds(side, 1, settings)
    if settings.quick:
        return 1
    return max(1, math.ceil(SAMPLE_SECONDS / max(seconds, 1e-6)))


def _seconds(side: Callable[[], object], loops: int, settings: Settings) -> float:
    started = settings.now()
    for _ in range(loops):
        side()
    return settings.now() - started


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
