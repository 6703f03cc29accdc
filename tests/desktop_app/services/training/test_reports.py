"""What drawing a run's curves leaves behind in a process that lives for days."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from desktop_app.services.training.reports import write_curves


@pytest.mark.skipif(sys.platform != "linux", reason="counts open files as Linux shows them")
def test_curves_drawn_on_many_threads_leave_no_files_open(tmp_path):
    (tmp_path / "events.jsonl").write_text("")

    write_curves(tmp_path)
    # Threads that live at the same time cannot share a number, under which fonts are kept.
    everybody_drew = threading.Barrier(5, timeout=100)
    before = _open_files()

    def draw() -> None:
        with one_at_a_time:
            write_curves(tmp_path)
        everybody_drew.wait()

    one_at_a_time = threading.Lock()
    threads = [threading.Thread(target=draw) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "curves.png").exists()
    assert _open_files() <= before


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
