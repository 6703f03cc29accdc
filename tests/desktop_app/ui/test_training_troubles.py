"""What goes wrong in a training is said in a sentence, with what was done about it."""

from __future__ import annotations

import errno
import shutil

import pytest

from desktop_app.services.training.recipes import RECIPES, Recipe
from scratch_layers.training import learner, trainer
from tests.desktop_app.ui.trainer import start, stop


@pytest.fixture
def quick_checkpoints(monkeypatch):
    """Let a run write checkpoints at short intervals and validate often."""
    monkeypatch.setitem(RECIPES, "photo", Recipe(validate_every=10))


@pytest.fixture
def full(monkeypatch):
    """A list; while there is something in it, no checkpoint finds room on the disk."""
    real, full = trainer.save_checkpoint, []

    def save(path, state):
        if full:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        real(path, state)

    monkeypatch.setattr(trainer, "save_checkpoint", save)
    return full


def said(app, words: str) -> bool:
    return any(words in sentence for sentence in app.controller.training.messages.value)


def fail_from(monkeypatch, step: int, count: int = 10**9) -> None:
    """Let ``count`` steps after ``step`` steps have losses that are not finite."""
    real, calls = learner.Learner.step, []

    def broken(self, *arguments):
        calls.append(1)
        if step < len(calls) <= step + count:
            raise learner.NonFiniteError("the loss is nan")
        return real(self, *arguments)

    monkeypatch.setattr(learner.Learner, "step", broken)


def test_a_step_that_would_spoil_the_network_is_told_and_training_goes_on(
    training, quick_checkpoints, monkeypatch
):
    fail_from(monkeypatch, 14, count=1)
    start(training)
    training.until(lambda: said(training, "would have spoiled the network"))
    step = training.controller.training.curves.value.steps[-1]
    training.until(lambda: training.controller.training.curves.value.steps[-1] > step + 5)
    assert said(training, "training goes on from step 10, learning at 0.5 of the planned rate")
    stop(training)


def test_a_run_that_diverged_says_what_is_kept(training, quick_checkpoints, monkeypatch):
    fail_from(monkeypatch, 14)
    start(training)
    problem = training.expect_problem()
    assert "the loss is nan" in problem.sentence
    assert "What it had learned by step 10 is kept" in problem.sentence
    assert "Its best model can be used." in problem.sentence
    assert not training.controller.training.active
    assert said(training, "What it had learned by step 10 is kept")
    page = training.window.main.pages["train"]
    training.until(lambda: page.controls.use.winfo_ismapped())


def test_a_full_disk_is_told_and_training_goes_on(training, quick_checkpoints, full):
    start(training)
    full.append(True)
    training.until(lambda: said(training, "No space left on device"))
    assert said(training, "Training goes on and tries again at the next checkpoint.")
    assert "No space left" in training.window.main.status.message
    full.clear()
    saved = training.controller.training.record.saved_step or 0
    training.until(lambda: (training.controller.training.record.saved_step or 0) > saved)
    stop(training)


def test_a_disk_that_is_full_at_the_end_says_what_is_kept(training, quick_checkpoints, full):
    start(training)
    training.until(lambda: training.controller.training.record.saved_step)
    full.append(True)
    controller = training.controller.training
    # Only a step that is not kept yet needs room at the end.
    training.until(lambda: controller.facts.value.step > controller.record.saved_step)
    saved = controller.record.saved_step
    controller.stop()
    problem = training.expect_problem()
    assert "The disk is full; free some space and try again." in problem.sentence
    assert f"What it had learned by step {saved:,} is kept" in problem.sentence


def test_a_run_whose_folder_vanishes_makes_it_again_and_can_be_resumed(training, quick_checkpoints):
    controller = training.controller.training
    start(training, steps=12)
    shutil.rmtree(controller.folder.value)
    training.until(lambda: said(training, "was made again"))
    stop(training)
    assert not training.problems
    step = controller.facts.value.step
    controller.resume_run(controller.folder.value)
    training.until(lambda: step + 1 in controller.curves.value.steps)
    stop(training)


def test_photos_that_vanish_end_the_run_with_what_is_kept(
    training, quick_checkpoints, monkeypatch, tmp_path
):
    from desktop_app.services.training import images

    # So little memory for photos that each one is read again and again.
    monkeypatch.setattr(images.FolderPhotos, "_remember", lambda *_: None)
    start(training)
    training.until(lambda: training.controller.training.record.saved_step)
    shutil.rmtree(tmp_path / "photos")
    problem = training.expect_problem()
    assert "None of the photos can be used" in problem.sentence
    assert "is kept" in problem.sentence
    assert said(training, "0.png is not used")


def test_photos_that_cannot_be_used_are_named(training, tmp_path):
    (tmp_path / "photos" / "torn.png").write_bytes(b"no picture")
    start(training)
    training.until(lambda: said(training, "torn.png is not used: torn.png is damaged"))
    stop(training)
