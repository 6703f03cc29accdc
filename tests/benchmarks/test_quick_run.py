"""A quick run does everything that the benchmarks do and leaves complete reports."""

from __future__ import annotations

import gc
import importlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import (
    busy,
    conv2d,
    inference,
    photos,
    regions,
    tiles,
    training_step,
    upsampling,
    window,
)
from tests.benchmarks.__main__ import main
from tests.benchmarks.competitors import COMPETITORS
from tests.benchmarks.groups import GROUPS
from tests.benchmarks.peak_memory import Finished, peak_mib


def _quick_run(folder: Path, *groups: str) -> dict[str, list[dict[str, Any]]]:
    """Run these groups; return the rows of the JSON report by the groups' names."""
    arguments = ["--quick", "--device", "cpu", "--output", str(folder), "--only", *groups]
    assert main(arguments) == 0
    report = json.loads((folder / "benchmarks.json").read_text(encoding="utf-8"))
    assert report["quick"]
    assert report["machine"]["torch"]
    assert list(report["groups"]) == [GROUPS[name].title for name in groups]
    markdown = (folder / "benchmarks.md").read_text(encoding="utf-8")
    for rows in report["groups"].values():
        assert all(row["name"] in markdown for row in rows)
    return {name: report["groups"][GROUPS[name].title] for name in groups}


@pytest.fixture
def children_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What child processes do is done in this one: each of them would import torch anew."""

    def run_here(module: str, function: str, *arguments: Any) -> Finished:
        work = getattr(importlib.import_module(f"tests.benchmarks.{module}"), function)
        carried = json.loads(json.dumps(arguments))
        return Finished(json.loads(json.dumps(work(*carried))), peak_mib())

    for user in (inference, photos, tiles, training_step):
        monkeypatch.setattr(user, "run_in_child", run_here)


def test_other_programs_keep_a_core_busy_only_while_layers_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    class Program(subprocess.Popen):
        def __init__(self, command: list[str], **options: Any) -> None:
            super().__init__(command, **options)
            started.append(self)

    monkeypatch.setattr(busy.subprocess, "Popen", Program)
    measured = _quick_run(tmp_path, "busy")["busy"]
    assert [row["name"].rpartition(", ")[2] for row in measured] == ["beside a busy loop"] * 3
    assert all(row["ratio"] > 0 for row in measured)
    # Ended by the benchmark, not by an error of its own.
    killed = -9 if os.name == "posix" else 1
    assert [program.returncode for program in started] == [killed]


def test_more_cores_are_predicted_and_without_a_compiler_nothing_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regions.shutil, "which", lambda name: None)
    measured = _quick_run(tmp_path, "regions", "cores")
    assert "skipped" in measured["regions"][0]["note"]
    one, two = measured["cores"]
    assert min(one["scratch_ms"], two["scratch_ms"], one["other_ms"]) > 0


@pytest.fixture(autouse=True)
def quick_collections() -> Iterator[None]:
    """Let the garbage collector, which runs before every measurement, look at new things only."""
    gc.freeze()
    yield
    gc.unfreeze()


def test_layers_are_measured_on_both_sides(tmp_path: Path) -> None:
    measured = _quick_run(tmp_path, "ceilings", "conv2d", "upsampling")
    for name, sweep in (("conv2d", conv2d.QUICK_SWEEP), ("upsampling", upsampling.QUICK_SWEEP)):
        timed = [row for row in measured[name] if "scratch_ms" in row]
        assert [row["name"].rpartition(":")[0] for row in timed] == [
            str(shape) for shape in sweep for _ in range(2)
        ]
        assert all(row["ratio"] == row["scratch_ms"] / row["other_ms"] > 0 for row in timed)
        assert all(row["scratch_gflops"] > 0 and row["other_gflops"] > 0 for row in timed)
    assert [row["target"]["at_most"] for row in measured["conv2d"] if "target" in row] == [
        *(0.90, 1.35, 3.0, 1.15, 3.0)
    ]
    assert [row["target"]["at_most"] for row in measured["upsampling"] if "target" in row] == [
        *(0.65, 0.60)
    ]
    assert any("GB/s" in row.get("note", "") for row in measured["ceilings"])


def test_the_photo_network_is_measured_with_its_memory(tmp_path: Path, children_here: None) -> None:
    measured = _quick_run(tmp_path, "inference", "tiles", "training")
    float32, bfloat16, memory, in_tiles = measured["inference"]
    assert float32["ratio"] > 0
    assert bfloat16.get("ratio") or "bfloat16" in bfloat16["note"]
    assert in_tiles["ratio"] > 0
    (window_row,) = measured["tiles"]
    assert window_row["scratch_ms"] > 0
    assert window_row["scratch_mib"] > 50
    step, step_memory = measured["training"]
    assert step["ratio"] > 0
    for row in (memory, step_memory):
        # Less than the interpreter and torch take cannot be right.
        assert row["memory_ratio"] == row["scratch_mib"] / row["other_mib"]
        assert min(row["scratch_mib"], row["other_mib"]) > 50


def test_whole_photos_are_measured_beside_every_competitor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, children_here: None
) -> None:
    for name in ("nlm", "bm3d"):
        monkeypatch.delitem(COMPETITORS, name)
    measured = _quick_run(tmp_path, "photos")
    own, beside = measured["photos"]
    assert own["scratch_ms"] > beside["scratch_ms"] > 0
    assert own["target"]["quantity"] == "MiB"
    assert beside["other_ms"] > 0
    assert beside["other_mib"] > 50


def test_the_window_is_measured_from_its_start_on(tmp_path: Path) -> None:
    measured = _quick_run(tmp_path, "start", "window")
    drawn, ready = measured["start"]
    assert 0 < drawn["scratch_ms"] < ready["scratch_ms"], (drawn, ready)
    assert len(measured["window"]) == len(window.FIGURES)
    for row in measured["window"]:
        assert row.get("scratch_ms", 0) > 0, row


def test_an_unknown_device_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--quick", "--device", "cuda:99", "--output", str(tmp_path / "no")]) == 2
    assert "cuda:99" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()
