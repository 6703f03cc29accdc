"""The person at the window: waits, presses, points, opens."""

from __future__ import annotations

import subprocess
import sys
import time
import tkinter as tk
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_app.controllers.document import Document
from desktop_app.controllers.problems import Problem
from desktop_app.ui.app import Window
from tests.desktop_app.ui import kept_window

TIMEOUT = 120.0


class Driver:
    """Plays the person at the window."""

    def __init__(self, window: Window, settings_file: Path) -> None:
        self.window = window
        self.controller = window.controller
        self.root = window.root
        self.errors: list[BaseException] = []
        self.problems: list[Problem] = []
        self.closed = False
        self.settings_file = settings_file
        window.root.report_callback_exception = lambda kind, error, trace: self.errors.append(error)
        window.controller.context.problems.subscribe(self.problems.append)
        window.root.bind("<Destroy>", self._on_destroy, add="+")

    def _on_destroy(self, event: tk.Event) -> None:
        if event.widget is self.root:
            self.closed = True

    def until(self, condition: Callable[[], object], timeout: float = TIMEOUT) -> None:
        """Let the window live until something is the case."""
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain; problems: {self.problems}"
            if not self.closed:
                self.root.update()
            if self.errors:
                raise self.errors[0]
            time.sleep(0.002)

    @property
    def as_new(self) -> bool:
        """Whether the window was brought back to what it was after its start."""
        return not (self.closed or self.errors or self.problems) and kept_window.tidy(self)

    def live(self, seconds: float = 0.1) -> None:
        """Let the window live for a while."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def xdotool(self, *arguments: object) -> None:
        """Move the real pointer, or press real keys, which only X lets programs do."""
        if not sys.platform.startswith("linux"):
            pytest.skip("the pointer and the keys can be moved under X alone")
        process = subprocess.Popen(["xdotool", *map(str, arguments)])
        self.until(lambda: process.poll() is not None)
        assert process.returncode == 0
        self.live(0.05)

    def point_at(self, widget: tk.Misc, x: int, y: int) -> None:
        """Put the pointer on a place of a widget."""
        self.xdotool("mousemove", widget.winfo_rootx() + x, widget.winfo_rooty() + y)

    def drag(self, widget: tk.Misc, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Press the button at one place of a widget and let it go at another."""
        left, top = widget.winfo_rootx(), widget.winfo_rooty()
        middle = (start[0] + end[0]) // 2, (start[1] + end[1]) // 2
        self.xdotool("mousemove", left + start[0], top + start[1])
        self.xdotool("mousedown", 1)
        for x, y in (middle, end):
            self.xdotool("mousemove", left + x, top + y)
        self.xdotool("mouseup", 1)

    def key(self, *keys: str) -> None:
        """Press real keys, with the main window having the focus."""
        self.root.focus_force()
        self.window.main.pages["denoise"].viewer.focus_set()
        self.live(0.05)
        self.xdotool("key", *keys)

    def open(self, *paths: Path) -> Document:
        """Open pictures and return the one that is shown."""
        before = len(self.controller.documents.documents.value)
        self.controller.documents.open(paths)
        self.until(lambda: len(self.controller.documents.documents.value) == before + len(paths))
        self.live(0.05)
        document = self.controller.documents.current.value
        assert document is not None
        return document

    def denoise(self) -> None:
        """Press Denoise and wait for the result."""
        self.page.inspector.denoise_button.invoke()
        self.until(lambda: self.controller.denoising.progress.value is None)
        self.live(0.05)

    @property
    def page(self):
        """The Denoise page."""
        return self.window.main.pages["denoise"]

    def answer(self, button: str, fill: Callable[[tk.Misc], object] = lambda _: None) -> None:
        """Press a button of the dialog that will open next, once it is filled in."""

        def press() -> None:
            dialogs = [child for child in self.root.winfo_children() if hasattr(child, "buttons")]
            if dialogs:
                fill(dialogs[0])
                dialogs[0].buttons[button].invoke()
            else:
                self.root.after(10, press)

        self.root.after(10, press)

    def expect_problem(self) -> Problem:
        """Wait for an error to be shown; it then no longer fails the test."""
        self.until(lambda: self.problems)
        return self.problems.pop()
