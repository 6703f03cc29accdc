"""What the window shows in each picture: real work, done while it is looked at."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from desktop_app.controllers.problems import Problem
from desktop_app.services.resources import sample_picture
from desktop_app.ui.app import Window
from tests.desktop_app.raw_files import bayer, write_samples

TIMEOUT = 300.0
VALIDATIONS = 2


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


def raw(scene: Scene) -> None:
    """A dark RAW file, four times as bright as the camera took it, before and after the line."""
    development, denoising = scene.controller.development, scene.controller.denoising
    path = scene.folder / "night.dng"
    _write_dark_raw_file(path)
    scene.window.main.pages["denoise"].inspector.development_card.title.invoke()
    scene.controller.documents.open([path])
    scene.until(lambda: development.choices.value is not None)
    development.choose(exposure=2.0)
    document = scene.controller.documents.current.value
    assert document is not None
    scene.until(lambda: document.state.value.noisy.picture.mosaic.development.exposure == 2.0)
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
    """A network that learns, with its loss and PSNR drawn while it does."""
    scene.window.main.show_page("train")
    plan = scene.controller.training.plan
    plan.value = plan.value.with_changes(
        folder=str(_photo_folder(scene.folder)),
        network="paper",
        preset="custom",
        custom_minutes=5.0,
    )
    scene.window.main.pages["train"].controls.start.invoke()
    record = scene.controller.training.record
    scene.until(lambda: len(record.curves.value.psnr) >= VALIDATIONS)


def learn(scene: Scene) -> None:
    """One value of one map of the first layer: what it sees of the photo, and its sum."""
    learn = scene.controller.learn
    scene.window.main.show_page("learn")
    scene.until(lambda: learn.report.value is not None)
    learn.select(1)
    page = scene.window.main.pages["learn"]
    page.views["look"].maps.choose(9)
    learn.pointing.pin(9, 60, 58)
    learn.pointing.playback.go_to(23)


def change(scene: Scene) -> None:
    """A channel switched off and a kernel negated, and what becomes of the photo."""
    learn(scene)
    page, controller = scene.window.main.pages["learn"], scene.controller.learn
    page.show_view("change")
    layer = controller.layer
    assert layer is not None
    controller.changes.edit(layer, 9, 0, "Negate")
    controller.changes.switch(layer, 4)
    scene.until(lambda: not controller.inspecting.value)


def backward(scene: Scene) -> None:
    """The gradient of one output value on its way back, and the layers' gradients checked."""
    learn(scene)
    scene.window.main.pages["learn"].show_view("backward")
    backward = scene.controller.learn.backward
    backward.check_all()
    scene.until(lambda: backward.flow.value is not None and len(backward.checks.value) > 8)
    backward.playback.go_to(31)


def example(scene: Scene) -> None:
    """The gradient of a convolution's input, worked out number by number."""
    learn(scene)
    scene.window.main.pages["learn"].show_view("example")
    example = scene.controller.learn.example
    example.choose("Convolution", "Input gradient")
    scene.until(lambda: example.playback.length == 169 and example.matrix == "Input gradient")
    scene.live(0.3)
    example.playback.go_to(72)


def live(scene: Scene) -> None:
    """The paper's network learning on the sample picture."""
    learn(scene)
    scene.window.main.pages["learn"].show_view("live")
    live = scene.controller.learn.live
    live.toggle()
    scene.until(lambda: live.update.value is not None and live.update.value.step > 600)
    live.toggle()


SCENES: dict[str, Callable[[Scene], None]] = {
    "empty": empty,
    "denoise": denoise,
    "raw": raw,
    "batch": batch,
    "train": train,
    "learn": learn,
    "change": change,
    "backward": backward,
    "example": example,
    "live": live,
}


def _write_dark_raw_file(path: Path) -> None:
    """The sample picture as a sensor of 14 bits sees it at ISO 6400 or so, two stops too dark."""
    white, shot, read = (0.5, 1.0, 0.65), 3e-3, 5e-6
    with Image.open(sample_picture()) as sample:
        colours = np.asarray(sample.convert("RGB")) / 255
    light = np.where(colours > 0.04045, ((colours + 0.055) / 1.055) ** 2.4, colours / 12.92)
    seen = bayer(light * white) / 4
    seen += np.random.default_rng(1).normal(size=seen.shape) * np.sqrt(shot * seen + read)
    samples = np.rint(512 + 15000 * seen).clip(0, 16383).astype(np.uint16)
    write_samples(path, samples, "RGGB", (512,) * 4, 15512, white)


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
