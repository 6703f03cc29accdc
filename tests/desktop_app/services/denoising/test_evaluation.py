"""Measuring a model on clean pictures with noise, and on real pairs."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.services.denoising.evaluation import (
    EvaluationFailed,
    EvaluationStarted,
    Measurement,
    evaluate_pairs,
    evaluate_synthetic,
    find_pairs,
    mean_figures,
    noise_seed,
    report,
)
from desktop_app.services.errors import AppError
from desktop_app.services.models.model_choice import ModelChoice
from desktop_app.services.training.validation_split import is_held_back


@pytest.fixture(scope="module")
def models(subtracting_model: Path) -> ModelChoice:
    return ModelChoice(str(subtracting_model), "cpu")


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    generator = np.random.default_rng(0)
    for name, mode in (("one.png", "RGB"), ("two.png", "RGB"), ("gray.png", "L")):
        smooth = generator.integers(60, 200, (5, 6, 3)).astype(np.uint8)
        Image.fromarray(smooth).resize((60, 50)).convert(mode).save(tmp_path / name)
    return tmp_path


def measured(events: object) -> list[Measurement]:
    started, *rest = list(events)
    assert isinstance(started, EvaluationStarted)
    assert started.total == len(rest)
    return rest


def test_the_noise_has_the_level_asked_for_and_is_not_clipped(clean, models):
    for result in measured(evaluate_synthetic(clean, models, [25.0])):
        assert result.noisy_psnr == pytest.approx(20 * math.log10(255 / 25), abs=0.2)
        assert result.sigma_255 == 25.0


def test_the_figures_are_those_of_the_denoised_picture(clean, models):
    """Without noise the model is off by exactly 10 of 255 everywhere."""
    for result in measured(evaluate_synthetic(clean, models, [0.0])):
        assert result.psnr == pytest.approx(20 * math.log10(25.5), abs=1e-3)
        assert result.noisy_psnr == math.inf
        assert result.ssim < result.noisy_ssim == pytest.approx(1.0)


def test_only_pictures_that_training_leaves_aside_can_be_measured(clean, models):
    with pytest.raises(AppError, match="held back from training"):
        list(evaluate_synthetic(clean, models, [25.0], held_back=True))
    name = next(f"{number}.png" for number in range(100) if is_held_back(f"{number}.png"))
    (clean / "one.png").rename(clean / name)
    [result] = measured(evaluate_synthetic(clean, models, [25.0], held_back=True))
    assert result.name == name


def test_the_noise_depends_on_name_level_and_seed_alone(clean, models, tmp_path_factory):
    everything = measured(evaluate_synthetic(clean, models, [15.0, 25.0], seed=3))
    alone = tmp_path_factory.mktemp("alone")
    (alone / "two.png").write_bytes((clean / "two.png").read_bytes())
    (again,) = measured(evaluate_synthetic(alone, models, [25.0], seed=3))
    (same,) = [m for m in everything if m.name == "two.png" and m.condition == "25"]
    assert (again.psnr, again.ssim, again.noisy_psnr) == (same.psnr, same.ssim, same.noisy_psnr)
    (other,) = measured(evaluate_synthetic(alone, models, [25.0], seed=4))
    assert other.noisy_psnr != again.noisy_psnr


def test_the_rule_for_seeds_is_the_documented_one():
    digest = hashlib.sha256(b"0000.png|25|0").digest()
    assert noise_seed("0000.png", 25.0) == int.from_bytes(digest[:8], "big") // 2


def test_an_estimated_level_is_near_the_known_one(clean, models):
    for result in measured(evaluate_synthetic(clean, models, [25.0], sigma_source="estimated")):
        assert result.sigma_255 != 25.0
        assert result.sigma_255 == pytest.approx(25, rel=0.2)


def test_real_pairs(tmp_path, models):
    for scene, value in (("a", 100), ("b", 150)):
        Image.new("RGB", (30, 20), (value,) * 3).save(tmp_path / f"{scene}_real.png")
        Image.new("RGB", (30, 20), (value - 10,) * 3).save(tmp_path / f"{scene}_mean.png")
    results = measured(evaluate_pairs(tmp_path, "*_real.png:*_mean.png", models, sigma_255=5.0))
    assert [result.name for result in results] == ["a_real.png", "b_real.png"]
    for result in results:
        assert result.noisy_psnr == pytest.approx(20 * math.log10(25.5), abs=1e-3)
        assert result.psnr > 100
        assert (result.condition, result.sigma_255) == ("pairs", 5.0)


@pytest.mark.parametrize("pattern", ["*_real.png", "a:b", "*:*x*", ":"])
def test_patterns_of_pairs_that_make_no_sense(clean, pattern):
    with pytest.raises(AppError, match="one star in each"):
        find_pairs(clean, pattern)


def test_pairs_that_are_not_there(clean):
    with pytest.raises(AppError, match=r"one\.png has no partner one\.jpg"):
        find_pairs(clean, "o*.png:o*.jpg")
    with pytest.raises(AppError, match="No picture"):
        find_pairs(clean, "*_real.png:*_mean.png")


def test_partners_of_different_size_are_named(tmp_path, models):
    Image.new("RGB", (30, 20)).save(tmp_path / "a_real.png")
    Image.new("L", (20, 30)).save(tmp_path / "a_mean.png")
    [failed] = measured(evaluate_pairs(tmp_path, "*_real.png:*_mean.png", models))
    assert "30 x 20 pixels in 3 channels and 20 x 30 pixels in 1 channel" in failed.reason


def test_one_damaged_file_never_loses_the_figures_of_the_others(clean, models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    for path in clean.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "a.png").write_bytes((clean / "one.png").read_bytes()[:200])
    events = list(evaluate_synthetic(folder, models, [25.0]))
    [failed] = [event for event in events if isinstance(event, EvaluationFailed)]
    assert failed.name == "a.png"
    assert "damaged" in failed.reason
    names = {event.name for event in events if isinstance(event, Measurement)}
    assert names == {path.name for path in clean.iterdir()}


def test_a_folder_without_pictures(tmp_path, models):
    with pytest.raises(AppError, match="There are no pictures"):
        next(evaluate_synthetic(tmp_path, models, [25.0]))


def test_means_and_report():
    def figures(name: str, condition: str, psnr: float) -> Measurement:
        return Measurement(name, condition, "Tiny", 25.0, 20.0, 0.5, psnr, 0.9, 0.25)

    perfect = json.loads(json.dumps(report([figures("a", "0", math.inf)]), allow_nan=False))
    assert perfect["mean"]["0"]["psnr"] is None

    results = [figures("a", "15", 30.0), figures("a", "25", 28.0), figures("b", "15", 34.0)]
    assert mean_figures(results)["15"]["psnr"] == 32.0
    content = json.loads(json.dumps(report(results, model="photo")))
    assert content["model"] == "photo"
    assert content["count"] == 2
    assert set(content["mean"]["25"]) >= {"psnr", "ssim", "seconds"}
    assert content["images"][0]["name"] == "a"
    assert content["images"][0]["25"]["psnr"] == 28.0
