"""Batches and trainings on a disk that fails: what can go on goes on, and nothing is half done."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.services.denoising.batch import BatchSettings, ItemFinished, denoise_batch
from desktop_app.services.denoising.batch_files import plan_batch
from desktop_app.services.errors import AppError
from desktop_app.services.models.model_choice import ModelChoice
from desktop_app.services.pictures import open_picture
from desktop_app.services.training.config import RunConfig
from desktop_app.services.training.data import DataConfig
from desktop_app.services.training.runs import resume_run, start_run
from scratch_layers.models import load_model
from scratch_layers.training.checkpoint import load_checkpoint
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.events import Finished, WriteFailed
from tests.faults import failing_disk

ERRORS = (errno.ENOSPC, errno.EACCES, errno.EIO, errno.ESTALE, errno.ENOENT)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "disk" / "photos"
    folder.mkdir(parents=True)
    for number in range(3):
        coarse = np.random.default_rng(number).integers(0, 256, (5, 6, 3), np.uint8)
        Image.fromarray(coarse).resize((32, 24)).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def models(subtracting_model: Path):
    return ModelChoice(str(subtracting_model), "cpu")


def outcomes_of(photos, models):
    items = plan_batch([photos], photos.with_name("out"))
    events = denoise_batch(items, models, BatchSettings(sigma_255=9.0))
    return [event.outcome for event in events if isinstance(event, ItemFinished)]


def fresh(out: Path) -> Path:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    return out


@pytest.mark.parametrize("error_number", ERRORS, ids=errno.errorcode.get)
def test_a_batch_loses_at_most_the_picture_that_met_the_fault(photos, models, error_number):
    disk_folder, out = photos.parent, photos.with_name("out")
    sources = {path: path.read_bytes() for path in photos.iterdir()}
    fresh(out)
    with failing_disk(disk_folder, 0, reads=True) as disk:
        assert {outcome.status for outcome in outcomes_of(photos, models)} == {"done"}
    results = {path: path.read_bytes() for path in out.iterdir()}
    for number in range(len(disk.operations)):
        fresh(out)
        with failing_disk(disk_folder, error_number, number, reads=True):
            try:
                outcomes = outcomes_of(photos, models)
            except AppError:  # the folder of the photos itself could not be listed
                continue
        failed = [outcome for outcome in outcomes if outcome.status == "failed"]
        assert len(failed) <= 1
        for outcome in failed:
            assert str(outcome.item.source.parent.parent) in outcome.reason
            assert outcome.reason.endswith(".")
            assert not outcome.item.target.exists()
        done = [outcome.item.target for outcome in outcomes if outcome.status == "done"]
        assert {path: path.read_bytes() for path in out.iterdir()} == {
            path: results[path] for path in done
        }
        assert {path: path.read_bytes() for path in photos.iterdir()} == sources
        finished = {path: path.stat().st_ino for path in done}
        again = outcomes_of(photos, models)
        assert [outcome.status for outcome in again].count("skipped") == len(done)
        assert {path: path.stat().st_ino for path in done} == finished


def test_a_batch_whose_drive_goes_away_says_so_for_every_picture(photos, models):
    fresh(photos.with_name("out"))
    with failing_disk(photos.parent, errno.ESTALE, 3, lasting=True, reads=True):
        outcomes = outcomes_of(photos, models)
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    assert len(failed) >= 2
    assert all(outcome.reason.endswith("network drive is gone.") for outcome in failed)


def test_sources_that_are_removed_meanwhile_are_named(photos, models):
    items = plan_batch([photos], photos.with_name("out"))
    shutil.rmtree(photos)
    events = denoise_batch(items, models, BatchSettings(sigma_255=9.0))
    outcomes = [event.outcome for event in events if isinstance(event, ItemFinished)]
    assert [outcome.reason for outcome in outcomes] == [
        f"{item.source} does not exist; check the spelling of the path." for item in items
    ]


def run_config(photos: Path, steps: int = 4) -> RunConfig:
    recipe = TrainingConfig(
        configuration={"widths": [4], "blocks": 1}, steps=steps, batch_size=2, validate_every=2
    )
    return RunConfig(recipe, DataConfig("photo", (str(photos),), patch_size=16), "cpu", threads=1)


def check_run(folder: Path) -> None:
    """Whatever lies there under its final name must be whole."""
    for name in ("last", "best"):
        if (folder / f"{name}.safetensors").exists():
            load_checkpoint(folder / f"{name}.safetensors")
    if (folder / "model").exists() and any((folder / "model").glob("*.json")):
        load_model(folder / "model" / "run.safetensors")
    for path in folder.rglob("[!.]*.png"):
        open_picture(path)
    assert not list(folder.rglob(".*-part"))


@pytest.mark.parametrize("error_number", ERRORS[:2], ids=errno.errorcode.get)
def test_training_goes_on_whatever_single_write_fails(photos, tmp_path, error_number):
    folder = tmp_path / "run"
    start_run(folder, run_config(photos, steps=2))
    with failing_disk(folder, 0) as disk:
        list(resume_run(folder).events())
    check_run(folder)
    expected = load_checkpoint(folder / "last.safetensors").tensors
    # The first ones write the checkpoint at the start, without which a run does not begin.
    first, count = 5, len(disk.operations)
    assert disk.operations[2:first] == ["open", "os.fsync", "os.rename"]
    # Every kind of operation on every kind of file, in turn with the one error and the other.
    for number in range(first + 4 * (error_number == errno.EACCES), count, 8):
        shutil.rmtree(folder)
        start_run(folder, run_config(photos, steps=2))
        with failing_disk(folder, error_number, number) as disk:
            events = list(resume_run(folder).events())
        assert events[-1] == Finished(2, "steps") or isinstance(events[-1], WriteFailed)
        assert disk.failures == 1
        check_run(folder)
        list(resume_run(folder).events())
        tensors = load_checkpoint(folder / "last.safetensors").tensors
        assert all(tensors[name].equal(value) for name, value in expected.items())


def test_training_on_a_full_disk_says_so_and_keeps_its_last_checkpoint(photos, tmp_path):
    folder = tmp_path / "run"
    start_run(folder, run_config(photos))
    told = []
    with failing_disk(folder, errno.ENOSPC, 5, lasting=True), pytest.raises(OSError) as caught:  # noqa: PT011
        told += resume_run(folder).events()
    assert caught.value.errno == errno.ENOSPC
    assert load_checkpoint(folder / "last.safetensors").progress.step == 0
    check_run(folder)
    assert list(resume_run(folder).events())[-1] == Finished(4, "steps")


def test_a_clock_that_jumps_changes_nothing(photos, tmp_path, monkeypatch, models):
    jumps = iter([1e9, -1e9, 4e9, 0.0] * 10_000)
    monkeypatch.setattr("time.time", lambda: next(jumps))
    for name in ("one", "two"):
        run = start_run(tmp_path / name, run_config(photos))
        assert list(run.events())[-1] == Finished(4, "steps")
    first, second = (
        load_checkpoint(tmp_path / name / "last.safetensors").tensors for name in ("one", "two")
    )
    assert all(first[name].equal(second[name]) for name in first)
    # Photos and results that seem to come from the future, or from before files had dates.
    for path, seconds in zip(sorted(photos.iterdir()), (4e9, 1.0, 0.0), strict=True):
        os.utime(path, (seconds, seconds))
    assert {outcome.status for outcome in outcomes_of(photos, models)} == {"done"}
    assert {outcome.status for outcome in outcomes_of(photos, models)} == {"skipped"}
