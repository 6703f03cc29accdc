"""The one gate to the screen: whatever a widget shows passes here, from wherever it comes.

Every widget talks to Tk through the interpreter of its window. This one makes visible what must not
be shown as it is; see :mod:`desktop_app.services.shown_text`. What people type or edit, in entries
and text fields, is left as it is.
"""

from __future__ import annotations

import sys
import tkinter as tk
from typing import Any

from desktop_app.services.shown_text import shown

LONGEST_LINE = 2_000
_SHOWN_OPTIONS = frozenset({"-text", "-label", "-title", "-message", "-detail"})
# Tcl's lists, which cannot be cut.
_SHOWN_LISTS = frozenset({"-values"})


class ShownTk(tk.Tk):
    """A main window all of whose widgets show text that is fit to be shown."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.tk: Any = _ShowingInterpreter(self.tk)


class _ShowingInterpreter:
    """Stands before Tk's interpreter, and lets pass everything but the texts to be shown."""

    def __init__(self, interpreter: Any) -> None:
        self._interpreter = interpreter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._interpreter, name)

    def call(self, *arguments: Any) -> Any:
        words = arguments[0] if len(arguments) == 1 else arguments
        if isinstance(words, tuple):
            words = tuple(map(_fit_to_show, (None, *words), words))
            if words[:2] == ("wm", "title") and len(words) == 4:
                words = (*words[:3], _shown(words[3]))
            return self._interpreter.call(words)
        return self._interpreter.call(*arguments)


def _fit_to_show(option: Any, value: Any) -> Any:
    """Return a word of a command as it may be shown; the word before tells what it is."""
    if not isinstance(option, str):
        return value
    if option in _SHOWN_OPTIONS:
        return _shown(value)
    return _shown(value, sys.maxsize) if option in _SHOWN_LISTS else value


def _shown(value: Any, longest_line: int = LONGEST_LINE) -> Any:
    if isinstance(value, str):
        return shown(value, longest_line)
    if isinstance(value, tuple | list):
        return tuple(_shown(part, longest_line) for part in value)
    return value
