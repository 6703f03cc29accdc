"""How heavy work shares the processor with the window and with other programs."""

from __future__ import annotations

import os

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
