"""Everything the person can order, by name, for menus and buttons; and the keys that order it."""

from __future__ import annotations

import sys
import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from tkinter import ttk

_KEY_NAMES = {
    "plus": "+",
    "minus": "-",
    "equal": "=",
    "space": "Space",
    "Return": "Enter",
    "Escape": "Esc",
    "comma": ",",
    "bracketleft": "[",
    "bracketright": "]",
}
SHIFT, CONTROL = 0x1, 0x4
_COMMAND = 0x8
MODIFIER = _COMMAND if sys.platform == "darwin" else CONTROL
# Tk reports Alt in a place of its own on each system; Num Lock lies in others.
ALT = {"darwin": 0x10, "win32": 0x20000}.get(sys.platform, 0x8)
_KEYPAD = {"KP_Add": "plus", "KP_Subtract": "minus", "KP_Enter": "Return"}
# What X11 calls the keys where a Latin keyboard has these letters.
_X11_ROWS = {24: "qwertyuiop", 38: "asdfghjkl", 52: "zxcvbnm"}
_X11_PLACES = {
    first + place: letter for first, row in _X11_ROWS.items() for place, letter in enumerate(row)
} | {34: "bracketleft", 35: "bracketright", 59: "comma"}
# Names of keys that stand for letters of Latin scripts lie below the first, those of special keys
# between the second and the third, all that Unicode has beyond them above.
_OTHER_SCRIPTS, _SPECIAL, _UNICODE = 0x400, 0xFE00, 0x1000000
TYPING = (tk.Entry, ttk.Entry, ttk.Spinbox, tk.Text)
PRESSED_BY_SPACE = (ttk.Button, ttk.Checkbutton, ttk.Radiobutton)
EDITING = {"Mod-c": "<<Copy>>", "Mod-x": "<<Cut>>", "Mod-v": "<<Paste>>", "Mod-a": "<<SelectAll>>"}


@dataclass(frozen=True)
class Command:
    """One order.

    Attributes:
        title: as in a menu; an ellipsis means that a dialog follows.
        run: carries it out.
        keys: what triggers it, such as ``Mod-Shift-s``; ``Mod`` stands for Ctrl, or Cmd on a Mac,
            and the last part is Tk's name of the key, a letter in lower case.
        help: what it does, for the tooltip.
        enabled: whether it can be carried out now.
        naming: gives a title that depends on what is open; ``None`` where it is always the same.
        typing: whether the keys also work while a text field has the focus.
    """

    title: str
    run: Callable[[], object]
    keys: tuple[str, ...] = ()
    help: str = ""
    enabled: Callable[[], bool] = lambda: True
    typing: bool = True
    naming: Callable[[], str] | None = None

    @property
    def words(self) -> str:
        """The title as it is now."""
        return self.title if self.naming is None else self.naming()

    @property
    def shortcut(self) -> str:
        """The first of the keys as people read it, such as ``Ctrl+Shift+S``."""
        if not self.keys:
            return ""
        words = {"Mod": "Cmd" if sys.platform == "darwin" else "Ctrl", **_KEY_NAMES}
        named = [words.get(part, part) for part in self.keys[0].split("-")]
        return "+".join(part.upper() if len(part) == 1 else part for part in named)

    @property
    def explanation(self) -> str:
        """What a tooltip says: the help, or the title, and the shortcut."""
        text = self.help or self.title.removesuffix(" …")
        return f"{text} ({self.shortcut})" if self.shortcut else text


class Commands(dict[str, Command]):
    """The commands by name."""


def chord(event: tk.Event) -> str:
    """Return what was pressed as :class:`~desktop_app.ui.commands.Command` names it.

    A letter is the same letter with Caps Lock, and on a keyboard of another script it is the one
    that a Latin keyboard has in its place. Shift counts for letters only: whether plus needs it
    depends on the keyboard.
    """
    name = key_name(event)
    state = int(event.state)
    is_letter = len(name) == 1 and name.isalpha()
    alt = state & ALT
    # AltGr, which many keyboards need for brackets, is Ctrl with Alt on Windows.
    is_alt_gr = sys.platform == "win32" and alt and state & CONTROL
    parts = ["Alt"] if alt and not is_alt_gr else []
    parts += ["Mod"] if state & MODIFIER and not is_alt_gr else []
    parts += ["Shift"] if state & SHIFT and is_letter else []
    return "-".join((*parts, name))


def key_name(event: tk.Event) -> str:
    """Return Tk's name of the key; a letter in lower case and in Latin script."""
    name, number = event.keysym, event.keysym_num
    if number == 0 or _OTHER_SCRIPTS <= number < _SPECIAL or number >= _UNICODE:
        name = _by_place(event.keycode) or name
    if len(name) == 1:
        return name.lower()
    if name.startswith("KP_") and name[3:].isdecimal():
        return name[3:]
    return _KEYPAD.get(name, name)


def _by_place(keycode: int) -> str | None:
    if sys.platform == "win32":
        return chr(keycode) if chr(keycode).isascii() and chr(keycode).isalnum() else None
    return _X11_PLACES.get(keycode)


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
