"""How threads that compute at the same time share the cores."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from desktop_app.services.processor import Cores


@pytest.fixture(autouse=True)
def four_threads() -> Iterator[None]:
    """Let torch believe in four cores."""
    former = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(former)


class Worker:
    """Takes its share in a thread of its own whenever it is asked to."""

    def __init__(self, cores: Cores) -> None:
        self._cores = cores
        self._begin, self._end, self._told = (threading.Semaphore(0) for _ in range(3))
        self.threads = 0
        threading.Thread(target=self._work, daemon=True).start()

    def begin(self) -> int:
        """Take the share; return how many threads torch uses meanwhile."""
        self._begin.release()
        assert self._told.acquire(timeout=10)
        return self.threads

    def end(self) -> None:
        """Give the share back."""
        self._end.release()
        assert self._told.acquire(timeout=10)

    def _work(self) -> None:
        while True:
            self._begin.acquire()
            with self._cores.share():
                self.threads = torch.get_num_threads()
                self._told.release()
                self._end.acquire()
            self._told.release()


def test_a_thread_alone_has_all_cores() -> None:
    cores = Cores()
    assert Worker(cores).begin() == 4


def test_threads_at_the_same_time_share_the_cores() -> None:
    cores = Cores()
    first, second, third = (Worker(cores) for _ in range(3))
    assert [first.begin(), second.begin(), third.begin()] == [4, 2, 1]


def test_a_thread_that_goes_on_gets_what_others_have_left() -> None:
    cores = Cores()
    first, second = Worker(cores), Worker(cores)
    first.begin()
    assert second.begin() == 2
    first.end()
    second.end()
    assert second.begin() == 4


def test_no_thread_is_left_without_a_core() -> None:
    cores = Cores()
    assert [Worker(cores).begin() for _ in range(6)][-1] == 1


def test_a_number_set_meanwhile_stays() -> None:
    cores = Cores()
    with cores.share():
        torch.set_num_threads(3)
    with cores.share():
        assert torch.get_num_threads() == 3
