"""What the batch controller decides, without any window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.controllers.batch import IDLE, PAUSED, BatchController
from desktop_app.controllers.batch_plan import DONE, FAILED, SKIPPED, WAITING
from desktop_app.controllers.context import Context
from desktop_app.controllers.models import ModelsController
from desktop_app.services.denoising.batch import BatchSettings, denoise_batch
from desktop_app.services.denoising.batch_files import plan_batch

TIMEOUT = 60


@pytest.fixture
def context(tmp_path, subtracting_model):
    context = Context(tmp_path / "settings" / "settings.json")
    context.change_settings(model=str(subtracting_model), device="cpu")
    context.told = []
    context.problems.subscribe(context.told.append)
    yield context
    for job in context.runner.jobs:
        job.cancel()
    assert context.runner.wait(TIMEOUT)


@pytest.fixture
def batch(context):
    return BatchController(context, ModelsController(context))


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two photos, one of them in a folder inside, a broken one and something else."""
    folder = tmp_path / "photos"
    (folder / "trip").mkdir(parents=True)
    for number, path in enumerate((folder / "a.png", folder / "trip" / "c.png")):
        samples = np.random.default_rng(number).integers(40, 200, (32, 40, 3), dtype=np.uint8)
        Image.fromarray(samples).save(path)
    (folder / "b.png").write_bytes(b"broken")
    (folder / "notes.txt").write_text("no photo")
    return folder


@pytest.fixture
def settle(context):
    def settle() -> None:
        assert context.runner.wait(TIMEOUT)

    return settle


def statuses(batch: BatchController) -> dict[str, str]:
    return {row.item.source.name: row.status for row in batch.rows.value}


def test_a_bad_photo_does_not_stop_the_rest(batch, folder, settle):
    batch.add([folder])
    settle()
    assert statuses(batch) == {"a.png": WAITING, "b.png": WAITING, "c.png": WAITING}
    batch.start()
    settle()
    assert statuses(batch) == {"a.png": DONE, "b.png": FAILED, "c.png": DONE}
    output = folder.with_name("photos_denoised")
    assert {path.relative_to(output) for path in output.rglob("*.png")} == {
        Path("a_denoised.png"),
        Path("trip/c_denoised.png"),
    }
    assert batch.state.value == IDLE
    assert batch.progress.value is None
    assert batch.summary.value.startswith("3 pictures: 2 denoised, 1 failed.")
    assert "b.png" in batch.summary.value


def test_results_are_those_of_the_command_line(batch, folder, settle, tmp_path, subtracting_model):
    from desktop_app.services.models.model_choice import ModelChoice

    batch.change(output=str(tmp_path / "window"), strength=60.0)
    batch.add([folder])
    settle()
    batch.start()
    settle()
    items = plan_batch([folder], tmp_path / "terminal", recursive=True)
    models = ModelChoice(str(subtracting_model), "cpu")
    list(denoise_batch(items, models, BatchSettings(strength=60.0)))
    made = sorted(path for path in (tmp_path / "terminal").rglob("*.png"))
    assert len(made) == 2
    for path in made:
        same = tmp_path / "window" / path.relative_to(tmp_path / "terminal")
        assert same.read_bytes() == path.read_bytes()


def test_single_photos_get_their_results_beside_them(batch, folder, settle):
    batch.add([folder / "a.png"])
    settle()
    batch.start()
    settle()
    assert (folder / "a_denoised.png").is_file()
    assert batch.rows.value[0].noise_words.count("→") == 1


def test_retry_takes_only_what_failed(batch, folder, settle, context):
    batch.add([folder])
    settle()
    batch.start()
    settle()
    Image.new("RGB", (24, 24), "gray").save(folder / "b.png")
    changed = []
    batch.row_changed.subscribe(changed.append)
    batch.retry_failed()
    settle()
    assert set(changed) == {1}
    assert set(statuses(batch).values()) == {DONE}


def test_existing_results_are_skipped_replaced_or_kept_beside(batch, folder, settle):
    photo = folder / "a.png"
    result = folder / "a_denoised.png"
    result.write_bytes(b"precious")
    batch.add([photo])
    settle()
    batch.start()
    settle()
    assert statuses(batch) == {"a.png": SKIPPED}
    batch.change(existing="rename")
    batch.start()
    settle()
    assert result.read_bytes() == b"precious"
    assert batch.rows.value[0].target.name == "a_denoised_2.png"
    batch.change(existing="overwrite")
    batch.start()
    settle()
    assert result.read_bytes() != b"precious"


def test_no_photo_is_ever_replaced_by_its_result(batch, folder, settle, context):
    context.change_settings(name_pattern="{name}")
    before = (folder / "a.png").read_bytes()
    batch.change(existing="overwrite")
    batch.add([folder / "a.png"])
    settle()
    batch.start()
    settle()
    assert (folder / "a.png").read_bytes() == before
    assert (folder / "a_denoised.png").is_file()


def test_an_input_without_photos_is_told_and_the_others_stay(batch, folder, settle, context):
    empty = folder.with_name("empty")
    empty.mkdir()
    batch.add([empty, folder / "a.png"])
    settle()
    assert statuses(batch) == {"a.png": WAITING}
    assert len(context.told) == 1
    assert str(empty) in context.told[0].sentence
    context.told.clear()


def test_removed_photos_stay_away_until_they_are_added_again(batch, folder, settle):
    batch.add([folder])
    settle()
    batch.remove([1])
    batch.change(recursive=False)
    settle()
    assert statuses(batch) == {"a.png": WAITING}
    batch.add([folder / "b.png"])
    settle()
    assert set(statuses(batch)) == {"a.png", "b.png"}


def test_what_was_finished_before_cancelling_is_known(batch, folder, settle, context):
    batch.add([folder])
    settle()

    def cancel_after_first(index: int) -> None:
        if batch.rows.value[index].outcome is not None:
            batch.cancel()

    batch.row_changed.subscribe(cancel_after_first)
    batch.start()
    settle()
    found = statuses(batch)
    assert found["a.png"] == DONE
    assert WAITING in found.values()
    assert "Start goes on" in batch.summary.value


def test_pausing_holds_the_batch_and_cancelling_ends_the_pause(batch, folder, settle, context):
    batch.add([folder])
    settle()
    batch.start()
    batch.pause()
    assert batch.state.value == PAUSED
    assert not context.runner.wait(0.3)
    batch.add([folder / "c.png"])
    assert len(batch.rows.value) == 3
    batch.cancel()
    settle()
    assert batch.state.value == IDLE


def test_a_model_that_is_missing_is_told(batch, folder, settle, context, tmp_path):
    context.change_settings(model=str(tmp_path / "none.safetensors"))
    batch = BatchController(context, ModelsController(context))
    batch.add([folder / "a.png"])
    settle()
    batch.start()
    settle()
    assert "none.safetensors" in context.told.pop().sentence
    assert statuses(batch) == {"a.png": WAITING}
