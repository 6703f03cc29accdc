"""What is imported before the window is drawn or a command is understood stays small."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

import desktop_app

HEAVY = ("torch", "numpy", "scipy", "matplotlib.pyplot")
LATER = (
    "desktop_app.services.pictures.files.reading",
    "desktop_app.services.pictures.files.writing",
    "desktop_app.ui.saving",
    *(f"desktop_app.ui.pages.{page}_page" for page in ("batch", "learn", "train")),
    *(f"desktop_app.controllers.{each}" for each in ("batch", "learn", "run_history")),
)
"""What a window needs once a photo is opened or another page is shown."""


def _imported_by(statement: str) -> set[str]:
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=Path(desktop_app.__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))


def _modules_of(package: str) -> list[str]:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0])
    found = [package]
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        found.append(".".join([package, *(part for part in parts if part != "__init__")]))
    return sorted(set(found))


@pytest.mark.parametrize("module", ["desktop_app.__main__", "desktop_app.ui.app"])
def test_window_is_drawn_before_torch_is_imported(module: str) -> None:
    imported = _imported_by(f"import {module}")
    assert module in imported
    assert not imported.intersection({*HEAVY, *LATER})
    assert all(map(importlib.util.find_spec, LATER))


def test_controllers_leave_torch_to_their_jobs() -> None:
    statements = "\n".join(f"import {name}" for name in _modules_of("desktop_app.controllers"))
    assert "torch" not in _imported_by(statements)


def test_command_line_never_imports_tkinter() -> None:
    statements = "\n".join(f"import {name}" for name in _modules_of("desktop_app.cli"))
    imported = _imported_by(statements)
    assert "desktop_app.cli" in imported
    assert not imported.intersection({"tkinter", "_tkinter"})


def test_help_needs_neither_torch_nor_a_window() -> None:
    imported = _imported_by(
        "import contextlib, io\n"
        "from desktop_app.__main__ import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "    main(['--help'])"
    )
    assert not imported.intersection({"torch", "tkinter"})
