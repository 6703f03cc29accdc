"""Following how many cores other programs leave."""

from __future__ import annotations

import time

import pytest

from scratch_layers.processor_load import FreeCores, Usage, usable_cores, usage


class Machine:
    """Four cores whose use is told in cores a second."""

    def __init__(self) -> None:
        self.time = 100.0
        self.busy = self.yielding = self.own = 0.0
        self.free = FreeCores([0, 1, 2, 3], self.look)

    def look(self, cores: list[int]) -> Usage:
        return Usage(self.time, self.busy, self.yielding, self.own)

    def after(self, seconds: float, own: float, others: float = 0.0, yielding: float = 0.0) -> int:
        """Return how many cores are free after this program and others took so many of them."""
        self.time += seconds
        self.own += own * seconds
        self.yielding += yielding * seconds
        self.busy += (own + others + yielding) * seconds
        return self.free.count(self.time)


def test_all_cores_are_free_while_only_this_program_works() -> None:
    assert Machine().after(0.2, own=4.0) == 4


@pytest.mark.parametrize(("others", "free"), [(0.3, 4), (0.7, 3), (1.0, 3), (2.0, 2), (9.0, 1)])
def test_cores_that_others_take_are_not_free(others: float, free: int) -> None:
    assert Machine().after(0.2, own=1.0, others=others) == free


def test_they_are_free_again_as_soon_as_the_others_stop() -> None:
    machine = Machine()
    assert machine.after(0.2, own=1.0, others=2.0) == 2
    assert machine.after(0.2, own=2.0) == 4


def test_between_two_looks_the_number_stays() -> None:
    machine = Machine()
    assert machine.after(0.01, own=1.0, others=3.0) == 4
    assert machine.after(0.2, own=1.0, others=3.0) == 1


def test_programs_of_lower_priority_are_asked_to_yield() -> None:
    machine = Machine()
    assert machine.after(0.2, own=2.0, yielding=2.0) == 4
    assert machine.after(0.2, own=3.9, yielding=0.1) == 4


def test_programs_that_do_not_yield_are_asked_ever_less_often() -> None:
    machine = Machine()
    tries = [machine.after(0.2, own=2.0, yielding=2.0) == 4 for _ in range(300)]
    assert tries[0]
    assert not tries[1]
    assert 3 <= sum(tries) <= 6


def test_the_use_of_this_machine_grows_by_what_this_program_does() -> None:
    cores = usable_cores()
    before = usage(cores)
    while time.process_time() - before.own < 0.1:
        pass
    after = usage(cores)
    assert after.busy - before.busy >= 0.05
    others, yielding = after.others_since(before)
    assert 0 <= yielding <= others <= len(cores) + 0.5
