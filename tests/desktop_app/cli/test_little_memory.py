"""Under ``ulimit -v`` the program does its work or says in one sentence why it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.services import memory

PROJECT = Path(__file__).resolve().parents[3]
NEEDED_MB = memory.bytes_needed_to_start() // 2**20

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits address space")


def run(megabytes: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "desktop_app", *map(str, arguments)]
    return subprocess.run(
        ["sh", "-c", f'ulimit -v {megabytes * 1024}; exec "$@"', "sh", *command],
        cwd=PROJECT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    samples = np.random.default_rng(0).normal(128, 20, (480, 640, 3)).clip(0, 255)
    Image.fromarray(samples.astype(np.uint8)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.mark.parametrize("megabytes", [50, 150, 450])
def test_too_little_to_start_is_one_sentence(megabytes: int, photo: Path, tmp_path: Path) -> None:
    found = run(megabytes, "denoise", photo, "-o", tmp_path / "clean.png")
    assert found.returncode == 1
    (sentence,) = found.stderr.splitlines()
    assert sentence.startswith("This program may take only")
    assert "ulimit -v" in sentence
    assert not (tmp_path / "clean.png").exists()


def test_the_window_says_so_too() -> None:
    found = run(150)
    assert found.returncode == 1
    assert found.stderr.count("\n") == 1
    assert "may take only" in found.stderr


@pytest.mark.slow
@pytest.mark.parametrize("more", [20, 400])
def test_a_little_more_is_enough_or_explained(more: int, photo: Path, tmp_path: Path) -> None:
    found = run(NEEDED_MB + more, "denoise", photo, "-o", tmp_path / "clean.png")
    assert found.returncode in (0, 1), found.stderr
    assert "Traceback" not in found.stderr
    assert (found.returncode == 0) == (tmp_path / "clean.png").exists()
    if found.returncode:
        assert "memory" in found.stderr
    if more == 400:
        assert found.returncode == 0


def test_a_library_that_found_no_room_is_explained() -> None:
    error = ImportError("libtorch_cpu.so: failed to map segment from shared object")
    assert "allow it more" in (memory.shortage_sentence(error) or "")
    assert memory.shortage_sentence(ImportError("No module named 'torch'")) is None


def test_a_failed_allocation_of_torch_is_explained() -> None:
    import scratch_layers.inference  # noqa: F401 - as it is wherever torch is at work

    error = RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to")
    assert "not enough memory" in (memory.shortage_sentence(error) or "")
    assert memory.shortage_sentence(RuntimeError("something else")) is None


def test_nothing_is_said_where_there_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert memory.shortage_at_start() is None
    monkeypatch.setattr(memory, "address_space_left", lambda: NEEDED_MB * 2**20 + 2**21)
    assert memory.shortage_at_start() is None
    monkeypatch.setattr(memory, "address_space_left", lambda: 2**20)
    assert "only 1 MB" in (memory.shortage_at_start() or "")
