"""Which samples a run shows: from its start on, never none again, always the latest ones."""

from __future__ import annotations

import pytest

from desktop_app.controllers.training_record import TrainingRecord
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
