"""Peak memory is that of the child's own work, whatever the parent holds."""

from __future__ import annotations

import pytest

from tests.benchmarks.peak_memory import ChildError, run_in_child

MODULE = "test_peak_memory"


def take_and_release(mebibytes: int) -> int:
    # Of ones: zeros would not become resident.
    return len(bytearray(b"1") * (mebibytes * 2**20))


def fail(sentence: str) -> None:
    raise ValueError(sentence)


def test_memory_that_was_released_again_counts() -> None:
    little = run_in_child(MODULE, "take_and_release", 1)
    much = run_in_child(MODULE, "take_and_release", 101)
    assert much.result == 101 * 2**20
    assert much.peak_mib - little.peak_mib == pytest.approx(100, abs=20)


def test_memory_of_the_parent_does_not_count() -> None:
    held = bytearray(b"x") * (300 * 2**20)
    child = run_in_child(MODULE, "take_and_release", 1)
    assert child.peak_mib < len(held) / 2**20


def test_a_failure_is_told() -> None:
    with pytest.raises(ChildError, match="ValueError: no memory left"):
        run_in_child(MODULE, "fail", "no memory left")
