"""RAW files through a model for mosaics, before their development."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from desktop_app.services.denoising.batch import BatchSettings, ItemFinished, denoise_batch
from desktop_app.services.denoising.batch_files import BatchItem
from desktop_app.services.denoising.denoise import DenoisingOptions, denoise, what_is_done
from desktop_app.services.denoising.events import Begun, PartDone, Steps
from desktop_app.services.denoising.noise_found import NoiseFound
from desktop_app.services.errors import PictureError
from desktop_app.services.models import model_store
from desktop_app.services.models.model_choice import ModelChoice
from desktop_app.services.pictures import Picture, open_picture
from desktop_app.services.pictures.development import Development
from desktop_app.services.pictures.files import raw_development
from scratch_layers.errors import CancelledError
from tests.desktop_app.raw_files import LINEAR, write_dng, write_noisy_photo, write_samples

pytest.importorskip("rawpy")

CAMERA = NoiseFound("camera", 12.0)
AUTOMATIC = ModelChoice(device="cpu")


@pytest.fixture(autouse=True)
def _models(models_for_raw_files, monkeypatch):
    monkeypatch.setattr(model_store, "pretrained_folder", lambda: models_for_raw_files)


@pytest.fixture(scope="module")
def raw_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("raw") / "photo.dng"
    write_noisy_photo(path)
    return path


@pytest.fixture
def picture(raw_file) -> Picture:
    return open_picture(raw_file)


def denoised(picture, models=AUTOMATIC, on_part=lambda _: None, cancelled=None, **options):
    events = denoise(
        picture, models, DenoisingOptions(**options), noise=CAMERA, cancelled=cancelled
    )
    steps = Steps(events)
    for event in steps:
        if isinstance(event, Begun):
            shown = event.result.samples
        elif isinstance(event, PartDone):
            on_part(event)
    assert steps.result.picture.samples is shown
    return steps.result


def test_the_mosaic_is_denoised_and_developed(picture):
    parts: list[PartDone] = []
    result = denoised(picture, on_part=parts.append, tile=32)
    assert result.sentence == "Camera noise, about 12 of 255: model Raw, before development."
    assert (result.model, result.notices) == ("raw", ())
    clean, noisy = result.picture.mosaic, picture.mosaic
    assert (clean.linear() < noisy.linear()).mean() > 0.99
    assert result.picture.samples.shape == picture.samples.shape == (90, 70, 3)
    assert result.picture.samples.mean() < picture.samples.mean() - 500
    assert result.picture.metadata == picture.metadata
    assert len(parts) > 4
    assert (parts[0].bottom, parts[-1].bottom, parts[-1].fraction) == (0, 90, 1.0)


def test_no_strength_leaves_the_picture_as_it_was(picture):
    result = denoised(picture, strength=0.0).picture
    assert np.abs(result.samples.astype(int) - picture.samples).max() <= 1


def test_half_the_strength_takes_half_away(picture):
    before, half, whole = (
        (picture if strength is None else denoised(picture, strength=strength).picture)
        for strength in (None, 50.0, 100.0)
    )
    middle = (before.mosaic.linear() + whole.mosaic.linear()) / 2
    assert np.abs(half.mosaic.linear() - middle).max() < 1e-4


def test_choices_of_the_development_stay(raw_file):
    chosen = Development(exposure=1.0, half_size=True)
    result = denoised(open_picture(raw_file, development=chosen)).picture
    assert result.samples.shape == (45, 35, 3)
    assert result.mosaic.development == chosen


def test_a_model_from_a_file_works_on_the_mosaic_too(picture, models_for_raw_files):
    named = ModelChoice(str(models_for_raw_files / "raw.safetensors"), "cpu")
    assert denoised(picture, named).sentence.endswith("model Raw, before development.")


def test_another_model_cleans_what_was_developed(picture):
    result = denoised(picture, ModelChoice("camera", "cpu"))
    assert result.sentence.endswith("model Camera.")
    assert result.picture.mosaic is None


def test_a_model_for_mosaics_takes_no_other_picture(picture):
    flat = Picture(np.full((32, 32, 3), 100, np.uint8))
    assert AUTOMATIC.name_for(CAMERA) == "camera"
    with pytest.raises(PictureError, match="raw is for what the Bayer sensors of cameras saw"):
        denoised(flat, ModelChoice("raw", "cpu"))


def test_without_a_model_for_mosaics_the_next_one_says_so(
    picture, models_for_raw_files, tmp_path, monkeypatch
):
    for path in models_for_raw_files.glob("camera.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(model_store, "pretrained_folder", lambda: tmp_path)
    (notice,) = denoised(picture).notices
    assert notice == (
        "No model for the mosaics of RAW files is installed. The model camera is used instead."
    )
    words = what_is_done(CAMERA, AUTOMATIC, None, on_mosaic=True)
    assert words == "Camera noise, about 12 of 255: model Camera."


def test_cancelling_between_tiles(picture):
    parts: list[PartDone] = []
    with pytest.raises(CancelledError):
        denoised(picture, on_part=parts.append, tile=32, cancelled=lambda: len(parts) == 2)
    assert len(parts) == 2


def test_a_file_that_is_gone_meanwhile_gets_a_sentence(raw_file, tmp_path):
    (tmp_path / "photo.dng").write_bytes(raw_file.read_bytes())
    picture = open_picture(tmp_path / "photo.dng")
    (tmp_path / "photo.dng").unlink()
    with pytest.raises(PictureError, match="does not exist"):
        denoised(picture)


def test_a_batch_writes_dng_and_tiff_of_one_look(raw_file, tmp_path):
    linear = np.full((40, 40, 3), 9000, np.uint16)
    write_samples(tmp_path / "linear.dng", linear, photometric=LINEAR, planarconfig="contig")
    pairs = [(raw_file, "a.dng"), (raw_file, "a.tif"), (tmp_path / "linear.dng", "b.dng")]
    items = [BatchItem(source, tmp_path / "out" / name) for source, name in pairs]
    before = raw_file.read_bytes()
    events = denoise_batch(items, AUTOMATIC, BatchSettings(tile=64))
    outcomes = [event.outcome for event in events if isinstance(event, ItemFinished)]
    assert [outcome.status for outcome in outcomes] == ["done", "done", "failed"]
    assert "only RAW files of Bayer sensors" in outcomes[2].reason
    assert raw_file.read_bytes() == before
    again, direct = (open_picture(item.target).samples.astype(int) for item in items[:2])
    assert np.abs(again - direct).max() <= 1


@pytest.mark.parametrize("model", ["auto", "camera"])
@pytest.mark.parametrize("level", [None, 9.0])
def test_excerpts_are_enough_for_a_batch(tmp_path, monkeypatch, model, level):
    write_noisy_photo(tmp_path / "a.dng", (200, 260))
    items = [BatchItem(tmp_path / "a.dng", tmp_path / name) for name in ("a.tif", "b.tif")]
    outcomes = []
    for item, down in zip(items, (1, 10), strict=True):
        monkeypatch.setattr(raw_development, "_EXCERPTS_DOWN", down)
        monkeypatch.setattr(raw_development, "_EXCERPTS_ACROSS", 1)
        opened = open_picture(item.source, as_excerpts=True)
        assert opened.excerpts == (1 if down == 1 else 0)
        settings = BatchSettings(sigma_255=level)
        events = denoise_batch([item], ModelChoice(model, "cpu"), settings)
        outcomes += [event.outcome for event in events if isinstance(event, ItemFinished)]
    first, second = outcomes
    assert first.sigma_before == pytest.approx(second.sigma_before, rel=0.2)
    assert (first.sentence[-25:], first.notices) == (second.sentence[-25:], second.notices)
    one, other = (open_picture(item.target).samples.astype(int) for item in items)
    assert one.shape == other.shape == (260, 200, 3)
    # The level that is given is compared with what was measured.
    assert np.abs(one - other).mean() <= (0 if level is None else 20)


def test_a_clean_raw_file_is_saved_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(raw_development, "_EXCERPTS_DOWN", 1)
    monkeypatch.setattr(raw_development, "_EXCERPTS_ACROSS", 1)
    write_dng(tmp_path / "a.dng", np.full((200, 300, 3), 0.3))
    items = [BatchItem(tmp_path / "a.dng", tmp_path / name) for name in ("a.tif", "b.dng")]
    assert open_picture(tmp_path / "a.dng", as_excerpts=True).excerpts == 1
    list(denoise_batch(items, AUTOMATIC, BatchSettings()))
    for item in items:
        wanted = open_picture(tmp_path / "a.dng").samples
        assert (open_picture(item.target).samples == wanted).all()


@pytest.mark.parametrize("wishes", [{}, {"half_size": True}, {"highlights": "blend"}])
def test_a_part_is_what_the_whole_becomes_there(tmp_path, wishes):
    write_noisy_photo(tmp_path / "a.dng", (260, 420))
    picture = open_picture(tmp_path / "a.dng", development=Development(exposure=0.5, **wishes))
    whole = denoised(picture).picture.samples.astype(int)
    height, width = whole.shape[:2]
    parts, looked_at = (
        None,
        [(64, 64, 192, 128), (0, 0, 2, 2), (10, 0, 150, 150), (0, 0, height, width)],
    )
    for top, left, bottom, right in looked_at:
        steps = Steps(
            denoise(
                picture, AUTOMATIC, noise=CAMERA, begun=parts,
                in_view=(top, left, bottom, right), nothing_else=True,
            )
        )  # fmt: skip
        events = list(steps)
        begun, *done = events
        assert parts in (None, begun.tiles)
        parts, samples = begun.tiles, begun.result.samples
        assert all(isinstance(event, PartDone) and event.bottom > event.top for event in done)
        difference = np.abs(samples.astype(int) - whole)
        assert difference[top:bottom, left:right].max() <= 4
        assert steps.result.picture.mosaic is None
    assert parts.done.share == 1
    again = denoise(
        picture, AUTOMATIC, noise=CAMERA, begun=parts, in_view=looked_at[0], nothing_else=True
    )
    assert [type(event) for event in again] == [Begun]
    # The whole is shown over the parts, which stay where it is cancelled.
    first = next(iter(denoise(picture, AUTOMATIC, noise=CAMERA, begun=parts)))
    assert first.tiles is parts
    assert first.result.samples is parts.result.samples
    stronger = DenoisingOptions(sigma_255=20.0)
    other = next(iter(denoise(picture, AUTOMATIC, stronger, noise=CAMERA, begun=parts)))
    assert other.tiles is None
    assert (other.result.samples == picture.samples).all()
