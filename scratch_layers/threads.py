"""How many threads a piece of work gets, decided here for the whole program.

Torch divides every operation among its threads, and all wait for the slowest. Where one of them
has lost its core to another program that wait is a slice of the system's scheduler, milliseconds
for an operation of microseconds: beside a busy program two threads take several times as long as
one. So work gets as many threads as other programs leave cores, looked at anew ten times a second;
jobs of this program that compute at the same time share them; and what is over in a moment is done
by one thread without looking.

A number set with ``torch.set_num_threads`` or :func:`set_threads` is the most that is ever used.
Sums are divided among threads, so results agree to the last bit only for the same number of them.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from scratch_layers.errors import ArgumentError
from scratch_layers.processor_load import FreeCores, usable_cores

SMALL_WORK = 2_000_000
"""Multiply-adds that one thread does in the time it takes to wake others, about."""

NUMBER_WORK = 10
"""Multiply-adds in the time in which a number that lies in memory is read and written, about."""


class _Here(threading.local):
    """What this thread does."""

    depth = 0
    own = 1
    """Threads that torch has outside of all work, and so the most that work gets."""
    is_known = False


class Threads:
    """Deals threads out to the pieces of work of a program.

    Args:
        free: follows the cores that other programs leave.
    """

    def __init__(self, free: FreeCores) -> None:
        self._free = free
        self._lock = threading.Lock()
        self._here = _Here()
        self._working = 0
        self._usual = torch.get_num_threads()
        self._chosen: int | None = None

    def choose(self, count: int | None) -> None:
        """Have all work from now on done by so many threads; ``None``: by as many as are of use.

        Raises:
            ArgumentError: the number is not positive.
        """
        if count is not None and count < 1:
            raise ArgumentError(f"The number of threads must be at least 1, not {count}.")
        self._chosen = count

    @contextmanager
    def share(self, multiply_adds: float = math.inf) -> Iterator[None]:
        """Let torch use as many threads inside as the work is worth and the machine has.

        Work inside of other work is dealt its threads anew, so that long work follows what the
        machine does. At the end torch has the number that it had before.

        Args:
            multiply_adds: how large the work is.
        """
        here, before = self._here, torch.get_num_threads()
        if not here.depth:
            here.own = self._begin(before)
        here.depth += 1
        try:
            _set(self._count(here.own, multiply_adds))
            yield
        finally:
            here.depth -= 1
            if not here.depth:
                self._end()
                before = here.own
            _set(before)

    def _begin(self, present: int) -> int:
        """Count one more thread that works; return the most that its work may be dealt."""
        with self._lock:
            # A new thread takes up the number set last, which is other work's share meanwhile.
            if not self._working or self._here.is_known:
                self._usual = present
            self._here.is_known = True
            self._working += 1
            return self._usual

    def _end(self) -> None:
        with self._lock:
            self._working -= 1

    def _count(self, most: int, multiply_adds: float) -> int:
        if self._chosen is not None:
            return self._chosen
        if most == 1 or multiply_adds < SMALL_WORK:
            return 1
        with self._lock:
            free = self._free.count(time.monotonic())
            return max(1, min(most, free // self._working))


def _set(count: int) -> None:
    if torch.get_num_threads() != count:
        torch.set_num_threads(count)


threads = Threads(FreeCores(usable_cores()))
"""Those of this program."""


def start_undivided(work: Callable[[], object], name: str) -> threading.Thread:
    """Start a daemon thread whose work is never divided, and return it.

    Every thread whose operations torch divides gets helper threads of its own. While there are more
    helpers than cores, GNU's OpenMP has all of them sleep as soon as they wait, and short
    operations take several times as long, even where the other thread is idle.
    """
    # Torch takes the number set last as that of every thread to come, so it is put back.
    usual = torch.get_num_threads()
    is_set = threading.Event()

    def run() -> None:
        # A thread takes up the usual number when it first asks; what is set before is lost.
        torch.get_num_threads()
        torch.set_num_threads(1)
        is_set.set()
        work()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    is_set.wait()
    torch.set_num_threads(usual)
    return thread
