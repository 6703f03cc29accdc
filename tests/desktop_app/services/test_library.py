"""Importing the library from several threads at once."""

from __future__ import annotations

import subprocess
import sys

TWO_ENDS = """
import importlib, sys
from desktop_app.services.jobs import JobRunner

runner, failed = JobRunner(), []
for name in (
    "desktop_app.services.denoising.interactive",
    "desktop_app.services.training.list_of_runs",
):
    runner.start_call(
        name, lambda token, name=name: importlib.import_module(name), on_error=failed.append
    )
assert runner.wait(60)
sys.exit(f"{failed}" if failed else 0)
"""

LIGHT = """
import sys
from desktop_app.services.jobs import JobRunner

runner = JobRunner()
runner.start_call("light", lambda token: None, is_light=True)
assert runner.wait(60)
sys.exit("torch" in sys.modules)
"""


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=100, check=False
    )


def test_jobs_that_import_it_from_different_ends_both_get_it() -> None:
    finished = run(TWO_ENDS)
    assert finished.returncode == 0, finished.stderr


def test_a_light_job_does_not_wait_for_torch() -> None:
    finished = run(LIGHT)
    assert finished.returncode == 0, finished.stderr
