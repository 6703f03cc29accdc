"""How heavy work shares the processor with the window and with other heavy work."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SPINS = 30_000
"""How often a waiting thread looks before it sleeps: half a millisecond."""


def wait_briefly() -> None:
    """Let threads that wait for each other inside torch soon sleep; call before torch is imported.

    By default they spin for milliseconds, which takes the processor away from the window and from
    everything else. But what Python does between two operations must not put them to sleep: torch
    divides operations that take some ten microseconds, and waking a thread takes fifty. The names
    are those of GNU's and LLVM's OpenMP; where the user has set either, it stays.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", str(SPINS))
    os.environ.setdefault("KMP_BLOCKTIME", "1")


class Cores:
    """Deals the cores out to the threads that compute with torch at the same time.

    Two threads that each divide their operations among all cores keep waiting for each other; each
    with its own part of them gets more done.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._usual: int | None = None
        self._sharing = 0
        self._given = threading.local()

    @contextmanager
    def share(self) -> Iterator[None]:
        """Let this thread compute on its part of the cores; what others have follows later."""
        import torch

        with self._lock:
            if self._usual is None:
                self._usual = torch.get_num_threads()
            self._sharing += 1
            part = max(1, self._usual // self._sharing)
        try:
            if getattr(self._given, "part", None) != part:
                # A thread takes up the usual number when it first asks; what is set before is lost.
                torch.get_num_threads()
                torch.set_num_threads(part)
                self._given.part = part
            yield
        finally:
            with self._lock:
                self._sharing -= 1


cores = Cores()
"""Those of this machine."""
