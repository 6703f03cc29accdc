"""How many threads a piece of work gets, and threads beside the one that computes."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from scratch_layers.cross_entropy import CrossEntropy
from scratch_layers.errors import ArgumentError
from scratch_layers.layers import (
    BatchNorm2d,
    Conv2d,
    Linear,
    ReLU,
    Residual,
    Sequential,
    Upsampling,
)
from scratch_layers.losses import Loss, SmoothL1
from scratch_layers.module import Module
from scratch_layers.muon import Muon
from scratch_layers.optim import SGD, Adam, clip_gradient_norm
from scratch_layers.processor_load import FreeCores
from scratch_layers.threads import SMALL_WORK, Threads, start_undivided, threads


class Told(FreeCores):
    """As many free cores as a test says."""

    free = 4

    def count(self, now: float) -> int:
        return self.free


@pytest.fixture(autouse=True)
def four_threads() -> Iterator[None]:
    """Let torch use four threads, however many cores there are."""
    former = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(former)


@pytest.fixture
def free() -> Told:
    return Told([0])


class Worker:
    """Takes a share in a thread of its own whenever it is asked to."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._begin, self._end, self._told = (threading.Semaphore(0) for _ in range(3))
        self._count = 0
        threading.Thread(target=self._work, daemon=True).start()

    def begin(self) -> int:
        """Take a share; return how many threads torch uses meanwhile."""
        self._begin.release()
        assert self._told.acquire(timeout=10)
        return self._count

    def end(self) -> int:
        """Give the share back; return how many threads torch uses then."""
        self._end.release()
        assert self._told.acquire(timeout=10)
        return self._count

    def _work(self) -> None:
        while True:
            self._begin.acquire()
            with self._threads.share():
                self._count = torch.get_num_threads()
                self._told.release()
                self._end.acquire()
            self._count = torch.get_num_threads()
            self._told.release()


@pytest.mark.parametrize(("cores", "count"), [(8, 4), (4, 4), (3, 3), (1, 1)])
def test_work_gets_the_free_cores_but_no_more_than_torch_may_use(
    free: Told, cores: int, count: int
) -> None:
    free.free = cores
    threads = Threads(free)
    with threads.share():
        assert torch.get_num_threads() == count
    assert torch.get_num_threads() == 4


def test_work_inside_of_work_follows_the_machine(free: Told) -> None:
    threads = Threads(free)
    with threads.share():
        free.free = 2
        with threads.share():
            assert torch.get_num_threads() == 2
        assert torch.get_num_threads() == 4


def test_small_work_is_not_divided(free: Told) -> None:
    threads = Threads(free)
    with threads.share(SMALL_WORK - 1):
        assert torch.get_num_threads() == 1
    with threads.share(SMALL_WORK):
        assert torch.get_num_threads() == 4


def test_what_torch_may_use_can_be_changed_between_two_pieces_of_work(free: Told) -> None:
    threads = Threads(free)
    with threads.share():
        pass
    torch.set_num_threads(3)
    with threads.share():
        assert torch.get_num_threads() == 3
    assert torch.get_num_threads() == 3


def test_an_error_in_the_work_gives_the_threads_back(free: Told) -> None:
    threads = Threads(free)
    free.free = 1
    with pytest.raises(ZeroDivisionError), threads.share():
        _ = 1 / 0
    assert torch.get_num_threads() == 4
    free.free = 4
    assert Worker(threads).begin() == 4


def test_a_person_can_choose_the_number(free: Told) -> None:
    free.free = 1
    threads = Threads(free)
    threads.choose(2)
    with threads.share(), threads.share(1.0):
        assert torch.get_num_threads() == 2
    threads.choose(None)
    with threads.share():
        assert torch.get_num_threads() == 1


def test_no_thread_at_all_is_no_choice(free: Told) -> None:
    with pytest.raises(ArgumentError, match="at least 1, not 0"):
        Threads(free).choose(0)


def test_work_at_the_same_time_shares_the_cores(free: Told) -> None:
    threads = Threads(free)
    first, second, third, fourth, fifth = (Worker(threads) for _ in range(5))
    assert [first.begin(), second.begin(), third.begin()] == [4, 2, 1]
    assert [fourth.begin(), fifth.begin()] == [1, 1]


def test_work_that_goes_on_gets_what_others_have_left(free: Told) -> None:
    threads = Threads(free)
    first, second = Worker(threads), Worker(threads)
    first.begin()
    assert second.begin() == 2
    first.end()
    assert second.end() == 4
    assert second.begin() == 4


class ThreadsOfLongOperations(TorchDispatchMode):
    """Notes how many threads torch has in every operation that computes many numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[int] = set()

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        is_long = any(isinstance(given, Tensor) and given.numel() > 999 for given in arguments)
        computes = not function.is_view and "empty" not in function.__name__
        if is_long and computes:
            self.found.add(torch.get_num_threads())
        return function(*arguments, **(options or {}))


LEARNING = Linear(40, 40)
LEARNING.param()


def matrices() -> list[tuple[Tensor, Tensor]]:
    return [(torch.ones(40, 40), torch.ones(40, 40))]


def lose(loss: Loss) -> None:
    loss.forward(torch.ones(40, 40), torch.zeros(40, 40))
    loss.backward()


def pass_through(layer: Module) -> None:
    layer.backward(layer.forward(torch.ones(1, 8, 16, 16)))


@pytest.mark.parametrize(
    "work",
    [
        lambda: SGD(0.1, momentum=0.9).step(matrices()),
        lambda: Adam(0.1).step(matrices()),
        lambda: Muon(0.1).step(matrices()),
        lambda: clip_gradient_norm(matrices(), 1.0),
        lambda: LEARNING.zero_grad(),
        lambda: lose(SmoothL1()),
        lambda: lose(CrossEntropy()),
        lambda: pass_through(Conv2d(8, 8, 3, padding=1)),
        lambda: pass_through(Upsampling(8, 8, 2, 2)),
        lambda: pass_through(Sequential(ReLU(), BatchNorm2d(8), Residual(ReLU()))),
    ],
)
def test_all_that_takes_long_is_dealt_its_threads(work: Callable[[], object]) -> None:
    threads.choose(2)
    try:
        with ThreadsOfLongOperations() as long:
            work()
    finally:
        threads.choose(None)
    assert long.found == {2}


def test_the_thread_computes_on_one_core_and_others_keep_theirs() -> None:
    former = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        found: list[int] = []
        start_undivided(lambda: found.append(torch.get_num_threads()), "beside").join()
        assert (found, torch.get_num_threads()) == ([1], 3)
        later = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
        later.start()
        later.join()
        assert found == [1, 3]
    finally:
        torch.set_num_threads(former)


COUNTING = """
import os, threading, torch
from scratch_layers.threads import start_undivided

def threads():
    return len(os.listdir("/proc/self/task"))

torch.set_num_threads(2)
torch.ones(1_000_000).add_(1)
before = threads()
worked, counted = threading.Event(), threading.Event()

def work():
    torch.ones(1_000_000).add_(1)
    worked.set()
    counted.wait()

start_undivided(work, "beside")
worked.wait()
print(threads() - before)
counted.set()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts in /proc")
def test_it_gets_no_helpers() -> None:
    command = [sys.executable, "-c", COUNTING]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.strip() == "1"
