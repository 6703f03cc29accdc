"""The record of events."""

import json

import pytest

from scratch_layers.training.events import (
    FILE_NAME,
    CheckpointSaved,
    FileSkipped,
    Finished,
    LayersMeasured,
    RolledBack,
    RunLog,
    Started,
    StepDone,
    Validated,
    WriteFailed,
    read_events,
)


def step(number, loss=0.5):
    return StepDone(number, loss, 1e-3, 100.0, 1.0, 0.1)


def steps_of(folder):
    return [(type(event).__name__, event.step) for event in read_events(folder)]


def test_events_are_read_as_they_were_written(tmp_path):
    log = RunLog(tmp_path, step_interval=1)
    written = [
        Started(0, 1320, 10, None),
        step(1, 0.25),
        LayersMeasured(1, ("0 Conv2d",), (0.5,), (0.25,), ((1, 0, 3),)),
        CheckpointSaved(1, "last.safetensors"),
        WriteFailed(1, "The disk is full."),
        RolledBack(1, 3, "nan", 0.5),
        FileSkipped(1, "a.png", "It is small."),
        Validated(1, 0.1, 20.0, 0.5, True),
        Finished(1, "steps"),
    ]
    for event in written:
        log.write(event)
    assert read_events(tmp_path) == written


@pytest.mark.parametrize(
    "line", ["[]", "3", '"event"', '{"event": "Nonsense", "step": 1}', '{"event": "Finished"}']
)
def test_lines_that_hold_no_event_are_passed_over(tmp_path, line):
    (tmp_path / FILE_NAME).write_text(line + "\n")
    RunLog(tmp_path, step_interval=1).write(step(1))
    assert steps_of(tmp_path) == [("StepDone", 1)]


def test_only_some_steps_but_all_other_events_are_kept(tmp_path):
    log = RunLog(tmp_path, step_interval=5)
    for number in range(1, 13):
        log.write(step(number))
    log.write(Validated(12, 0.1, 20.0, 0.5, True))
    assert steps_of(tmp_path) == [("StepDone", 5), ("StepDone", 10), ("Validated", 12)]


def test_what_a_resumed_or_rolled_back_run_repeats_is_read_once(tmp_path):
    log = RunLog(tmp_path, step_interval=1)
    for event in (Started(0, 1, 9, None), step(1), step(2), step(3), RolledBack(1, 3, "nan", 0.5)):
        log.write(event)
    log.write(step(2, 0.1))
    log.write(Started(1, 1, 9, None))
    log.write(step(2, 0.2))
    assert steps_of(tmp_path) == [
        ("Started", 0), ("StepDone", 1), ("RolledBack", 1), ("Started", 1), ("StepDone", 2),
    ]  # fmt: skip
    assert read_events(tmp_path)[-1].loss == 0.2


def test_a_line_cut_short_by_a_power_loss_harms_no_other(tmp_path):
    RunLog(tmp_path, step_interval=1).write(step(1))
    with (tmp_path / FILE_NAME).open("a") as file:
        file.write('{"event": "StepDone", "st')
    RunLog(tmp_path, step_interval=1).write(step(2))
    assert steps_of(tmp_path) == [("StepDone", 1), ("StepDone", 2)]
    assert len((tmp_path / FILE_NAME).read_text().splitlines()) == 3


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path):
    log = RunLog(tmp_path, step_interval=1)
    (tmp_path / FILE_NAME).mkdir()
    log.write(step(1))
    (tmp_path / FILE_NAME).rmdir()
    log.write(step(2))
    assert steps_of(tmp_path) == [("StepDone", 2)]


def test_every_line_is_json(tmp_path):
    RunLog(tmp_path).write(Validated(12, 0.1, 20.0, 0.5, True))
    [line] = (tmp_path / FILE_NAME).read_text().splitlines()
    assert json.loads(line)["is_best"] is True
