"""A run that was stopped or killed goes on bit for bit."""

import errno
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import torch

from scratch_layers.training import trainer as trainer_module
from scratch_layers.training.checkpoint import load_checkpoint
from scratch_layers.training.events import Finished, StepDone, WriteFailed

RECIPES = [
    {},
    {
        "optimizer": "sgd",
        "momentum": 0.9,
        "schedule": "plateau",
        "loss": "mse",
        "precision": "bfloat16",
        "configuration": {"widths": [8, 8], "blocks": 1},
    },
]


def final_state(tiny_run, name):
    checkpoint = load_checkpoint(tiny_run.folder / name / "last.safetensors")
    progress = checkpoint.progress.to_json()
    progress.pop("elapsed_seconds")
    return checkpoint.tensors, progress


def assert_same_end(tiny_run, first, second):
    (tensors, progress), (others, other_progress) = (
        final_state(tiny_run, name) for name in (first, second)
    )
    assert progress == other_progress
    assert set(tensors) == set(others)
    assert all(torch.equal(tensors[name], others[name]) for name in tensors)


def run_until(trainer, step):
    events = trainer.run()
    for event in events:
        if isinstance(event, StepDone) and event.step == step:
            break
    return events


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("stops", [[5], [1, 4, 11]])
def test_closing_and_resuming_changes_no_bit(tiny_run, recipe, stops):
    list(tiny_run.trainer("whole", **recipe).run())
    for step in stops:
        run_until(tiny_run.trainer("parts", **recipe), step).close()
    list(tiny_run.trainer("parts", **recipe).run())
    assert_same_end(tiny_run, "whole", "parts")


def test_a_lost_process_repeats_the_steps_since_its_last_checkpoint(tiny_run, monkeypatch):
    list(tiny_run.trainer("whole").run())
    trainer = tiny_run.trainer("parts")
    events = run_until(trainer, 7)
    monkeypatch.setattr(trainer_module, "save_checkpoint", lambda *_arguments: None)
    events.close()
    monkeypatch.undo()
    resumed = tiny_run.trainer("parts")
    assert resumed.step == 4
    list(resumed.run())
    assert_same_end(tiny_run, "whole", "parts")


def test_asking_to_stop_ends_with_a_checkpoint_of_the_current_step(tiny_run):
    trainer = tiny_run.trainer("parts")
    told = []
    for event in trainer.run():
        told.append(event)
        if isinstance(event, StepDone) and event.step == 6:
            trainer.stop()
    assert told[-1] == Finished(6, "stopped")
    assert tiny_run.trainer("parts").step == 6


def test_the_result_does_not_depend_on_timing(tiny_run):
    class Hesitant:
        def __init__(self, batches):
            self.batches = batches

        def batch(self, *arguments):
            time.sleep(random.random() * 0.01)
            return self.batches.batch(*arguments)

    list(tiny_run.trainer("even", checkpoint_seconds=1000.0).run())
    hesitant = Hesitant(tiny_run.batches(tiny_run.config()))
    list(tiny_run.trainer("uneven", batches=hesitant, checkpoint_seconds=0.001).run())
    assert_same_end(tiny_run, "even", "uneven")


def test_a_pause_does_not_count_as_training_time(tiny_run):
    began = time.monotonic()
    for event in tiny_run.trainer(steps=3).run():
        if isinstance(event, StepDone):
            time.sleep(0.3)
    progress = load_checkpoint(tiny_run.folder / "run" / "last.safetensors").progress
    assert 0 < progress.elapsed_seconds <= time.monotonic() - began - 0.9


def test_a_full_disk_in_mid_run_is_told_and_survived(tiny_run, monkeypatch):
    trainer = tiny_run.trainer(steps=12, validate_every=4)
    events = run_until(trainer, 5)
    former = load_checkpoint(tiny_run.folder / "run" / "last.safetensors").progress.step

    def full(_path, _checkpoint):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(trainer_module, "save_checkpoint", full)
    for event in events:
        if isinstance(event, WriteFailed):
            break
    assert event.step == 8
    assert "could not be written" in event.reason
    assert load_checkpoint(tiny_run.folder / "run" / "last.safetensors").progress.step == former
    monkeypatch.undo()
    assert list(events)[-1] == Finished(12, "steps")
    assert tiny_run.trainer(steps=12).step == 12


def test_what_could_not_be_written_is_tried_again_at_the_end(tiny_run, monkeypatch):
    save, tries = trainer_module.save_checkpoint, []

    def full_at_first(path, checkpoint):
        if path.name == "last.safetensors" and checkpoint.progress.step == 12:
            tries.append(path)
            if len(tries) == 1:
                raise OSError(errno.ENOSPC, "No space left on device")
        save(path, checkpoint)

    monkeypatch.setattr(trainer_module, "save_checkpoint", full_at_first)
    events = list(tiny_run.trainer().run())
    assert [type(event) for event in events].count(WriteFailed) == 1
    assert events[-1] == Finished(12, "steps")
    assert load_checkpoint(tiny_run.folder / "run" / "last.safetensors").progress.step == 12


def test_a_full_disk_at_the_start_is_an_error(tiny_run, monkeypatch):
    def full(_path, _checkpoint):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(trainer_module, "save_checkpoint", full)
    with pytest.raises(OSError, match="No space left"):
        list(tiny_run.trainer().run())


KILLED_RUN = """
    import sys
    from pathlib import Path
    from tests.scratch_layers.training.conftest import TinyRun

    for event in TinyRun(Path(sys.argv[1])).trainer("killed", checkpoint_seconds=0.0).run():
        print(type(event).__name__, event.step, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
def test_a_killed_process_goes_on_bit_for_bit(tiny_run):
    list(tiny_run.trainer("whole").run())
    root = Path(__file__).parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED_RUN), str(tiny_run.folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    with process:
        assert any(line == "StepDone 7\n" for line in process.stdout)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    resumed = tiny_run.trainer("killed")
    assert 6 <= resumed.step < 12
    list(resumed.run())
    assert_same_end(tiny_run, "whole", "killed")
