"""Starts the application as ``python -m desktop_app`` does, notes two moments, and closes it.

Takes the monotonic clock's time at which the process was started; prints seconds since then.
"""

from __future__ import annotations

import json
import sys
import time
import tkinter as tk

from desktop_app import __main__ as program
from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.problems import Problem
from desktop_app.ui import app

STARTED = float(sys.argv[1])
MOMENTS: dict[str, float] = {}


class WatchedWindow(app.Window):
    """The real window; closes itself once it is drawn and ready."""

    def __init__(self, controller: ApplicationController, scale: float | None = None) -> None:
        super().__init__(controller, scale)
        self._expose_seen = False
        self.root.bind("<Expose>", self._on_first_expose, add="+")
        controller.ready.subscribe(self._on_ready)
        controller.context.problems.subscribe(_end_with)

    def _on_first_expose(self, _: tk.Event) -> None:
        if not self._expose_seen:
            self._expose_seen = True
            self.root.after_idle(self._on_drawn)

    def _on_drawn(self) -> None:
        # Widgets draw when idle; the question about the pointer is answered after the drawing.
        self.root.update_idletasks()
        self.root.winfo_pointerxy()
        self._note("drawn")

    def _on_ready(self, ready: bool) -> None:
        if ready:
            self._note("ready")

    def _note(self, moment: str) -> None:
        MOMENTS[moment] = time.monotonic() - STARTED
        if len(MOMENTS) == 2:
            print(json.dumps(MOMENTS), flush=True)
            self.root.after_idle(self.close)


def _end_with(problem: Problem) -> None:
    sys.exit(problem.sentence)


app.Window = WatchedWindow  # type: ignore[misc]
sys.exit(program.main([]))
