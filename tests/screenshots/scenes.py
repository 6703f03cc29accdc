"""What the window shows in each picture: real work, done while it is looked at."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from desktop_app.controllers.problems import Problem
from desktop_app.services.resources import sample_picture
from desktop_app.ui.app import Window

TIMEOUT = 300.0
TRAINING_SECONDS = 40.0


class Scene:
    """A window that is being prepared for its picture, and a folder for what that needs."""

    def __init__(self, window: Window, folder: Path, ready: bool = True) -> None:
        """Wait until the window is ready for work, unless it need not be."""
        self.window = window
        self.controller = window.controller
        self.folder = folder
        self.problems: list[Problem] = []
        self.controller.context.problems.subscribe(self.problems.append)
        if ready:
            self.until(lambda: self.controller.ready.value)

    def until(self, condition: Callable[[], object], timeout: float = TIMEOUT) -> None:
        """Let the window live until something is the case."""
        deadline = time.monotonic() + timeout
        while not condition():
            if self.problems:
                raise RuntimeError(self.problems[0].details)
            if time.monotonic() > deadline:
                raise TimeoutError("The window never came to what should be pictured.")
            self.window.root.update()
            time.sleep(0.005)

    def live(self, seconds: float) -> None:
        """Let the window live for a while."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)


def empty(scene: Scene) -> None:
    """The window as it first opens."""


def denoise(scene: Scene) -> None:
    """The sample picture, made noisy and denoised, before and after on either side of the line."""
    documents, denoising = scene.controller.documents, scene.controller.denoising
    scene.controller.open_sample()
    scene.until(lambda: documents.current.value and documents.current.value.state.value.truth)
    scene.live(1.0)
    denoising.denoise()
    scene.until(lambda: denoising.progress.value is not None)
    scene.until(lambda: denoising.progress.value is None)


def batch(scene: Scene) -> None:
    """A folder of photos, some of them done, on the Batch page."""
    batch = scene.controller.batch
    scene.window.main.show_page("batch")
    scene.window.main.drop([_photo_folder(scene.folder)])
    scene.until(lambda: batch.rows.value and not batch.looking.value)
    batch.start()
    scene.until(lambda: batch.rows.value[3].share > 0)
    batch.pause()


def train(scene: Scene) -> None:
    """A network that learns, with its loss drawn while it does."""
    scene.window.main.show_page("train")
    plan = scene.controller.training.plan
    plan.value = plan.value.with_changes(
        folder=str(_photo_folder(scene.folder)), preset="custom", custom_minutes=5.0
    )
    scene.window.main.pages["train"].controls.start.invoke()
    scene.live(TRAINING_SECONDS)


def learn(scene: Scene) -> None:
    """The network at work on the sample picture, with the gradients of one layer checked."""
    learn = scene.controller.learn
    scene.window.main.show_page("learn")
    scene.until(lambda: learn.report.value is not None)
    learn.select(1)
    learn.check_gradients()
    scene.until(lambda: learn.check.value is not None)


SCENES: dict[str, Callable[[Scene], None]] = {
    "empty": empty,
    "denoise": denoise,
    "batch": batch,
    "train": train,
    "learn": learn,
}


def _photo_folder(folder: Path) -> Path:
    """Six pieces of the sample picture, as a folder of photos."""
    photos = folder / "photos"
    photos.mkdir()
    with Image.open(sample_picture()) as sample:
        for number in range(6):
            left, top = number % 3 * 300, number // 3 * 300
            piece = sample.crop((left, top, left + 300, top + 300))
            piece.save(photos / f"photo-{number + 1}.jpg", quality=95)
    return photos
