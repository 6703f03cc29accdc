"""Tk's root: the one gate to the screen, and the one place where other threads reach the window.

Every widget talks to Tk through the interpreter of its window. This one makes visible what must not
be shown as it is; see :mod:`desktop_app.services.shown_text`. What people type or edit, in entries
and text fields, is left as it is. What other threads have done is delivered by a timer, which also
collects garbage, so that no Tk object is collected on another thread.
"""

from __future__ import annotations

import gc
import sys
import time
import tkinter as tk
from collections.abc import Callable
from typing import Any

from desktop_app.services.shown_text import shown

LONGEST_LINE = 2_000
_SHOWN_OPTIONS = frozenset({"-text", "-label", "-title", "-message", "-detail"})
# Tcl's lists, which cannot be cut.
_SHOWN_LISTS = frozenset({"-values"})


INTERVAL_MS = 15
YOUNG_LIMIT, MIDDLE_EVERY, OLD_SECONDS = 2000, 10, 30.0


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


class EventPump:
    """Calls ``deliver`` on the Tk thread, again and again, until stopped.

    While it runs, Python's automatic collection of cyclic garbage is off: it would run on whatever
    thread happens to allocate, and a Tk object collected on a worker thread enters Tk from there.
    The pump collects instead, on the Tk thread: often and little, rarely and much.
    """

    def __init__(self, root: tk.Misc, deliver: Callable[[], None]) -> None:
        self._root = root
        self._deliver = deliver
        self._timer: str | None = None
        self._collections = 0
        self._collected_all = time.monotonic()
        self._was_enabled = gc.isenabled()

    def start(self) -> None:
        """Begin; automatic collection is off from here on."""
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._tick()

    def spare_what_exists(self) -> None:
        """Leave everything that exists now out of the collections to come.

        Going through the modules that were imported takes a tenth of a second, for which the
        window would stand still, and they stay until the end anyway.
        """
        gc.freeze()

    def stop(self) -> None:
        """End, collect everything, and give automatic collection back."""
        if self._timer is not None:
            self._root.after_cancel(self._timer)
            self._timer = None
        gc.unfreeze()
        gc.collect()
        if self._was_enabled:
            gc.enable()

    def _tick(self) -> None:
        self._timer = self._root.after(INTERVAL_MS, self._tick)
        self._deliver()
        self._collect()

    def _collect(self) -> None:
        if gc.get_count()[0] < YOUNG_LIMIT:
            return
        self._collections += 1
        if time.monotonic() - self._collected_all > OLD_SECONDS:
            gc.collect()
            self._collected_all = time.monotonic()
        else:
            gc.collect(1 if self._collections % MIDDLE_EVERY == 0 else 0)
