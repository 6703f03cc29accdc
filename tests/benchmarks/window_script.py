"""Works with the real window as a person would and prints how long it took, in milliseconds.

Takes the path of a photo, and ``quick`` or ``full``.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.document import DenoisedPicture, Document
from desktop_app.controllers.problems import Problem
from desktop_app.services.denoising.events import Denoised
from desktop_app.services.denoising.noise_found import NoiseFound
from desktop_app.ui.app import Window
from desktop_app.ui.pages.denoise_page import DenoisePage
from desktop_app.ui.widgets.viewer import Viewer

VIEW = (1200, 800)
GRIP = (VIEW[0] // 4, VIEW[1] // 2)
"""Where the mouse is pressed: away from the split line in the middle."""
PAN_ZOOMS = (0.3, 0.5, 1.0, 2.0)
TICK_MS = 5
POLL_MS = 2
TIMEOUT = 120.0


class WindowAtWork:
    """The window, and what a person does with it."""

    def __init__(self, steps: int, seconds: float) -> None:
        self._steps = steps
        self._seconds = seconds
        self._controller = ApplicationController()
        self._controller.context.problems.subscribe(_end_with)
        self._window = Window(self._controller)
        self._root = self._window.root
        self._until(lambda: self._controller.ready.value)
        self._until(lambda: self._controller.at_rest)

    def open(self, path: Path) -> list[float]:
        """Open a photo and wait until it is seen."""
        started = time.perf_counter()
        self._controller.documents.open([path])
        self._until(lambda: self._controller.documents.current.value is not None)
        self._see()
        elapsed = 1000 * (time.perf_counter() - started)
        self._until(lambda: self._controller.at_rest)
        self._fit_view()
        return [elapsed]

    def preview(self, path: Path) -> list[float]:
        """Open a photo, look at it at 1:1 at once, and wait until a part of it is denoised."""
        started = time.perf_counter()
        self._controller.documents.open([path])
        self._until(lambda: self._controller.documents.current.value is not None)
        self._controller.view.zoom_to(1)
        loaded = self._document.state.value.noisy
        self._until(lambda: loaded.unfinished is not None and loaded.unfinished.tiles.done.share)
        self._see()
        elapsed = 1000 * (time.perf_counter() - started)
        self._controller.context.change_settings(preview=False)
        self._until(lambda: self._controller.at_rest)
        self._controller.documents.close(self._document)
        return [elapsed]

    def show_a_result(self) -> None:
        """Put a result beside the photo, as denoising does."""
        picture = self._document.state.value.noisy.picture
        samples = picture.samples // 2 + 64
        noise = NoiseFound("white", 25.0)
        picture = dataclasses.replace(picture, samples=samples)
        result = Denoised(picture, "A model", noise, 25.0, 25.0, 1.0, "")
        self._document.change("Denoise", denoised=DenoisedPicture(result))
        self._see()

    def pan(self) -> list[float]:
        """Drag the photo at several zooms."""
        times = []
        for number, zoom in enumerate(PAN_ZOOMS):
            self._controller.view.zoom_to(zoom)
            self._see()
            # Each time elsewhere: Tk takes a second press at the same place for a double click.
            x, y = GRIP[0], GRIP[1] - 50 * number
            self._viewer.event_generate("<ButtonPress-1>", x=x, y=y)
            for step in range(self._steps):
                x, y = x - 7, y - (3 if step % 2 else -2)
                times.append(self._time(partial(self._event, "<B1-Motion>", x, y)))
            self._viewer.event_generate("<ButtonRelease-1>", x=x, y=y)
        return times

    def zoom(self) -> list[float]:
        """Turn the wheel towards the photo and back."""
        self._controller.view.fit()
        self._see()
        directions = [+120] * self._steps + [-120] * self._steps
        return [
            self._time(partial(self._event, "<MouseWheel>", *GRIP, delta=delta))
            for delta in directions
        ]

    def change_strength(self) -> list[float]:
        """Move the strength slider while the whole photo is in view, then at full size."""
        times = []
        for zoom in (None, 1.0):
            if zoom is None:
                self._controller.view.fit()
            else:
                self._controller.view.zoom_to(zoom)
            self._see()
            for step in range(self._steps):
                strength = 1 - (step + 1) / (self._steps + 1)
                action = partial(self._controller.denoising.set_strength, strength)
                times.append(self._time(action))
        return times

    def turns_while_denoising(self) -> list[float]:
        """Return the times between turns of the event loop while the network runs."""
        denoising = self._controller.denoising
        denoising.denoise()
        turns = self._turns(lambda: denoising.progress.value is None)
        denoising.cancel()
        self._until(lambda: self._controller.at_rest)
        return turns

    def turns_while_training(self, photos: Path) -> list[float]:
        """Return the times between turns of the event loop while curves of a training grow."""
        training = self._controller.training
        training.plan.value = training.plan.value.with_changes(
            folder=str(photos), preset="custom", custom_minutes=5.0, network=TRAINED, device="cpu"
        )
        self._window.main.show_page("train")
        training.start()
        self._until(lambda: training.facts.value is not None)
        turns = self._turns(lambda: not training.active)
        training.stop()
        self._until(lambda: self._controller.at_rest)
        self._window.main.show_page("denoise")
        return turns

    def close(self) -> None:
        """Close the window; what was done here need not be kept."""
        self._window.actions.saving.may_lose = lambda documents: True  # type: ignore[method-assign]
        self._window.close()
        self._root.mainloop()

    @property
    def _document(self) -> Document:
        document = self._controller.documents.current.value
        assert document is not None
        return document

    @property
    def _viewer(self) -> Viewer:
        page = self._window.main.pages["denoise"]
        assert isinstance(page, DenoisePage)
        return page.viewer

    def _event(self, kind: str, x: int, y: int, **details: Any) -> None:
        self._viewer.event_generate(kind, x=x, y=y, **details)

    def _fit_view(self) -> None:
        """Give the window the size at which the photo is seen in VIEW."""
        width = self._root.winfo_width() + VIEW[0] - self._viewer.winfo_width()
        height = self._root.winfo_height() + VIEW[1] - self._viewer.winfo_height()
        self._root.geometry(f"{width}x{height}+0+0")
        size = self._viewer.winfo_width, self._viewer.winfo_height
        self._until(lambda: (size[0](), size[1]()) == VIEW)
        self._see()

    def _time(self, action: Callable[[], object]) -> float:
        started = time.perf_counter()
        action()
        self._see()
        return 1000 * (time.perf_counter() - started)

    def _see(self) -> None:
        """Let the window draw; the question about the pointer is answered after the drawing."""
        self._root.update()
        self._root.winfo_pointerxy()

    def _turns(self, finished: Callable[[], object]) -> list[float]:
        turns: list[float] = []
        last = time.perf_counter()
        end = last + self._seconds

        def tick() -> None:
            nonlocal last
            now = time.perf_counter()
            turns.append(1000 * (now - last))
            last = now
            if now > end or finished():
                self._root.quit()
            else:
                self._root.after(TICK_MS, tick)

        self._root.after(TICK_MS, tick)
        self._root.mainloop()
        return turns

    def _until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + TIMEOUT

        def look() -> None:
            if time.monotonic() > deadline:
                sys.exit("The window waited in vain.")
            if condition():
                self._root.quit()
            else:
                self._root.after(POLL_MS, look)

        self._root.after(0, look)
        self._root.mainloop()


def _end_with(problem: Problem) -> None:
    sys.exit(problem.sentence)


QUICK = sys.argv[2] == "quick"
TRAINED = "paper" if QUICK else "unet"
CROPS, CROP = 8, 200


def _crops(photo: Path) -> Path:
    """Cut pieces of a photo, as photos to learn from, into a folder beside it."""
    folder = photo.with_name("crops")
    folder.mkdir()
    with Image.open(photo) as whole:
        for number in range(CROPS):
            left = number * (whole.width - CROP) // (CROPS - 1)
            whole.crop((left, 0, left + CROP, CROP)).save(folder / f"{number}.png")
    return folder


def main() -> None:
    """Do everything once, in an order that leaves the photo without a result until the end."""
    work = WindowAtWork(*((2, 0.05) if QUICK else (20, 10.0)))
    times = {"preview": work.preview(Path(sys.argv[1]))}
    times["open"] = work.open(Path(sys.argv[1]))
    times["denoising"] = work.turns_while_denoising()
    times["training"] = work.turns_while_training(_crops(Path(sys.argv[1])))
    work.show_a_result()
    times["pan"] = work.pan()
    times["zoom"] = work.zoom()
    times["strength"] = work.change_strength()
    print(json.dumps(times), flush=True)
    work.close()


if __name__ == "__main__":
    main()
