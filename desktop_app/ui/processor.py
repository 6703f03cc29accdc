"""How heavy work and the window share the processor."""

from __future__ import annotations

import os


def yield_while_waiting() -> None:
    """Let threads that wait for each other inside torch sleep; call this before torch is imported.

    By default they spin, which takes the processor away from the window and from everything else.
    As soon as there are more busy threads than cores, as when the app denoises while it trains,
    work even slows down many times over: a thread spins for another that cannot run because of it.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
