"""A real window on a real display for every test that asks for one, watched for hidden mistakes."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import threading
import time
import tkinter as tk
import traceback
import weakref
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from tkinter import font as tkfont

import numpy as np
import pytest
from PIL import Image, ImageTk

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.document import Document
from desktop_app.controllers.problems import Problem
from desktop_app.ui.app import Window
from tests.desktop_app.ui import kept_window

TIMEOUT = 120.0
ENDING_SECONDS = 10.0
"""How long a step that was under way may take to end after its window, on a busy machine."""
TK_CLASSES = (
    *(tk.Tk, tk.BaseWidget, tk.Variable, tk.Image, tkfont.Font),
    *(ImageTk.PhotoImage, ImageTk.BitmapImage),
)


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

    def answer(self, button: str) -> None:
        """Press a button of the dialog that will open next."""

        def press() -> None:
            dialogs = [child for child in self.root.winfo_children() if hasattr(child, "buttons")]
            if dialogs:
                dialogs[0].buttons[button].invoke()
            else:
                self.root.after(10, press)

        self.root.after(10, press)

    def expect_problem(self) -> Problem:
        """Wait for an error to be shown; it then no longer fails the test."""
        self.until(lambda: self.problems)
        return self.problems.pop()


def _watch_collections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Empty a failed test's frames, whose widgets would be collected on whichever thread is next.

    Tcl ends the whole process when one of its objects goes on another thread than its own.
    """
    report = yield
    if call.excinfo is not None:
        traceback.clear_frames(call.excinfo.tb)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Collect a module's windows here, once pytest itself has let go of them."""
    result = yield
    here = item.path.is_relative_to(Path(__file__).parent)
    if here and (nextitem is None or nextitem.path != item.path):
        gc.collect()
    return result


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real model, small enough to be quick, that leaves pictures almost as they are."""
    from scratch_layers.models import Denoiser, ModelCard, save_model

    denoiser = Denoiser.create("photo-unet", {"widths": [4, 4], "blocks": 1})
    for _, parameter in denoiser.network.named_parameters():
        parameter.value.mul_(0.3)
    folder = tmp_path_factory.mktemp("models")
    card = ModelCard(name="tiny", title="Tiny", noise={"kind": "gaussian", "sigma_255": [0, 75]})
    save_model(folder, denoiser, card)
    return folder / "tiny.safetensors"


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
            assert not driver.errors
            assert not driver.problems, [problem.sentence for problem in driver.problems]

    def check(self) -> None:
        """Look for threads that were left, and for Tk objects that went on another thread."""
        offences = self._offences.copy()
        self._offences.clear()
        assert not offences
        deadline = time.monotonic() + ENDING_SECONDS
        while (left := _others(self._threads)) and time.monotonic() < deadline:
            time.sleep(0.02)
        # Told once, of the test that left them.
        self._threads |= left
        assert not left


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Iterator[Windows]:
    """The windows of a module; at its end, none has left garbage that another thread collects."""
    with pytest.MonkeyPatch.context() as patch:
        offences = _watch_collections(patch)
        windows = Windows(tiny_model, tmp_path_factory.mktemp("windows"), offences)
        yield windows
        windows.close()
        gc.collect()
        windows.check()


@pytest.fixture
def make_window(windows: Windows, tmp_path: Path) -> Iterator[Callable[..., Driver]]:
    """Open new windows, which are closed after the test."""

    def make(
        scale: float = 1.0, paths: Sequence[Path] = (), folder: Path = tmp_path, **settings: object
    ) -> Driver:
        return windows.make(folder, scale, paths, **settings)

    yield make
    windows.close()
    windows.check()


@pytest.fixture
def app(windows: Windows) -> Iterator[Driver]:
    """A window, ready to work: a new one, or one that is as it was when it was new."""
    driver = windows.lend()
    yield driver
    windows.take_back(driver)
    windows.check()


@pytest.fixture
def own_window(windows: Windows) -> None:
    """For modules whose tests leave more behind than can be tidied up."""
    windows.keeps = False


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small colourful picture with structure and noise."""
    return _write_photo(tmp_path / "photo.png")


@pytest.fixture
def make_photo() -> Callable[..., Path]:
    """A function that writes such a picture to a path, with another seed."""
    return _write_photo


def _write_photo(path: Path, width: int = 160, height: int = 120, seed: int = 1) -> Path:
    """Write a picture of smooth colours, an edge and noise."""
    rows, columns = np.mgrid[0:height, 0:width]
    channels: Sequence[np.ndarray] = (
        60 + 100 * columns / width,
        60 + 100 * rows / height,
        np.where(columns > width // 2, 160, 80),
    )
    clean = np.stack([channel.astype(float) for channel in channels], axis=-1)
    noisy = clean + np.random.default_rng(seed).normal(0, 12, clean.shape)
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def training(app, make_photo, tmp_path):
    """The app on its Train page, with a small run planned."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        make_photo(folder / f"{number}.png", 176, 144, seed=number)
    app.window.main.show_page("train")
    plan = app.controller.training.plan
    plan.value = plan.value.with_changes(
        folder=str(folder), network="paper", preset="custom", custom_minutes=5.0, device="cpu"
    )
    return app
