"""How much memory may be taken: what a person chose, or a share of what is free, wherever it is."""

from __future__ import annotations

import mmap
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from desktop_app.services import memory

GIGABYTE = 2**30
PROJECT = Path(__file__).resolve().parents[3]


def test_what_a_person_chose_is_the_budget():
    assert memory.budget_bytes(100) == 100 * 2**20


@pytest.mark.parametrize(
    ("free", "expected"),
    [(10 * GIGABYTE, 6 * GIGABYTE), (2**20, 512 * 2**20)],
)
def test_else_a_share_of_what_is_free_and_never_too_little(free, expected, monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: free)
    assert memory.budget_bytes() == expected


def test_the_machine_tells_what_is_free():
    assert 0 < memory.free_bytes() < psutil.virtual_memory().total


def test_memory_that_is_taken_is_counted():
    before = memory.resident_bytes()
    # A mapping of its own: the allocator may hand out memory that was freed before.
    with mmap.mmap(-1, 64 * 2**20) as taken:
        taken.write(b"1" * len(taken))
        assert memory.resident_bytes() - before > 0.9 * len(taken)


def test_a_container_may_leave_less_than_the_machine(tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text("3000000\n")
    (tmp_path / "memory.current").write_text("1000000\n")
    monkeypatch.setattr(memory, "_CGROUP_FOLDER", tmp_path)
    assert memory.free_bytes() == 2_000_000


@pytest.mark.parametrize("limit", ["max", ""])
def test_a_container_without_a_limit_changes_nothing(limit, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "_CGROUP_FOLDER", tmp_path)
    expected = memory._container_free()
    (tmp_path / "memory.max").write_text(limit)
    (tmp_path / "memory.current").write_text("1000000\n")
    assert memory._container_free() is expected is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads the files of Linux' kernel")
def test_a_limit_on_the_address_space_counts():
    script = (
        "import resource; from desktop_app.services import memory;"
        "assert memory.address_space_left() is None;"
        "resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30));"
        "assert 2**30 < memory.address_space_left() < 2 * 2**30;"
        "assert memory.free_bytes() <= memory.address_space_left()"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=PROJECT)
