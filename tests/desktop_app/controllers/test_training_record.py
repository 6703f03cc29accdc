"""What the window knows and says of a training must follow its events."""

from __future__ import annotations

import errno

import pytest

from desktop_app.controllers.training_record import (
    TrainingRecord,
    describe_failure,
    memory_words,
    sentence_of,
    time_left,
)
from scratch_layers.errors import StateError
from scratch_layers.training import events
from scratch_layers.training.events import RolledBack, Started, StepDone, Validated


@pytest.fixture
def record(tmp_path):
    created = TrainingRecord()
    created.begin(tmp_path)
    return created


@pytest.fixture
def write_sheet(tmp_path):
    def write(step):
        folder = tmp_path / "samples"
        folder.mkdir(exist_ok=True)
        path = folder / f"step_{step:09d}.png"
        path.write_bytes(b"")
        return path

    return write


def started(step=0):
    return Started(step, parameters=1, total_steps=None, minutes=5.0)


def done(step):
    return StepDone(step, 0.1, 0.001, 100.0, float(step), step / 1000)


@pytest.mark.parametrize("first", [0, 300])
def test_samples_are_shown_before_the_first_validation(record, write_sheet, first):
    record.take(started(first))
    assert record.preview.value is None
    sheet = write_sheet(first)
    record.take(done(first + 1))
    assert record.preview.value == sheet


def test_a_validation_brings_newer_ones_once_they_are_written(record, write_sheet):
    record.take(started())
    first = write_sheet(0)
    record.take(done(1))
    record.take(Validated(10, 0.1, 30.0, 0.9, is_best=True))
    assert record.preview.value == first
    second = write_sheet(10)
    record.take(done(11))
    assert record.preview.value == second


def test_a_roll_back_before_the_first_validation_leaves_them_in_place(record, write_sheet):
    record.take(started())
    sheet = write_sheet(0)
    record.take(done(1))
    record.take(RolledBack(7, failed_step=9, reason="the loss was not finite", rate_scale=0.5))
    record.take(done(8))
    assert record.preview.value == sheet


def test_another_run_begins_without_those_of_the_one_before(record, write_sheet, tmp_path):
    record.take(started())
    write_sheet(0)
    record.take(done(1))
    record.begin(tmp_path / "other")
    assert record.preview.value is None
    record.take(started())
    assert record.preview.value is None


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (events.Started(0, 1320, None, 5.0), "Training: 1,320 parameters are learned."),
        (events.Started(1200, 1320, None, 5.0), "Going on from step 1,200: 1,320 parameters"),
        (events.Validated(200, 0.01, 25.125, 0.8, True), "Step 200: 25.12 dB, the best so far."),
        (events.Validated(400, 0.01, 25.0, 0.8, False), "Step 400: 25.00 dB."),
        (events.FileSkipped(0, "a.jpg", "It is torn."), "a.jpg is not used: It is torn."),
        (
            events.RolledBack(10, 14, "the loss is nan", 0.5),
            (
                "Step 14 would have spoiled the network (the loss is nan), so it was not taken: "
                "training goes on from step 10, learning at 0.5 of the planned rate."
            ),
        ),
        (events.WriteFailed(10, "The disk is full."), "The disk is full. Training goes on"),
        (events.Finished(1508, "minutes"), "The planned time is over (step 1,508)."),
        (events.Finished(8, "stopped"), "Stopped; everything learned is kept (step 8)."),
    ],
)
def test_events_are_told(event, words):
    assert sentence_of(event).startswith(words)


@pytest.mark.parametrize(
    "event",
    [events.StepDone(1, 0.1, 0.1, 10.0, 1.0, 0.1), events.CheckpointSaved(1, "last.safetensors")],
)
def test_what_happens_all_the_time_is_not_told(event):
    assert sentence_of(event) is None


def test_a_failure_says_what_is_wrong_and_what_is_left():
    error = StateError("Training failed at step 120.")
    problem = describe_failure(error, 100, has_model=True)
    assert problem.sentence == (
        "Training failed at step 120. What it had learned by step 100 is kept: mark the run under "
        "“Earlier runs” and press Resume to go on from there. Its best model can be used."
    )
    assert "StateError" in problem.details
    assert "model" not in describe_failure(error, 100, has_model=False).sentence


@pytest.mark.parametrize("saved", [None, 0])
def test_before_the_first_checkpoint_nothing_is_lost(saved):
    full = OSError(errno.ENOSPC, "No space left on device")
    sentence = describe_failure(full, saved, has_model=False).sentence
    assert sentence == (
        "The disk is full; free some space and try again. "
        "Nothing was learned yet, so nothing is lost."
    )


@pytest.mark.parametrize(
    ("bytes", "words"),
    [(None, ""), (2048, "2 kB"), (600 * 2**20, "600 MB"), (int(1.26 * 2**30), "1.3 GB")],
)
def test_memory_in_words(bytes, words):
    assert memory_words(bytes) == words


def test_time_left_in_words():
    assert time_left(None) == ""
    assert time_left(75.0) == "1 min 15 s left"
