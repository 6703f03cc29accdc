"""The choice of a model by the noise of a photo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app.services.models.model_choice import choose_model
from desktop_app.services.models.model_store import ModelEntry
from scratch_layers.models.card import ModelCard
from scratch_layers.noise_analysis import NoiseAnalysis, Verdict


def entry(name: str, kind: str, highest: float = 75.0, lowest: float = 0.0) -> ModelEntry:
    card = ModelCard(
        name=name,
        title=name,
        architecture="plain",
        noise={"kind": kind, "sigma_255": [lowest, highest]},
    )
    return ModelEntry(name, name, Path(f"{name}.safetensors"), card)


MINIPROJECT = entry("miniproject", "gaussian", 28.0, 28.0)
PHOTO = entry("photo", "gaussian")
CAMERA = entry("camera", "camera", 50.0)
ALL = [MINIPROJECT, PHOTO, CAMERA]


def analysis(verdict: Verdict, sigma_255: float = 12.0) -> NoiseAnalysis:
    return NoiseAnalysis(verdict, sigma=sigma_255 / 255)


def test_white_noise_goes_to_a_model_for_white_noise_of_its_level() -> None:
    choice = choose_model(analysis(Verdict.WHITE), ALL)
    assert (choice.name, choice.suited) == ("photo", True)
    assert choice.sigma_255 == pytest.approx(12)


def test_correlated_noise_goes_to_a_model_for_cameras() -> None:
    choice = choose_model(analysis(Verdict.CORRELATED), ALL)
    assert (choice.name, choice.suited) == ("camera", True)
    assert "camera" in choice.reason


def test_a_clean_photo_is_left_alone() -> None:
    assert choose_model(analysis(Verdict.CLEAN, 0.5), ALL).name is None


def test_a_gray_photo_is_told_what_its_three_equal_channels_hold() -> None:
    gray = replace(analysis(Verdict.WHITE, 25.0), gray=True)
    assert choose_model(gray, ALL).sigma_255 == pytest.approx(25 * 3**0.5)


def test_the_level_is_the_most_that_models_know() -> None:
    assert choose_model(analysis(Verdict.WHITE, 120.0), ALL).sigma_255 == 75


@pytest.mark.parametrize(
    ("verdict", "available", "name"),
    [(Verdict.CORRELATED, [PHOTO], "photo"), (Verdict.WHITE, [CAMERA], "camera")],
)
def test_the_next_best_stands_in_for_a_missing_model(
    verdict: Verdict, available: list[ModelEntry], name: str
) -> None:
    choice = choose_model(analysis(verdict), available)
    assert (choice.name, choice.suited) == (name, False)


def test_a_model_of_another_level_is_better_than_none() -> None:
    assert choose_model(analysis(Verdict.WHITE), [MINIPROJECT]).name == "miniproject"


def test_without_models_nothing_is_chosen_and_said() -> None:
    choice = choose_model(analysis(Verdict.WHITE), [])
    assert (choice.name, choice.suited) == (None, False)
    assert "no model" in choice.reason


def test_small_photos_get_a_default_level_and_it_is_said() -> None:
    choice = choose_model(NoiseAnalysis(Verdict.TOO_SMALL), ALL)
    assert choice.name == "photo"
    assert choice.sigma_255 == 10
    assert "too small" in choice.reason
