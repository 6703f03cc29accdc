"""How heavy work shares the processor with the window and with other heavy work."""

from __future__ import annotations

import os


def wait_briefly() -> None:
    """Let threads that wait for each other inside torch soon sleep; call before torch is imported.

    By default they spin for milliseconds, which takes the processor away from the window and from
    everything else; where more threads are busy than there are cores, work even slows down several
    times over. Sleeping at once would cost more than it saves: torch divides operations that take
    some ten microseconds, and waking a thread takes as long. The names are those of GNU's and
    LLVM's OpenMP; where the user has set either, it stays.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    os.environ.setdefault("KMP_BLOCKTIME", "1")
