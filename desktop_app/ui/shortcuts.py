"""The keyboard: keys of the commands, wherever the focus is."""

from __future__ import annotations

import tkinter as tk
from functools import partial
from tkinter import ttk

from desktop_app.ui.commands import Command, Commands

TYPING = (tk.Entry, ttk.Entry, ttk.Spinbox, tk.Text)
PRESSED_BY_SPACE = (ttk.Button, ttk.Checkbutton, ttk.Radiobutton)


def bind_shortcuts(root: tk.Tk, commands: Commands) -> None:
    """Bind the keys of all commands to the main window; dialogs keep their own."""
    for command in commands.values():
        for sequence in command.sequences():
            root.bind(sequence, partial(_run, root, command))


def _run(root: tk.Tk, command: Command, event: tk.Event) -> str | None:
    widget = event.widget
    if not isinstance(widget, tk.Misc) or widget.winfo_toplevel() is not root:
        return None
    if not command.typing and isinstance(widget, TYPING):
        return None
    if event.keysym == "space" and isinstance(widget, PRESSED_BY_SPACE):
        return None
    if command.enabled():
        command.run()
    return "break"
