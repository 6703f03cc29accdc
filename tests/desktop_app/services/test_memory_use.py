"""The memory that is shown is the memory that is taken."""

from __future__ import annotations

import numpy as np

from desktop_app.services import memory_use
from desktop_app.services.memory_use import resident_bytes


def test_memory_that_is_taken_is_counted():
    before = resident_bytes()
    taken = np.ones(64 * 2**20, np.uint8)
    assert resident_bytes() - before > 0.9 * taken.nbytes


def test_without_the_present_value_the_highest_one_is_told(monkeypatch, tmp_path):
    present = resident_bytes()
    monkeypatch.setattr(memory_use, "_STATM", tmp_path / "missing")
    assert resident_bytes() >= 0.9 * present
