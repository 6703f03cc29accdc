"""Threads beside the one that computes.

Every thread whose operations torch divides among the cores gets helper threads of its own. While
there are more helpers than cores, GNU's OpenMP has all of them sleep as soon as they wait, and
short operations take several times as long, even where the other thread is idle.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import torch


def start_undivided(work: Callable[[], object], name: str) -> threading.Thread:
    """Start a daemon thread that computes on one core, and return it."""
    # torch takes the number set last as that of every thread to come, so it is put back.
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
