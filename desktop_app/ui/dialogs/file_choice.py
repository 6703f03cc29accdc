"""Choosing files and folders: in the desktop's own dialogs, beginning where it was done last.

Where the desktop has none (see :mod:`desktop_app.ui.dialogs.native_files`), Tk's is used.
"""

from __future__ import annotations

import contextlib
import tkinter as tk
from pathlib import Path
from tkinter import filedialog
from typing import Any

from desktop_app.controllers.context import Context
from desktop_app.services.folders import pictures_folder
from desktop_app.services.pictures.files.formats import FORMATS, WRITABLE_EXTENSIONS
from desktop_app.services.portal import FileQuestion, Filter, Kind
from desktop_app.ui.dialogs.native_files import choose_natively

READABLE_EXTENSIONS = tuple(extension for form in FORMATS for extension in form.extensions)
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
    window = parent.winfo_toplevel()
    question = FileQuestion(kind, title, start, filters or [], window.winfo_id())
    chosen = choose_natively(window, question)
    return _ask_with_tk(parent, question) if chosen is None else chosen


def _ask_with_tk(parent: tk.Misc, question: FileQuestion) -> list[Path]:
    _improve_tks_dialog(parent)
    kind, start = question.kind, question.start
    options: dict[str, Any] = {"parent": parent, "title": question.title}
    if kind == "folder":
        name = filedialog.askdirectory(initialdir=str(start), mustexist=True, **options)
        return [Path(name)] if name else []
    options["filetypes"] = [(words, list(patterns)) for words, patterns in question.filters]
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


_SELECT_ALL = """
set dialog [winfo toplevel %W]
if {[winfo class $dialog] eq "TkFDialog"} {
    set files [set ::tk::dialog::file::[winfo name $dialog](icons)]
    set count [$files index end]
    if {[$files cget -multiple] && $count > 0} {
        $files selection set 0 [expr {$count - 1}]
        event generate $files <<ListboxSelect>>
    }
}
"""


def _improve_tks_dialog(parent: tk.Misc) -> None:
    """Let Tk's own dialog leave hidden files out, with a switch, and Ctrl+A take all files."""
    if parent.tk.call("tk", "windowingsystem") != "x11":
        return
    with contextlib.suppress(tk.TclError):
        # An option that does not exist loads the dialog's code and shows nothing.
        parent.tk.eval("catch {tk_getOpenFile -none}")
        parent.tk.call("set", "::tk::dialog::file::showHiddenBtn", 1)
        parent.tk.call("set", "::tk::dialog::file::showHiddenVar", 0)
        parent.tk.call("bind", "Canvas", "<<SelectAll>>", _SELECT_ALL)


def _first(paths: list[Path]) -> Path | None:
    return paths[0] if paths else None


def _both_cases(extensions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"*{case}" for name in extensions for case in (name, name.upper()))
