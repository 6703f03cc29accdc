"""The keyboard: keys of the commands, wherever the focus is."""

from __future__ import annotations

import tkinter as tk
from functools import partial
from tkinter import ttk

from desktop_app.ui.commands import Command, Commands
from desktop_app.ui.key_names import chord

TYPING = (tk.Entry, ttk.Entry, ttk.Spinbox, tk.Text)
PRESSED_BY_SPACE = (ttk.Button, ttk.Checkbutton, ttk.Radiobutton)
EDITING = {"Mod-c": "<<Copy>>", "Mod-x": "<<Cut>>", "Mod-v": "<<Paste>>", "Mod-a": "<<SelectAll>>"}


def bind_shortcuts(root: tk.Tk, commands: Commands) -> None:
    """Bind the keys of all commands to the main window; dialogs keep their own."""
    by_keys = {keys: command for command in commands.values() for keys in command.keys}
    root.bind("<Key>", partial(_run, root, by_keys))
    # On Linux Tk keeps these keys for the start of the line, which has a key of its own.
    root.event_delete("<<LineStart>>", "<Control-a>", "<Control-Lock-A>")
    root.event_add("<<SelectAll>>", "<Control-a>", "<Control-Lock-A>")
    root.bind_all("<Key>", _edit, add="+")


def _run(root: tk.Tk, commands: dict[str, Command], event: tk.Event) -> str | None:
    widget = event.widget
    command = commands.get(chord(event))
    if command is None or not isinstance(widget, tk.Misc) or widget.winfo_toplevel() is not root:
        return None
    if not command.typing and isinstance(widget, TYPING):
        return None
    if event.keysym == "space" and isinstance(widget, PRESSED_BY_SPACE):
        return None
    if command.enabled():
        command.run()
    return "break"


def _edit(event: tk.Event) -> None:
    """Copy, cut, paste and select on keyboards of other scripts, which Tk does not know."""
    order = EDITING.get(chord(event))
    if order is not None and len(event.keysym) > 1 and isinstance(event.widget, TYPING):
        event.widget.event_generate(order)
