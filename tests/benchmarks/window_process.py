"""Running a script that opens the real window, with a display and user folders of its own."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import virtual_display
from tests.benchmarks.peak_memory import PROJECT, ChildError, failure

LONGEST_SECONDS = 600


@contextmanager
def display() -> Iterator[str | None]:
    """See to a display inside the block; yields why there is none, or ``None``."""
    if virtual_display.needed():
        with virtual_display.virtual_display():
            yield None
    elif sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        yield "there is neither a display nor Xvfb"
    else:
        yield None


def run_script(script: str, home: Path, *arguments: str) -> Any:
    """Run a module of this package as a script; return the JSON that it prints last.

    Raises:
        ChildError: it failed or did not end.
    """
    command = [sys.executable, "-m", f"tests.benchmarks.{script}", *arguments]
    try:
        finished = subprocess.run(
            command,
            cwd=PROJECT,
            env=_environment(home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ChildError(f"the window did not answer for {LONGEST_SECONDS} s") from None
    if finished.returncode != 0:
        raise ChildError(failure(finished.stderr, finished.returncode))
    return json.loads(finished.stdout.splitlines()[-1])


def _environment(home: Path) -> dict[str, str]:
    variables = ["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"]
    variables += [f"XDG_{name}_HOME" for name in ("CONFIG", "DATA", "STATE", "CACHE")]
    # Packages installed for the user only would otherwise be looked for in the private folder.
    user_base = site.getuserbase()
    return {**os.environ, **dict.fromkeys(variables, str(home)), "PYTHONUSERBASE": user_base}
