"""The file dialogs of Linux desktops, through the programs that show them to anybody who asks.

Tk brings one of its own on Linux, which knows neither the desktop's places nor its looks. KDE has
``kdialog``, the others have ``zenity``; where neither is installed, Tk's is used.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tkinter as tk
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

Kind = Literal["open", "several", "save", "folder"]
Filter = tuple[str, Sequence[str]]
"""What a kind of files is called, and the patterns of their names."""

_POLL_MS = 30
_SEPARATOR = "\x1f"
_REFUSED_BY_PERSON = 1


def choose_natively(
    parent: tk.Misc, kind: Kind, title: str, start: Path, filters: Sequence[Filter] = ()
) -> list[Path] | None:
    """Ask for files or a folder in the desktop's own dialog.

    Args:
        start: the folder to begin in; for ``save`` the proposed file.
        filters: the first one holds at the beginning.

    Returns:
        What was chosen, nothing if the person changed their mind; ``None`` where there is no such
        dialog, or it failed.
    """
    program = native_program()
    if program is None:
        return None
    build = _kdialog if Path(program).name == "kdialog" else _zenity
    command = [program, *build(kind, title, start, filters, parent.winfo_toplevel().winfo_id())]
    told = _run(parent, command)
    if told is None:
        return None
    separator = "\n" if build is _kdialog else _SEPARATOR
    return [Path(name) for name in told.removesuffix("\n").split(separator) if name]


def native_program() -> str | None:
    """Return the program that shows the desktop's dialogs, or ``None``."""
    if not sys.platform.startswith("linux"):
        return None
    desktop = os.environ.get("XDG_CURRENT_DESKTOP", "").upper()
    names = ("kdialog", "zenity") if "KDE" in desktop else ("zenity", "kdialog")
    return next(filter(None, map(shutil.which, names)), None)


def _zenity(
    kind: Kind, title: str, start: Path, filters: Sequence[Filter], window: int
) -> list[str]:
    # A folder is begun in only where its name ends with a slash.
    place = str(start) if kind == "save" else f"{start}/"
    options = ["--file-selection", f"--title={title}", f"--filename={place}", f"--attach={window}"]
    options += {
        "several": ["--multiple", f"--separator={_SEPARATOR}"],
        "save": ["--save", "--confirm-overwrite"],
        "folder": ["--directory"],
        "open": [],
    }[kind]
    return options + [f"--file-filter={name} | {' '.join(patterns)}" for name, patterns in filters]


def _kdialog(
    kind: Kind, title: str, start: Path, filters: Sequence[Filter], window: int
) -> list[str]:
    kinds = {"save": "--getsavefilename", "folder": "--getexistingdirectory"}
    options = ["--title", title, "--attach", str(window)]
    if kind == "several":
        options += ["--multiple", "--separate-output"]
    options += [kinds.get(kind, "--getopenfilename"), str(start)]
    if filters and kind != "folder":
        options.append("\n".join(f"{name} ({' '.join(patterns)})" for name, patterns in filters))
    return options


def _run(parent: tk.Misc, command: list[str]) -> str | None:
    """Run a dialog while the window goes on being drawn, but takes no clicks."""
    window = parent.winfo_toplevel()
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return None
    window.tk.call("tk", "busy", "hold", window)
    ended = tk.BooleanVar(window, False)

    def look() -> None:
        if process.poll() is None:
            window.after(_POLL_MS, look)
        else:
            ended.set(True)

    # Not at once: a variable that is set already would be waited for in vain.
    window.after(_POLL_MS, look)
    try:
        window.wait_variable(ended)
        content = process.stdout.read() if process.stdout is not None else b""
    finally:
        if process.poll() is None:  # the window was closed meanwhile
            process.terminate()
        if process.stdout is not None:
            process.stdout.close()
        if window.winfo_exists():
            window.tk.call("tk", "busy", "forget", window)
    if process.returncode == _REFUSED_BY_PERSON:
        return ""
    return os.fsdecode(content) if process.returncode == 0 else None
