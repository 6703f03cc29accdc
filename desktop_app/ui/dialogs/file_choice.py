"""Choosing files and folders: in the desktop's own dialogs, beginning where it was done last.

Tk brings a dialog of its own on Linux, which knows neither the desktop's places nor its looks. KDE
has ``kdialog``, the others have ``zenity``; where neither is installed, Tk's is used.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tkinter as tk
from collections.abc import Sequence
from pathlib import Path
from tkinter import filedialog
from typing import Any, Literal

from desktop_app.controllers.context import Context
from desktop_app.services.folders import pictures_folder
from desktop_app.services.pictures.files.formats import FORMATS, WRITABLE_EXTENSIONS

Kind = Literal["open", "several", "save", "folder"]
Filter = tuple[str, Sequence[str]]
"""What a kind of files is called, and the patterns of their names."""

_POLL_MS = 30
_SEPARATOR = "\x1f"
_REFUSED_BY_PERSON = 1
READABLE_EXTENSIONS = tuple(extension for form in FORMATS for extension in form.extensions)


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


ALL_FILES: Filter = ("All files", ("*",))


def choose_pictures(parent: tk.Misc, context: Context, purpose: str = "open") -> list[Path]:
    """Ask for pictures to open; an empty list if the person changed their mind.

    Args:
        purpose: what for: each purpose begins where it ended last.
    """
    filters: list[Filter] = [("Photos", _both_cases(READABLE_EXTENSIONS)), ALL_FILES]
    return _choose(parent, context, purpose, "several", "Open photos", filters)


def choose_target(parent: tk.Misc, proposal: Path) -> Path | None:
    """Ask where to save; the dialog asks before an existing file may be replaced."""
    filters: list[Filter] = [("Photos", _both_cases(WRITABLE_EXTENSIONS)), ALL_FILES]
    return _first(_ask(parent, "save", "Save the picture as", proposal, filters))


def choose_export(parent: tk.Misc, context: Context, name: str) -> Path | None:
    """Ask where to write an exported file; the dialog asks before one may be replaced."""
    suffix = Path(name).suffix
    filters: list[Filter] = [(suffix.removeprefix(".").upper(), (f"*{suffix}",)), ALL_FILES]
    return _first(_choose(parent, context, "export", "save", "Export", filters, name))


def choose_folder(
    parent: tk.Misc, context: Context, purpose: str, title: str, present: Path | None = None
) -> Path | None:
    """Ask for a folder, beginning with the present one; ``None`` if nothing was chosen."""
    if present is not None and present.is_dir():
        return _first(_ask(parent, "folder", title, present))
    return _first(_choose(parent, context, purpose, "folder", title))


def choose_model(parent: tk.Misc, context: Context) -> Path | None:
    """Ask for a model file."""
    filters: list[Filter] = [("Models", ("*.safetensors",)), ALL_FILES]
    return _first(_choose(parent, context, "model", "open", "Use a model from a file", filters))


def _choose(
    parent: tk.Misc,
    context: Context,
    purpose: str,
    kind: Kind,
    title: str,
    filters: list[Filter] | None = None,
    name: str = "",
) -> list[Path]:
    """Ask, beginning in the folder that served this purpose last, and remember the new one."""
    folders = context.settings.value.folders
    remembered = Path(folders.get(purpose, ""))
    known = purpose in folders and remembered.is_dir()
    start = remembered if known else pictures_folder()
    chosen = _ask(parent, kind, title, start / name if name else start, filters or [])
    if chosen:
        folder = chosen[0] if kind == "folder" else chosen[0].parent
        context.change_settings(folders={**folders, purpose: str(folder)})
    return chosen


def _ask(
    parent: tk.Misc, kind: Kind, title: str, start: Path, filters: list[Filter] | None = None
) -> list[Path]:
    chosen = choose_natively(parent, kind, title, start, filters or [])
    return _ask_with_tk(parent, kind, title, start, filters or []) if chosen is None else chosen


def _ask_with_tk(
    parent: tk.Misc, kind: Kind, title: str, start: Path, filters: list[Filter]
) -> list[Path]:
    _hide_dot_files(parent)
    options: dict[str, Any] = {"parent": parent, "title": title}
    if kind == "folder":
        name = filedialog.askdirectory(initialdir=str(start), mustexist=True, **options)
        return [Path(name)] if name else []
    options["filetypes"] = [(words, list(patterns)) for words, patterns in filters]
    if kind == "save":
        name = filedialog.asksaveasfilename(
            initialdir=str(start.parent),
            initialfile=start.name,
            defaultextension=start.suffix,
            confirmoverwrite=True,
            **options,
        )
        return [Path(name)] if name else []
    if kind == "several":
        names = filedialog.askopenfilenames(initialdir=str(start), **options)
        return [Path(name) for name in parent.tk.splitlist(names or ())]
    name = filedialog.askopenfilename(initialdir=str(start), **options)
    return [Path(name)] if name else []


def _hide_dot_files(parent: tk.Misc) -> None:
    """Let Tk's own dialog leave hidden files out, with a switch to show them."""
    if parent.tk.call("tk", "windowingsystem") != "x11":
        return
    with contextlib.suppress(tk.TclError):
        # An option that does not exist loads the dialog's code and shows nothing.
        parent.tk.eval("catch {tk_getOpenFile -none}")
        parent.tk.call("set", "::tk::dialog::file::showHiddenBtn", 1)
        parent.tk.call("set", "::tk::dialog::file::showHiddenVar", 0)


def _first(paths: list[Path]) -> Path | None:
    return paths[0] if paths else None


def _both_cases(extensions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"*{case}" for name in extensions for case in (name, name.upper()))
