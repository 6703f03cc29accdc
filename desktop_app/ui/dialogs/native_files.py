"""The desktop's own dialogs for files on Linux.

Tk brings a dialog of its own there, which knows neither the desktop's places nor its looks. The
desktop's is shown by its portal or, where none answers, by ``kdialog`` on KDE or by ``zenity``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import tkinter as tk
from collections.abc import Callable
from pathlib import Path

from desktop_app.services.portal import FileQuestion, PortalTalk, portal_may_be_there

FOCUS_SECONDS = 8.0
"""So long after a portal accepted the question it must have taken the focus for its dialog."""

_POLL_MS = 30
_SEPARATOR = "\x1f"
_REFUSED_BY_PERSON = 1


def choose_natively(window: tk.Misc, question: FileQuestion) -> list[Path] | None:
    """Ask for files or a folder in the desktop's own dialog.

    Args:
        window: the window that asks; it goes on being drawn, but takes no clicks.

    Returns:
        What was chosen, nothing if the person changed their mind, or is being asked already;
        ``None`` where there is no such dialog, or it failed.
    """
    if window.tk.call("tk", "busy", "status", window):
        return []
    chosen = _ask_portal(window, question) if portal_may_be_there() else None
    if chosen is None and window.winfo_exists() and (program := native_program()) is not None:
        chosen = _ask_program(window, program, question)
    return chosen


def native_program() -> str | None:
    """Return the program that shows the desktop's dialogs, or ``None``."""
    if not sys.platform.startswith("linux"):
        return None
    desktop = os.environ.get("XDG_CURRENT_DESKTOP", "").upper()
    names = ("kdialog", "zenity") if "KDE" in desktop else ("zenity", "kdialog")
    return next(filter(None, map(shutil.which, names)), None)


def _ask_portal(window: tk.Misc, question: FileQuestion) -> list[Path] | None:
    """Ask the portal; one that shows nothing is given up, at once with Escape."""
    talk = PortalTalk(question)
    latest = time.monotonic() + FOCUS_SECONDS

    def has_ended() -> bool:
        nonlocal latest
        if window.focus_displayof() is None:  # the dialog has it
            latest = float("inf")
        if time.monotonic() > latest:
            talk.give_up()
        return talk.has_ended

    try:
        _wait(window, has_ended, talk.give_up)
    finally:
        talk.give_up()
    return talk.chosen


def _ask_program(window: tk.Misc, program: str, question: FileQuestion) -> list[Path] | None:
    is_kdialog = Path(program).name == "kdialog"
    command = [program, *(_kdialog(question) if is_kdialog else _zenity(question))]
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return None
    with process:
        try:
            _wait(window, lambda: process.poll() is not None)
        finally:
            if process.poll() is None:  # the window was closed meanwhile
                process.terminate()
        told = process.stdout.read() if process.stdout is not None else b""
    if process.returncode == _REFUSED_BY_PERSON:
        return []
    if process.returncode != 0:
        return None
    separator = "\n" if is_kdialog else _SEPARATOR
    names = os.fsdecode(told).removesuffix("\n").split(separator)
    return [Path(name) for name in names if name]


def _zenity(question: FileQuestion) -> list[str]:
    # A folder is begun in only where its name ends with a slash.
    place = str(question.start) if question.kind == "save" else f"{question.start}/"
    options = ["--file-selection", f"--title={question.title}", f"--filename={place}"]
    options.append(f"--attach={question.window}")
    options += {
        "several": ["--multiple", f"--separator={_SEPARATOR}"],
        "save": ["--save", "--confirm-overwrite"],
        "folder": ["--directory"],
        "open": [],
    }[question.kind]
    filters = question.filters
    return options + [f"--file-filter={name} | {' '.join(patterns)}" for name, patterns in filters]


def _kdialog(question: FileQuestion) -> list[str]:
    kinds = {"save": "--getsavefilename", "folder": "--getexistingdirectory"}
    options = ["--title", question.title, "--attach", str(question.window)]
    if question.kind == "several":
        options += ["--multiple", "--separate-output"]
    options += [kinds.get(question.kind, "--getopenfilename"), str(question.start)]
    filters = question.filters
    if filters and question.kind != "folder":
        options.append("\n".join(f"{name} ({' '.join(patterns)})" for name, patterns in filters))
    return options


def _wait(
    window: tk.Misc, has_ended: Callable[[], bool], give_up: Callable[[], object] | None = None
) -> None:
    """Wait for a dialog while the window goes on being drawn, but takes no clicks.

    Args:
        give_up: called when the person presses Escape in the window instead of a dialog.
    """
    window.tk.call("tk", "busy", "hold", window)
    ended = tk.BooleanVar(window, False)

    def look() -> None:
        if has_ended():
            ended.set(True)
        else:
            window.after(_POLL_MS, look)

    bound = str(window.bind("<Escape>"))
    if give_up is not None:
        window.bind("<Escape>", lambda _: give_up(), add="+")
    # Not at once: a variable that is set already would be waited for in vain.
    window.after(_POLL_MS, look)
    try:
        window.wait_variable(ended)
    finally:
        if window.winfo_exists():
            # Tkinter's unbind would take all that is bound there.
            window.tk.call("bind", window, "<Escape>", bound)
            window.tk.call("tk", "busy", "forget", window)
