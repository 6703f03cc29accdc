"""Which model a picture gets, and what happens where it is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app.services.denoising.denoise import what_is_done
from desktop_app.services.denoising.noise_found import NoiseFound
from desktop_app.services.models import model_store
from desktop_app.services.models.model_choice import ModelChoice
from desktop_app.services.models.model_store import ModelNotFoundError
from scratch_layers.errors import WeightsError
from scratch_layers.models import Denoiser, ModelCard, save_model

WHITE = NoiseFound("white", 25.0)
CAMERA = NoiseFound("camera", 7.2, grain=2.4)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "pretrained"
    folder.mkdir()
    monkeypatch.setattr(model_store, "pretrained_folder", lambda: folder)
    for name, kind in (("photo", "gaussian"), ("camera", "camera")):
        add(folder, name, kind)
    return folder


def add(folder: Path, name: str, kind: str = "gaussian", levels: tuple = (0, 75)) -> None:
    denoiser = Denoiser.create("photo-unet", {"widths": [4], "blocks": 1})
    noise = {"kind": kind, "sigma_255": list(levels)}
    save_model(folder, denoiser, ModelCard(name=name, title=name.title(), noise=noise))


@pytest.mark.parametrize(("noise", "expected"), [(WHITE, "photo"), (CAMERA, "camera")])
def test_each_kind_of_noise_gets_its_model(shipped, noise, expected):
    choice = ModelChoice(device="cpu")
    model, complaints = choice.for_noise(noise)
    assert model.name == choice.name_for(noise) == expected
    assert complaints == ()


def test_a_named_model_is_taken_whatever_the_noise(shipped):
    model, _ = ModelChoice("photo", "cpu").for_noise(CAMERA)
    assert model.name == "photo"
    with pytest.raises(ModelNotFoundError, match="no model called 'gone'"):
        ModelChoice("gone", "cpu").for_noise(CAMERA)


def test_best_quality_takes_four_passes_and_leaves_the_fast_model_as_it_is(shipped):
    best, _ = ModelChoice("photo", "cpu", quality="best").for_noise(WHITE)
    fast, _ = ModelChoice("photo", "cpu").for_noise(WHITE)
    assert (best.denoiser.passes, fast.denoiser.passes) == (4, 1)


@pytest.mark.parametrize("name", ["auto", "photo"])
def test_best_quality_takes_the_larger_variant_where_there_is_one(shipped, name):
    add(shipped, "photo-large")
    for quality, white, camera in (("fast", "photo", "camera"), ("best", "photo-large", "camera")):
        choice = ModelChoice(name, "cpu", quality=quality)
        assert choice.for_noise(WHITE)[0].name == choice.name_for(WHITE) == white
        if choice.is_automatic:
            assert choice.for_noise(CAMERA)[0].name == choice.name_for(CAMERA) == camera


def test_a_damaged_larger_variant_gives_way_to_the_model_itself(shipped):
    add(shipped, "photo-large")
    (shipped / "photo-large.safetensors").write_bytes(b"no weights")
    model, (complaint,) = ModelChoice(device="cpu", quality="best").for_noise(WHITE)
    assert model.name == "photo"
    assert "photo-large.safetensors" in complaint


def test_a_missing_model_gives_way_to_the_next_with_a_sentence(shipped):
    (shipped / "camera.json").unlink()
    model, (complaint,) = ModelChoice(device="cpu").for_noise(CAMERA)
    assert model.name == "photo"
    assert complaint == (
        "No model for this kind of noise is installed. The model photo is used instead."
    )


def test_a_model_for_another_level_comes_last(shipped):
    add(shipped, "a-special", levels=(28, 28))
    assert ModelChoice().name_for(WHITE) == "photo"
    assert ModelChoice().name_for(NoiseFound("white", 28.0)) in ("photo", "a-special")


def test_a_damaged_model_gives_way_too_but_not_where_it_was_named(shipped):
    (shipped / "photo.safetensors").write_bytes(b"no weights")
    model, (complaint,) = ModelChoice(device="cpu").for_noise(WHITE)
    assert model.name == "camera"
    assert "photo.safetensors" in complaint
    with pytest.raises(WeightsError):
        ModelChoice("photo", "cpu").for_noise(WHITE)


def test_without_any_model_the_sentence_says_so(shipped):
    for path in shipped.iterdir():
        path.unlink()
    with pytest.raises(ModelNotFoundError, match="No model is installed"):
        ModelChoice(device="cpu").for_noise(WHITE)


def test_a_model_that_was_replaced_is_loaded_anew(shipped):
    choice = ModelChoice("photo", "cpu")
    before = choice.for_noise(WHITE)[0].denoiser
    assert choice.for_noise(WHITE)[0].denoiser is before
    add(shipped, "photo")
    assert choice.for_noise(WHITE)[0].denoiser is not before


def test_what_is_said(shipped):
    automatic = ModelChoice(device="cpu")
    assert (
        what_is_done(CAMERA, automatic, None)
        == "Camera noise, about 7 of 255, coarse: model Camera."
    )
    assert (
        what_is_done(replace(WHITE, sigma_255=1.44), automatic, 20.0)
        == "White noise, about 1.4 of 255; level 20 as chosen: model Photo."
    )
    assert what_is_done(CAMERA, automatic, None, used="photo").endswith(": model Photo.")
    clean = NoiseFound("clean", 0.0)
    assert what_is_done(clean, automatic, None).endswith("clean already; it is left as it is.")
    assert what_is_done(clean, ModelChoice("photo"), None).endswith("already: model Photo.")
