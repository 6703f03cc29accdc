"""Threads beside the one that computes."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
import torch

from scratch_layers.threads import start_undivided


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
