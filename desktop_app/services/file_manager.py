"""Showing a folder in the system's own file manager."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from desktop_app.services.errors import AppError, system_reason

_running: list[subprocess.Popen[bytes]] = []


def open_folder(folder: Path) -> None:
    """Show a folder; returns at once.

    Raises:
        AppError: there is no such folder, or the system has no program for it.
    """
    if not folder.is_dir():
        raise AppError(f"{folder} is not there any more.")
    try:
        if sys.platform == "win32":
            os.startfile(folder)
            return
        program = "open" if sys.platform == "darwin" else "xdg-open"
        if shutil.which(program) is None:
            raise AppError(f"There is no program to show folders; the results lie in {folder}.")
        _ended_are_forgotten()
        process = subprocess.Popen(
            [program, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _running.append(process)
    except OSError as error:
        raise AppError(f"{folder} was not opened: {system_reason(error)}.") from error


def _ended_are_forgotten() -> None:
    """Ask for the end of earlier programs, which the system remembers until then."""
    _running[:] = [process for process in _running if process.poll() is None]
