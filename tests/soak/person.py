"""Somebody at the real window: does one thing after the other and waits until it is done."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.batch import IDLE as BATCH_IDLE
from desktop_app.controllers.document import Document
from desktop_app.controllers.training import IDLE as TRAINING_IDLE
from desktop_app.services.atomic_files import write_atomically
from desktop_app.ui.app import Window
from tests.screenshots.scenes import Scene

TINY = {"widths": [4, 4], "blocks": 1}


class Person(Scene):
    """A window of its own, in a folder of its own, with a model small enough to be quick."""

    def __init__(self, folder: Path, ready: bool = True) -> None:
        settings = folder / "settings.json"
        if not settings.exists():
            model = make_model(folder)
            settings.write_text(json.dumps({"model": str(model), "device": "cpu"}))
        self.closed = False
        window = Window(ApplicationController(settings, folder / "runs"), 1.0)
        super().__init__(window, folder, ready)
        self.window.actions.saving.may_lose = lambda documents: True
        self.window.root.bind("<Destroy>", self._on_destroy, add="+")

    def _on_destroy(self, event: object) -> None:
        self.closed = self.closed or getattr(event, "widget", None) is self.window.root

    def rest(self) -> None:
        """Wait until no work is left."""
        self.until(lambda: self.controller.at_rest)
        self.live(0.05)

    def open(self, paths: Sequence[Path]) -> tuple[Document, ...]:
        """Open pictures; return them."""
        documents = self.controller.documents
        before = len(documents.documents.value)
        documents.open(paths)
        self.until(lambda: len(documents.documents.value) == before + len(paths))
        self.rest()
        return documents.documents.value[before:]

    def add_noise(self) -> None:
        """Make the current picture noisy."""
        self.controller.noising.add("gaussian", 25.0, seed=1)
        self.rest()

    def denoise(self) -> None:
        """Denoise the current picture."""
        self.controller.denoising.denoise()
        self.rest()

    def denoise_and_cancel(self) -> None:
        """Begin to denoise the current picture and think better of it."""
        self.controller.denoising.denoise()
        self.live(0.02)
        self.controller.denoising.cancel()
        self.rest()

    def close_documents(self) -> None:
        """Close every picture."""
        documents = self.controller.documents
        for document in documents.documents.value:
            documents.close(document)
        self.rest()

    def train(self, photos: Path, steps: int) -> None:
        """Train for some steps, then stop."""
        training = self.controller.training
        training.plan.value = training.plan.value.with_changes(
            folder=str(photos), network="paper", preset="custom", custom_minutes=5.0, device="cpu"
        )
        training.start()
        self.until(lambda: len(training.curves.value.steps) >= steps)
        training.stop()
        self.until(lambda: training.state.value == TRAINING_IDLE)
        self.rest()

    def run_batch(self, photos: Sequence[Path], results: Path) -> None:
        """Denoise many photos."""
        batch = self.controller.batch
        batch.change(output=str(results))
        batch.add(photos)
        self.until(lambda: len(batch.rows.value) == len(photos) and not batch.looking.value)
        batch.start()
        self.until(lambda: batch.state.value == BATCH_IDLE)
        batch.clear()
        self.rest()

    def change_theme(self, theme: str) -> None:
        """Switch to a light or dark window."""
        self.controller.context.change_settings(theme=theme)
        self.live(0.1)

    def close_window(self) -> None:
        """Close the window and wait until it is gone."""
        self.window.close()
        self.until_closed()

    def until_closed(self) -> None:
        """Wait until the window is gone."""
        while not self.closed:
            self.window.root.update()


def make_model(folder: Path) -> Path:
    """Write a real model that leaves pictures almost as they are; return its file."""
    from scratch_layers.models import Denoiser, ModelCard, save_model

    denoiser = Denoiser.create("photo-unet", TINY)
    for _, parameter in denoiser.network.named_parameters():
        parameter.value.mul_(0.3)
    noise = {"kind": "gaussian", "sigma_255": [0, 75]}
    save_model(folder, denoiser, ModelCard(name="tiny", title="Tiny", noise=noise))
    return folder / "tiny.safetensors"


def make_photos(folder: Path, count: int, size: tuple[int, int] = (320, 240)) -> list[Path]:
    """Write small noisy pictures, as many as are wanted; they share a few contents."""
    folder.mkdir(parents=True, exist_ok=True)
    width, height = size
    rows, columns = np.mgrid[0:height, 0:width]
    generator = np.random.default_rng(0)
    first: list[Path] = []
    for number in range(min(count, 5)):
        smooth = np.stack([rows % (97 + number), columns % 151, (rows + columns) % 203], axis=-1)
        # A large picture gets the same noise again and again: drawing it anew would take seconds.
        noise = generator.normal(0, 12, (min(height, 480), min(width, 480), 3))
        repeats = -(-height // noise.shape[0]), -(-width // noise.shape[1]), 1
        noisy = smooth + np.tile(noise, repeats)[:height, :width]
        path = folder / f"photo-{number:04d}.jpg"
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=92)
        first.append(path)
    paths = list(first)
    for number in range(len(first), count):
        path = folder / f"photo-{number:04d}.jpg"
        content = first[number % len(first)].read_bytes()
        write_atomically(path, lambda file, content=content: file.write(content))
        paths.append(path)
    return paths


def private_folders(home: Path) -> dict[str, str]:
    """Return the environment in which nothing of the person who tests is read or written."""
    names = ["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"]
    names += [f"XDG_{name}_HOME" for name in ("CONFIG", "DATA", "STATE", "CACHE")]
    return {**os.environ, **dict.fromkeys(names, str(home))}
