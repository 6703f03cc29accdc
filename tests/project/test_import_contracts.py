"""The architecture's rules, written in pyproject.toml, hold; and each of them can be broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("desktop_app", "scratch_layers")
LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"


def _lint_imports(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project), "NO_COLOR": "1", "COLUMNS": "300"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture
def copy_of_project(tmp_path: Path) -> Path:
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(
            PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path


def test_imports_go_downwards_only() -> None:
    result = _lint_imports(PROJECT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("file", "planted", "contract"),
    [
        (
            "desktop_app/services/planted.py",
            "import desktop_app.controllers",
            "The application imports downwards only",
        ),
        (
            "scratch_layers/layers/planted.py",
            "import scratch_layers.models",
            "The library imports downwards only",
        ),
        (
            "desktop_app/cli/planted.py",
            "def show():\n    import tkinter",
            "Only the window knows tkinter",
        ),
        (
            "desktop_app/ui/planted.py",
            "def count():\n    import torch",
            "The window never reaches past the controllers to torch or the layers",
        ),
        (
            "scratch_layers/planted.py",
            "import numpy",
            "The library needs torch and safetensors, nothing that reads pictures or draws",
        ),
    ],
)
def test_planted_breach_is_found(
    copy_of_project: Path, file: str, planted: str, contract: str
) -> None:
    (copy_of_project / file).write_text(planted + "\n", encoding="utf-8")
    result = _lint_imports(copy_of_project)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{contract} BROKEN" in result.stdout
    assert file.removesuffix(".py").replace("/", ".") in result.stdout
