"""The sides of a comparison take turns, and their medians are what is reported."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.benchmarks.settings import Settings
from tests.benchmarks.timing import SAMPLE_SECONDS, alternate, geometric_mean, percentile


class PretendedTime(Settings):
    """A clock that moves only when a side says how long it took."""

    elapsed = 0.0
    seconds = 0.0
    least_repeats = 3

    def now(self) -> float:
        return PretendedTime.elapsed

    def side(self, calls: list[str], name: str, *seconds: float) -> Callable[[], None]:
        """Return a side that lasts so long at its first, second, ... and every later call."""
        durations = list(seconds)

        def work() -> None:
            calls.append(name)
            PretendedTime.elapsed += durations.pop(0) if len(durations) > 1 else durations[0]

        return work


def test_sides_take_turns() -> None:
    calls: list[str] = []
    clock = PretendedTime()
    sides = {"A": clock.side(calls, "A", 0.02), "B": clock.side(calls, "B", 0.03)}
    times = alternate(sides, clock)
    assert calls[-6:] == ["A", "B"] * 3
    assert times == pytest.approx({"A": 20.0, "B": 30.0})


def test_neither_the_start_nor_a_disturbance_counts() -> None:
    clock = PretendedTime()
    first_call, disturbed = 9.0, 5.0
    side = clock.side([], "A", first_call, 0.02, 0.02, disturbed, 0.02)
    assert alternate({"A": side}, clock) == pytest.approx({"A": 20.0})


def test_a_fast_side_is_repeated_within_a_sample() -> None:
    calls: list[str] = []
    clock = PretendedTime()
    times = alternate({"A": clock.side(calls, "A", SAMPLE_SECONDS / 10)}, clock)
    assert len(calls) >= 3 * 10
    assert times == pytest.approx({"A": 1000 * SAMPLE_SECONDS / 10})


def test_processor_time_leaves_waiting_out() -> None:
    waiting = 0.2
    times = alternate({"A": lambda: time.sleep(waiting)}, Settings(quick=True, clock="cpu"))
    assert times["A"] < 1000 * waiting


def test_means_and_percentiles() -> None:
    assert geometric_mean([0.5, 2.0]) == pytest.approx(1.0)
    assert geometric_mean([2.0, 8.0]) == pytest.approx(4.0)
    assert percentile([5.0, 1.0, 2.0, 4.0, 3.0], 95) == 5.0
    assert percentile([float(value) for value in range(1, 101)], 95) == 95.0
