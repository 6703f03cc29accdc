"""How many processor cores other programs keep busy."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

_IDLE = ("idle", "iowait", "guest", "guest_nice")
"""Times in which a core has nothing to do, and those that the system counts twice."""


@dataclass(frozen=True)
class Usage:
    """What the processor has done so far, in seconds.

    Attributes:
        time: on a clock of no particular beginning.
        busy: of all cores that this program may use, together.
        yielding: the part of ``busy`` that went to programs of lowered priority.
        own: of this program, all its threads together.
    """

    time: float
    busy: float
    yielding: float
    own: float

    def others_since(self, former: Usage) -> tuple[float, float]:
        """Return the cores that other programs took since, and how many of them would yield."""
        seconds = max(self.time - former.time, 1e-9)
        others = max(0.0, self.busy - former.busy - (self.own - former.own))
        yielding = min(others, self.yielding - former.yielding)
        return others / seconds, yielding / seconds


def usable_cores() -> list[int]:
    """Return the numbers of the cores that this program may run on."""
    process = psutil.Process()
    if hasattr(process, "cpu_affinity"):
        return list(process.cpu_affinity())
    return list(range(psutil.cpu_count() or 1))


def usage(cores: list[int]) -> Usage:
    """Return what these cores have done; it takes a tenth of a millisecond.

    Systems count in steps of about 10 ms, so a difference over less than 100 ms says little.
    """
    everywhere = psutil.cpu_times(percpu=True)
    times = [everywhere[core] for core in cores if core < len(everywhere)]
    busy = sum(
        value for core in times for name, value in core._asdict().items() if name not in _IDLE
    )
    yielding = sum(getattr(core, "nice", 0.0) for core in times)
    return Usage(time.monotonic(), busy, yielding, time.process_time())


TOLERATED = 0.4
"""Part of a core that other programs may take before it no longer counts as free."""

LOOK_SECONDS = 0.1
"""Between two looks; systems count in steps of about 10 ms."""

TRY_SECONDS, MOST_TRY_SECONDS = 2.0, 30.0
"""Between two attempts to take cores from programs that should yield; doubled at each failure."""


class FreeCores:
    """Follows how many cores other programs leave.

    Programs of lowered priority keep a core busy that they give up at once. Whether they do is
    tried now and then: what they hold counts as free until the next look shows who got it.

    Args:
        cores: numbers of the cores that this program may run on.
        look: returns their use up to now.
    """

    def __init__(self, cores: list[int], look: Callable[[list[int]], Usage] = usage) -> None:
        self._cores = cores
        self._look = look
        self._seen = look(cores)
        self._count = len(cores)
        self._is_trying = False
        self._tried = -math.inf
        self._patience = TRY_SECONDS

    def count(self, now: float) -> int:
        """Return how many cores are free, at least one.

        Args:
            now: the time, by the clock of :class:`Usage`.
        """
        if now - self._seen.time >= LOOK_SECONDS:
            former, self._seen = self._seen, self._look(self._cores)
            others, yielding = self._seen.others_since(former)
            self._count = self._decide(self._free(others), self._free(others - yielding), now)
        return self._count

    def _decide(self, free: int, hoped: int, now: float) -> int:
        if free >= hoped:
            self._is_trying, self._patience = False, TRY_SECONDS
        elif self._is_trying:
            self._is_trying = False
        elif now - self._tried >= self._patience:
            self._is_trying, self._tried = True, now
            self._patience = min(2 * self._patience, MOST_TRY_SECONDS)
        return hoped if self._is_trying else free

    def _free(self, others: float) -> int:
        return max(1, int(len(self._cores) - others + TOLERATED))
