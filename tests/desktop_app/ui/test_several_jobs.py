"""Training, a batch and a photo at the same time; and the window closed in the middle of it."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from desktop_app.controllers.training import PAUSED
from tests.desktop_app.ui.trainer import start, stop


@pytest.fixture
def folder(make_photo, tmp_path):
    """A folder of photos for a batch."""
    folder = tmp_path / "trip"
    folder.mkdir()
    for number in range(4):
        make_photo(folder / f"{number}.png", width=96, height=80, seed=number)
    return folder


def start_batch(app, folder) -> None:
    app.window.main.show_page("batch")
    app.window.main.drop([folder])
    page = app.window.main.pages["batch"]
    app.until(lambda: len(page.list.tree.get_children()) == 4)
    page.controls.start.invoke()
    assert app.controller.batch.active


def test_training_a_batch_and_a_photo_at_once(training, folder, photo):
    start(training)
    start_batch(training, folder)
    training.window.main.show_page("denoise")
    document = training.open(photo)
    training.denoise()
    assert document.state.value.denoised is not None
    assert training.controller.training.active
    training.until(lambda: not training.controller.batch.active)
    assert training.controller.batch.summary.value.startswith("4 pictures: 4 denoised")
    steps = len(training.controller.training.curves.value.steps)
    training.until(lambda: len(training.controller.training.curves.value.steps) > steps)
    stop(training)
    assert len(list(folder.with_name("trip_denoised").iterdir())) == 4


def test_the_result_of_a_photo_is_the_same_while_training(training, photo):
    training.window.main.show_page("denoise")
    alone = training.open(photo)
    training.denoise()
    start(training)
    training.denoise()
    first, second = (
        state.denoised.picture.samples for state in (_state_before_last(alone), alone.state.value)
    )
    assert (first == second).all()
    stop(training)


def _state_before_last(document):
    now = document.state.value
    document.undo()
    before = document.state.value
    document.redo()
    assert document.state.value is now
    return before


def test_closing_with_everything_at_work_keeps_what_is_finished(training, folder, tmp_path):
    large = tmp_path / "large.png"
    Image.new("RGB", (1500, 1200), "gray").save(large)
    training.open(large)
    start(training, steps=12)
    start_batch(training, folder)
    training.window.main.show_page("denoise")
    training.page.inspector.denoise_button.invoke()
    training.live(0.05)
    training.window.close()
    training.until(lambda: training.closed)
    run = training.controller.training.folder.value
    last = json.loads((run / "events.jsonl").read_text().splitlines()[-1])
    assert (last["event"], last["reason"]) == ("Finished", "stopped")
    assert (run / "last.safetensors").exists()
    for path in folder.with_name("trip_denoised").iterdir():
        with Image.open(path) as result:
            result.load()


def test_closing_a_paused_training_keeps_it(training):
    start(training, steps=12)
    page = training.window.main.pages["train"]
    page.controls.pause.invoke()
    assert training.controller.training.state.value == PAUSED
    training.window.close()
    training.until(lambda: training.closed)
    run = training.controller.training.folder.value
    assert (run / "last.safetensors").exists()
    assert json.loads((run / "events.jsonl").read_text().splitlines()[-1])["event"] == "Finished"


def test_closing_while_the_photos_are_still_read(training):
    training.window.main.pages["train"].controls.start.invoke()
    training.window.close()
    training.until(lambda: training.closed)
