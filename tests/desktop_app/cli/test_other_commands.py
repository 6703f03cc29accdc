"""``noise``, ``evaluate`` and ``models``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.services.models import model_store


@pytest.fixture
def evaluate(run_app, subtracting_model):
    def run(*arguments: object):
        return run_app("evaluate", *arguments, "--model", subtracting_model, "--device", "cpu")

    return run


@pytest.fixture
def clean_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "clean"
    folder.mkdir()
    for name, value in (("a.png", 90), ("b.png", 140)):
        Image.new("RGB", (30, 20), (value,) * 3).save(folder / name)
    return folder


def test_noise_is_added_the_same_way_twice(run_app, photo, tmp_path):
    command = ("noise", photo, "--kind", "gaussian", "--level", 25, "--seed", 1, "-o")
    assert run_app(*command, tmp_path / "one.png").code == 0
    assert run_app(*command, tmp_path / "two.png").code == 0
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    with Image.open(tmp_path / "one.png") as image:
        assert np.asarray(image).std() == pytest.approx(25, rel=0.1)
        assert image.info["dpi"] == pytest.approx((240, 240), abs=0.1)


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("--level", "76"), 1, "between 0 and 75"),
        (("--kind", "poisson", "--level", "0"), 1, "between 1 and 10000"),
        (("--kind", "camera", "--level", "101"), 1, "between 0 and 100"),
        (("--level", "nan"), 2, "'nan' is not a number"),
        (("--kind", "fog"), 2, "invalid choice"),
        (("--seed", "-1"), 2, "is not a seed"),
    ],
)
def test_noise_that_makes_no_sense(run_app, photo, tmp_path, arguments, code, complaint):
    result = run_app("noise", photo, "-o", tmp_path / "out.png", *arguments)
    assert (result.code, result.err.count("\n")) == (code, 1)
    assert complaint in result.err
    assert not (tmp_path / "out.png").exists()


def test_noise_overwrites_only_on_request(run_app, photo, tmp_path):
    target = tmp_path / "out.png"
    target.write_bytes(b"precious")
    assert run_app("noise", photo, "-o", target).code == 1
    assert target.read_bytes() == b"precious"
    assert run_app("noise", photo, "-o", target, "--overwrite").code == 0


def test_evaluate_prints_and_writes_all_figures(evaluate, clean_folder, tmp_path):
    report = tmp_path / "report.json"
    result = evaluate(clean_folder, "--sigma", "15,25", "--json", report)
    assert (result.code, result.err) == (0, "")
    assert result.out.count("a.png") == 2
    assert result.out.count("mean of 2") == 2
    content = json.loads(report.read_text())
    assert set(content["mean"]) == {"15", "25"}
    assert set(content["mean"]["25"]) >= {"psnr", "ssim", "seconds"}
    assert [image["name"] for image in content["images"]] == ["a.png", "b.png"]
    mean = sum(image["25"]["psnr"] for image in content["images"]) / 2
    assert content["mean"]["25"]["psnr"] == pytest.approx(mean)
    assert (content["model"], content["sigma_source"]) == ("subtracting", "known")
    assert f"{mean:6.2f} dB" in result.out


def test_evaluate_blind_and_on_pairs(evaluate, clean_folder, tmp_path):
    report = tmp_path / "report.json"
    evaluate(clean_folder, "--sigma", "25", "--sigma-source", "estimated", "--json", report)
    assert json.loads(report.read_text())["sigma_source"] == "estimated"

    for path in list(clean_folder.iterdir()):
        path.rename(path.with_stem(f"{path.stem}_mean"))
        Image.new("RGB", (30, 20), (100,) * 3).save(path.with_stem(f"{path.stem}_real"))
    result = evaluate(clean_folder, "--pairs", "*_real.png:*_mean.png", "--json", report)
    assert result.code == 0
    assert "mean of 2" in result.out
    content = json.loads(report.read_text())
    assert set(content["mean"]) == {"pairs"}
    assert content["images"][0]["pairs"]["psnr"] is None
    assert evaluate(clean_folder, "--pairs", "*_real.png:*_mean.png", "--sigma", "1,2").code == 1


def test_evaluate_bad_input(evaluate, clean_folder, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.png").write_text("text")
    for arguments, complaint in (
        ((tmp_path / "none",), "does not exist"),
        ((tmp_path / "empty",), "There are no pictures"),
        ((tmp_path / "broken",), "is not a picture"),
        ((clean_folder / "a.png",), "is a file, not a folder"),
        ((clean_folder, "--json", tmp_path / "none" / "x.json"), "the folder does not exist"),
        ((clean_folder, "--pairs", "nonsense"), "one star in each"),
        ((clean_folder, "--pairs", "*a.png:*b.png", "--held-back"), "leave it out with --pairs"),
    ):
        result = evaluate(*arguments)
        assert (result.code, result.err.count("\n")) == (1, 1), arguments
        assert complaint in result.err
    assert evaluate(clean_folder, "--sigma", "15,x").code == 2


@pytest.fixture
def installed_model(subtracting_model, monkeypatch) -> Path:
    monkeypatch.setattr(model_store, "pretrained_folder", lambda: subtracting_model.parent)
    return subtracting_model


def test_models_are_listed_with_their_cards(run_app, installed_model):
    result = run_app("models")
    assert (result.code, result.err) == (0, "")
    assert "subtracting: Takes 10 away" in result.out
    assert "CBSD68: sigma 25 31.25 dB, SSIM 0.8850" in result.out
    assert str(installed_model) in result.out


def test_models_as_json(run_app, installed_model):
    (card,) = json.loads(run_app("models", "--json").out)
    assert card["name"] == "subtracting"
    assert card["architecture"] == "photo-unet"
    assert card["path"] == str(installed_model)


def test_no_models_and_damaged_ones(run_app, tmp_path, monkeypatch):
    monkeypatch.setattr(model_store, "pretrained_folder", lambda: tmp_path)
    assert run_app("models").out == "No model is installed.\n"
    (tmp_path / "bad.json").write_text("{")
    result = run_app("models")
    assert result.code == 1
    assert "bad.json" in result.err
