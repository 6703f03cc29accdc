"""Folders as people know them: paths they type, their pictures, and showing one to them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from platformdirs import user_pictures_path

from desktop_app.services.errors import AppError, system_reason

_HOME = ("~/", "~\\")


def pictures_folder() -> Path:
    """Return the person's folder of pictures, or the home folder where there is none."""
    try:
        folder = user_pictures_path()
    except (OSError, RuntimeError):  # there is no home folder to begin with
        return Path.cwd()
    return folder if folder.is_dir() else Path.home()


def typed_path(text: str | Path) -> Path:
    """Return the path that a person typed: ``~`` in front of a slash is the home folder.

    Any other name may begin with ``~``, and is what it says; shells have replaced the names of
    other people's home folders long before.
    """
    name = str(text)
    if name == "~" or name.startswith(_HOME):
        try:
            return Path.home() / name[2:]
        except RuntimeError:  # the system tells no home folder
            return Path(name)
    return Path(name)


_running: list[subprocess.Popen[bytes]] = []


def open_folder(folder: Path) -> None:
    """Show a folder; returns at once.

    Raises:
        AppError: there is no such folder, or the system has no program for it.
    """
    if not folder.is_dir():
        raise AppError(f"{folder} is not there any more.")
    _show(folder, f"There is no program to show folders; the results lie in {folder}.")


def open_page(page: Path) -> None:
    """Show a page of the documentation; returns at once.

    Raises:
        AppError: there is no such file, or the system has no program for it.
    """
    if not page.is_file():
        raise AppError(f"{page} is not there.")
    _show(page, f"There is no program to show {page}.")


def _show(path: Path, complaint: str) -> None:
    """Have the system show a folder or a file; ``complaint`` is said where it cannot."""
    try:
        if sys.platform == "win32":
            os.startfile(path)
            return
        program = "open" if sys.platform == "darwin" else "xdg-open"
        if shutil.which(program) is None:
            raise AppError(complaint)
        _ended_are_forgotten()
        process = subprocess.Popen(
            [program, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _running.append(process)
    except OSError as error:
        raise AppError(f"{path} was not opened: {system_reason(error)}.") from error


def _ended_are_forgotten() -> None:
    """Ask for the end of earlier programs, which the system remembers until then."""
    _running[:] = [process for process in _running if process.poll() is None]
