"""The windows of tests: opened, kept for the next test, closed, and watched for hidden mistakes."""

from __future__ import annotations

import json
import threading
import time
import tkinter as tk
import weakref
from collections.abc import Sequence
from pathlib import Path
from tkinter import font as tkfont

import pytest
from PIL import ImageTk

from desktop_app.controllers.application import ApplicationController
from desktop_app.ui.app import Window
from tests.desktop_app.ui import kept_window
from tests.desktop_app.ui.driver import Driver

ENDING_SECONDS = 10.0
"""How long a step that was under way may take to end after its window, on a busy machine."""

TK_CLASSES = (
    *(tk.Tk, tk.BaseWidget, tk.Variable, tk.Image, tkfont.Font),
    *(ImageTk.PhotoImage, ImageTk.BitmapImage),
)


def watch_collections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note every Tk object that is collected on another thread than this one."""
    here = threading.get_ident()
    offences: list[str] = []
    watched: list[weakref.ref] = []

    def note(name: str) -> None:
        if threading.get_ident() != here:
            offences.append(f"{name} on {threading.current_thread().name}")

    def watch(kind: type) -> None:
        create = kind.__init__

        def create_watched(self, *arguments, **options) -> None:
            name = type(self).__name__
            watched.append(weakref.ref(self, lambda _: note(name)))
            create(self, *arguments, **options)

        monkeypatch.setattr(kind, "__init__", create_watched)

    for kind in TK_CLASSES:
        watch(kind)
    return offences


def _others(threads: set[threading.Thread]) -> set[threading.Thread]:
    """The threads beside these; the one that draws curves is there to stay."""
    running = {one for one in threading.enumerate() if not one.name.startswith("curves")}
    return running - threads


class Windows:
    """Opens the windows of a module's tests, and keeps one of them for the tests to come."""

    def __init__(self, model: Path, folder: Path, offences: list[str]) -> None:
        self._model = model
        self._offences = offences
        self._threads = set(threading.enumerate())
        self._folder = folder
        self.keeps = True
        self._open: list[Driver] = []
        self._spare: Driver | None = None

    def make(self, folder: Path, scale: float, paths: Sequence[Path], **settings: object) -> Driver:
        """Open a window whose settings and runs lie in a folder."""
        if self._spare is not None:
            self.close(self._spare)
        file = folder / "settings.json"
        if not file.exists():
            file.write_text(json.dumps({"model": str(self._model), "preview": False, **settings}))
        controller = ApplicationController(file, folder / "runs")
        driver = Driver(Window(controller, scale), file)
        self._open.append(driver)
        if paths:
            driver.window.open(paths)
            driver.until(lambda: len(controller.documents.documents.value) == len(paths))
        driver.until(lambda: controller.ready.value)
        return driver

    def lend(self) -> Driver:
        """Open a window, or take the one that was kept."""
        if self._spare is None:
            folder = self._folder / str(len(list(self._folder.iterdir())))
            folder.mkdir()
            driver = self.make(folder, 1.0, ())
            kept_window.remember(driver)
            return driver
        driver, self._spare = self._spare, None
        return driver

    def take_back(self, driver: Driver) -> None:
        """Keep a window that is as it was at first; close any other, and look for errors."""
        if driver not in self._open:
            return
        if self.keeps and driver.as_new:
            self._spare = driver
        else:
            self.close(driver)

    def close(self, *drivers: Driver) -> None:
        """Close windows, by default all that are open, and look for errors."""
        for driver in drivers or tuple(self._open):
            self._open.remove(driver)
            if driver is self._spare:
                self._spare = None
            if not driver.closed:
                driver.window.actions.saving.may_lose = lambda documents: True
                driver.window.close()
                driver.until(lambda driver=driver: driver.closed)
            assert not driver.errors, driver.errors
            assert not driver.problems, [problem.sentence for problem in driver.problems]

    def check(self) -> None:
        """Look for threads that were left, and for Tk objects that went on another thread."""
        offences = self._offences.copy()
        self._offences.clear()
        assert not offences, offences
        deadline = time.monotonic() + ENDING_SECONDS
        while (left := _others(self._threads)) and time.monotonic() < deadline:
            time.sleep(0.02)
        # Told once, of the test that left them.
        self._threads |= left
        assert not left, left
