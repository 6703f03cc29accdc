"""The system's own dialogs for choosing files and folders."""

from __future__ import annotations

import tkinter as tk
from pathlib import Path
from tkinter import filedialog

from desktop_app.services.pictures.files.formats import FORMATS, WRITABLE_EXTENSIONS

READABLE_EXTENSIONS = tuple(extension for form in FORMATS for extension in form.extensions)


def choose_pictures(parent: tk.Misc) -> list[Path]:
    """Ask for pictures to open; an empty list if the person changed their mind."""
    names = filedialog.askopenfilenames(
        parent=parent,
        title="Open photos",
        filetypes=[("Photos", _both_cases(READABLE_EXTENSIONS)), ("All files", "*")],
    )
    return [Path(name) for name in parent.tk.splitlist(names or ())]


def choose_target(parent: tk.Misc, proposal: Path) -> Path | None:
    """Ask where to save; the dialog asks before an existing file may be replaced."""
    name = filedialog.asksaveasfilename(
        parent=parent,
        title="Save the picture as",
        initialdir=str(proposal.parent),
        initialfile=proposal.name,
        defaultextension=proposal.suffix,
        filetypes=[("Photos", _both_cases(WRITABLE_EXTENSIONS)), ("All files", "*")],
        confirmoverwrite=True,
    )
    return Path(name) if name else None


def choose_export(parent: tk.Misc, name: str) -> Path | None:
    """Ask where to write an exported file; the dialog asks before one may be replaced."""
    suffix = Path(name).suffix
    chosen = filedialog.asksaveasfilename(
        parent=parent,
        title="Export",
        initialfile=name,
        defaultextension=suffix,
        filetypes=[(suffix.removeprefix(".").upper(), f"*{suffix}"), ("All files", "*")],
        confirmoverwrite=True,
    )
    return Path(chosen) if chosen else None


def choose_folder(parent: tk.Misc, title: str, present: Path | None = None) -> Path | None:
    """Ask for a folder."""
    start = str(present) if present is not None and present.is_dir() else None
    name = filedialog.askdirectory(parent=parent, title=title, initialdir=start, mustexist=True)
    return Path(name) if name else None


def choose_model(parent: tk.Misc) -> Path | None:
    """Ask for a model file."""
    name = filedialog.askopenfilename(
        parent=parent,
        title="Use a model from a file",
        filetypes=[("Models", "*.safetensors"), ("All files", "*")],
    )
    return Path(name) if name else None


def _both_cases(extensions: tuple[str, ...]) -> list[str]:
    return [f"*{case}" for name in extensions for case in (name, name.upper())]
