"""Many files: where results go, and that one bad file stops nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.services import pictures
from desktop_app.services.denoising import batch
from desktop_app.services.denoising.batch import (
    BatchSettings,
    ItemFinished,
    ItemOutcome,
    ItemProgress,
    ItemStarted,
    denoise_batch,
    summary,
)
from desktop_app.services.denoising.batch_files import BatchItem, plan_batch
from desktop_app.services.errors import AppError
from desktop_app.services.models.model_choice import ModelChoice
from scratch_layers.errors import CancelledError
from scratch_layers.models import Denoiser


@pytest.fixture(scope="module")
def models(subtracting_model: Path) -> ModelChoice:
    return ModelChoice(str(subtracting_model), "cpu")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for name in ("b.png", "a.png", "trip/c.png", "trip/deep/d.tif"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 20), (100, 100, 100)).save(path)
    (folder / "notes.txt").write_text("not a picture")
    return folder


def targets(items: list[BatchItem], folder: Path) -> list[str]:
    return [item.target.relative_to(folder).as_posix() for item in items]


def run(
    items: list[BatchItem], models: ModelChoice, **settings: object
) -> tuple[list[object], list[ItemOutcome]]:
    events = []
    generator = denoise_batch(items, models, BatchSettings(**{"sigma_255": 9.0, **settings}))
    while True:
        try:
            events.append(next(generator))
        except StopIteration as stop:
            return events, stop.value


def test_results_keep_their_places(photos, tmp_path):
    out = tmp_path / "out"
    assert targets(plan_batch([photos], out), out) == ["a_denoised.png", "b_denoised.png"]
    assert targets(plan_batch([photos], out, recursive=True), out) == [
        "a_denoised.png",
        "b_denoised.png",
        "trip/c_denoised.png",
        "trip/deep/d_denoised.tif",
    ]


def test_files_and_folders_mixed_and_names_of_ones_own(photos, tmp_path):
    items = plan_batch([photos / "b.png", photos], tmp_path / "out", pattern="clean-{name}")
    assert targets(items, tmp_path / "out") == ["clean-b.png", "clean-a.png", "clean-b_2.png"]


def test_without_a_folder_results_lie_beside_their_sources(photos):
    (item,) = plan_batch([photos / "a.png"], None)
    assert item.target == photos / "a_denoised.png"
    with pytest.raises(AppError, match="name another folder for its results"):
        plan_batch([photos], None)


@pytest.mark.parametrize("place", ["results", "."])
def test_results_of_an_earlier_run_are_not_sources(photos, place):
    output = photos / place
    first = plan_batch([photos], output, recursive=True)
    for item in first:
        item.target.parent.mkdir(parents=True, exist_ok=True)
        item.target.touch()
    assert plan_batch([photos], output, recursive=True) == first


def test_what_cannot_be_planned(photos, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(AppError, match="empty itself"):
        plan_batch([empty], tmp_path / "out")
    with pytest.raises(AppError, match="is a file; results of several pictures need a folder"):
        plan_batch([photos], photos / "a.png")


def test_a_batch_makes_clean_files_and_tells_how_far_it_is(photos, tmp_path, models):
    items = plan_batch([photos], tmp_path / "out", recursive=True)
    events, outcomes = run(items, models)
    assert [outcome.status for outcome in outcomes] == ["done"] * 4
    for item in items:
        with Image.open(item.target) as image:
            assert (np.asarray(image) == 90).all()
    assert [type(event) for event in events] == [ItemStarted, ItemProgress, ItemFinished] * 4
    assert events[1] == ItemProgress(0, 1.0)
    assert outcomes[0].seconds > 0
    assert outcomes[0].sigma_before is outcomes[0].sigma_after is None  # too small to measure
    assert summary(outcomes) == "4 pictures: 4 denoised."


def test_one_bad_file_never_stops_the_rest(photos, tmp_path, models):
    (photos / "a.png").write_text("no picture")
    (photos / "aa.png").touch()
    items = [
        *plan_batch([photos], tmp_path / "out"),
        BatchItem(photos / "gone.png", tmp_path / "x.png"),
    ]
    _, outcomes = run(items, models)
    assert [outcome.status for outcome in outcomes] == ["failed", "failed", "done", "failed"]
    text = summary(outcomes)
    assert text.startswith("4 pictures: 1 denoised, 3 failed.\n")
    assert "a.png is not a picture" in text
    assert "gone.png does not exist" in text
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b_denoised.png"]


def test_even_an_unexpected_error_stays_with_its_file(photos, tmp_path, models, monkeypatch):
    def explode(path: Path, **_: object) -> None:
        raise MemoryError if path.name == "a.png" else RuntimeError("unexpected")

    monkeypatch.setattr(pictures, "open_picture", explode)
    _, outcomes = run(plan_batch([photos], tmp_path / "out"), models)
    assert "needs more memory" in outcomes[0].reason
    assert outcomes[1].reason.endswith("b.png cannot be denoised: unexpected")


@pytest.mark.parametrize(
    ("existing", "status", "kept"),
    [("skip", "skipped", True), ("fail", "failed", True), ("overwrite", "done", False)],
)
def test_results_that_exist(photos, tmp_path, models, existing, status, kept):
    items = plan_batch([photos / "a.png"], tmp_path / "out")
    items[0].target.parent.mkdir()
    items[0].target.write_bytes(b"precious")
    _, outcomes = run(items, models, existing=existing)
    assert outcomes[0].status == status
    assert (items[0].target.read_bytes() == b"precious") == kept


def test_results_that_exist_can_be_kept_beside_new_ones(photos, tmp_path, models):
    items = plan_batch([photos / "a.png"], tmp_path / "out")
    names = [run(items, models, existing="rename")[1][0].item.target.name for _ in range(3)]
    assert names == ["a_denoised.png", "a_denoised_2.png", "a_denoised_3.png"]


def test_a_stopped_batch_goes_on_where_it_was(photos, tmp_path, models):
    items = plan_batch([photos], tmp_path / "out", recursive=True)
    generator = denoise_batch(items, models, BatchSettings(sigma_255=9.0))
    for event in generator:
        if isinstance(event, ItemFinished) and event.index == 1:
            generator.close()
            break
    assert [item.target.exists() for item in items] == [True, True, False, False]
    _, outcomes = run(items, models)
    assert [outcome.status for outcome in outcomes] == ["skipped", "skipped", "done", "done"]


def test_a_batch_that_is_cancelled_within_a_photo_leaves_nothing_of_it(photos, tmp_path, models):
    items = plan_batch([photos], tmp_path / "out", recursive=True)
    finished = []

    def cancelled():
        return len(finished) == 1

    events = denoise_batch(items, models, BatchSettings(sigma_255=9.0), cancelled)
    finished.append(next(event for event in events if isinstance(event, ItemFinished)))
    with pytest.raises(CancelledError):
        list(events)
    assert [path.name for path in (tmp_path / "out").rglob("*.*")] == ["a_denoised.png"]


def test_an_item_that_fails_leaves_no_result(photos, tmp_path, models, monkeypatch):
    def without_memory(picture):
        raise MemoryError

    monkeypatch.setattr(batch, "find_noise", without_memory)
    _, (outcome,) = run([BatchItem(photos / "a.png", tmp_path / "out.png")], models)
    assert outcome.status == "failed"
    assert not (tmp_path / "out.png").exists()


def test_what_was_put_right_on_the_way_is_told(photos, tmp_path, models, monkeypatch):
    path = photos / "large.png"
    Image.new("RGB", (40, 200), (100, 100, 100)).save(path)
    whole = Denoiser.denoise

    def hungry(self, image, sigma):
        if image.shape[2] > 150:
            raise MemoryError
        return whole(self, image, sigma)

    monkeypatch.setattr(Denoiser, "denoise", hungry)
    _, (outcome,) = run([BatchItem(path, tmp_path / "out.png")], models)
    assert outcome.status == "done"
    assert any("tiles of half the size" in notice for notice in outcome.notices)


def test_a_target_that_cannot_be_written_is_found_before_the_work(photos, tmp_path, models):
    (tmp_path / "file").touch()
    items = [
        BatchItem(photos / "a.png", tmp_path / "file" / "a.png"),
        BatchItem(photos / "a.png", tmp_path / "a.gif"),
    ]
    events, outcomes = run(items, models)
    assert not any(isinstance(event, ItemProgress) for event in events)
    assert "cannot be made" in outcomes[0].reason
    assert "256 colours" in outcomes[1].reason


def test_a_folder_that_another_batch_fills_is_left_to_it(photos, tmp_path, models):
    items = plan_batch([photos], tmp_path / "out")
    first = denoise_batch(items, models, BatchSettings(sigma_255=9.0))
    while not isinstance(next(first), ItemFinished):
        pass
    _, refused = run(items[1:] * 2, models)
    assert [outcome.status for outcome in refused] == ["failed", "failed"]
    assert "a batch is under way in it already" in refused[0].reason
    assert isinstance(list(first)[-1], ItemFinished)
    _, again = run(items, models)
    assert [outcome.status for outcome in again] == ["skipped", "skipped"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "a_denoised.png",
        "b_denoised.png",
    ]
