"""Which key was pressed, the same with Caps Lock and on keyboards of any script."""

from __future__ import annotations

import sys
import tkinter as tk

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
