"""``denoise``: files, folders, and everything that can go wrong."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.services import pictures
from desktop_app.services.denoising import batch
from desktop_app.services.models import model_store
from tests.desktop_app.raw_files import write_noisy_photo, write_one_of_each_sensor, write_samples


def samples(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def denoise(run_app, subtracting_model):
    def run(*arguments: object):
        return run_app("denoise", *arguments, "--model", subtracting_model, "--device", "cpu")

    return run


def test_one_file_to_one_file(denoise, photo, tmp_path):
    result = denoise(photo, "-o", tmp_path / "clean.jpg", "--sigma", 25)
    assert result.code == 0
    assert str(tmp_path / "clean.jpg") in result.out
    assert result.err == ""
    assert np.abs(samples(tmp_path / "clean.jpg").astype(int) - 110).max() <= 1
    with Image.open(tmp_path / "clean.jpg") as clean, Image.open(photo) as source:
        assert clean.quantization == source.quantization
        assert clean.info["dpi"] == (240, 240)


def test_depth_dates_and_hot_pixels_as_wished(denoise, tmp_path):
    hot = np.full((20, 24, 3), 100, np.uint8)
    hot[9, 9] = 255
    source, target = tmp_path / "hot.png", tmp_path / "clean.png"
    Image.fromarray(hot).save(source)
    os.utime(source, (1_100_000_000, 1_100_000_000))
    wishes = "--deep", "--keep-dates", "--hot-pixels"
    result = denoise(source, "-o", target, "--sigma", 9, *wishes)
    assert "1 hot pixel was replaced." in result.err
    clean = pictures.open_picture(target)
    assert (clean.bits, clean.samples.min(), clean.samples.max()) == (16, 90 * 257, 90 * 257)
    assert target.stat().st_mtime == 1_100_000_000


def test_several_files_into_a_folder_that_is_made(denoise, photo, tmp_path):
    Image.new("L", (20, 20), 77).save(tmp_path / "gray.png")
    result = denoise(photo, tmp_path / "gray.png", "-o", tmp_path / "out", "--sigma", "auto")
    assert result.code == 0
    assert names(tmp_path / "out") == ["gray_denoised.png", "photo_denoised.jpg"]
    assert (samples(tmp_path / "out" / "gray_denoised.png") == 67).all()
    assert result.out.endswith("2 pictures: 2 denoised.\n")


def test_a_folder_with_its_structure(denoise, photo, tmp_path):
    (tmp_path / "album" / "trip").mkdir(parents=True)
    for place in ("one.png", "trip/two.png"):
        Image.new("RGB", (20, 20), (50, 60, 70)).save(tmp_path / "album" / place)
    (tmp_path / "album" / "bad.png").write_text("no picture")
    out = tmp_path / "out"
    result = denoise(tmp_path / "album", "-o", out, "--recursive", "--name", "{name}")
    assert result.code == 1
    assert "bad.png is not a picture" in result.err
    assert result.out.endswith("3 pictures: 2 denoised, 1 failed.\n")
    assert (samples(out / "trip" / "two.png") == (40, 50, 60)).all()
    assert names(out) == ["one.png", "trip"]

    again = denoise(tmp_path / "album", "-o", out, "--recursive", "--name", "{name}")
    assert again.out.endswith("3 pictures: 0 denoised, 2 skipped, 1 failed.\n")


def test_raw_files_are_denoised_before_their_development(
    run_app, models_for_raw_files, monkeypatch, tmp_path
):
    pytest.importorskip("rawpy")
    monkeypatch.setattr(model_store, "pretrained_folder", lambda: models_for_raw_files)
    (tmp_path / "card").mkdir()
    write_noisy_photo(tmp_path / "card" / "photo.dng")
    choices = ["--half-size", "--exposure", -0.5, "--white-balance", "auto", "--device", "cpu"]
    for more in ([], ["--dng"]):
        result = run_app("denoise", tmp_path / "card", "-o", tmp_path / "out", *choices, *more)
        assert result.code == 0
        assert "model Raw, before development." in result.out
        assert "with an automatic white balance" in result.err
    assert names(tmp_path / "out") == ["photo_denoised.dng", "photo_denoised.tif"]
    with Image.open(tmp_path / "out" / "photo_denoised.tif") as image:
        assert image.size == (35, 45)
    assert run_app("denoise", tmp_path / "card", "--exposure", 5).code == 2


def test_what_cannot_be_dng_is_saved_as_without_it(
    run_app, models_for_raw_files, monkeypatch, photo, tmp_path
):
    pytest.importorskip("rawpy")
    monkeypatch.setattr(model_store, "pretrained_folder", lambda: models_for_raw_files)
    write_one_of_each_sensor(photo.parent)
    write_noisy_photo(photo.parent / "noisy.dng")
    command = "denoise", photo.parent, "-o", tmp_path / "out", "--dng", "--device", "cpu"
    result = run_app(*command)
    assert result.code == 0
    others = ["linear_denoised.tif", "photo_denoised.jpg", "xtrans_denoised.tif"]
    assert names(tmp_path / "out") == sorted([*others, "bayer_denoised.dng", "noisy_denoised.dng"])
    told = [line for line in result.err.splitlines() if "DNG is only for what" in line]
    assert [line.split(": DNG")[0].rsplit("/", 1)[1] for line in told] == [
        "linear.dng: Saved as TIFF",
        "photo.jpg: Saved as JPEG",
        "xtrans.dng: Saved as TIFF",
    ]
    assert run_app(*command).out.endswith("5 pictures: 0 denoised, 5 skipped.\n")
    # The same with a model that cleans what was developed.
    named = run_app(*command, "--model", "camera", "--overwrite")
    assert named.code == 0
    assert "noisy.dng: Saved as TIFF" in named.err
    assert "noisy_denoised.tif" in names(tmp_path / "out")


def test_a_raw_file_under_another_name_becomes_dng_as_well(
    run_app, models_for_raw_files, monkeypatch, tmp_path
):
    pytest.importorskip("rawpy")
    monkeypatch.setattr(model_store, "pretrained_folder", lambda: models_for_raw_files)
    card, out = tmp_path / "card", tmp_path / "out"
    card.mkdir()
    for name in ("a.tif", "b.jpg", "c", "d.nef"):
        write_noisy_photo(card / name)
    Image.new("RGB", (20, 20)).save(card / "plain.tif")
    result = run_app("denoise", card, card / "c", "-o", out, "--dng", "--device", "cpu")
    assert result.code == 0
    made = [f"{name}_denoised.dng" for name in "abcd"]
    assert names(out) == [*made, "plain_denoised.tif"]
    assert all(pictures.open_picture(out / name).mosaic is not None for name in made)
    told = [line for line in result.err.splitlines() if "DNG is only for what" in line]
    assert [line.split(": ")[0] for line in told] == [str(card / "plain.tif")]


def cut_weights_off(folder: Path) -> None:
    weights = folder / "raw.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def describe_another_network(folder: Path) -> None:
    card = json.loads((folder / "raw.json").read_text())
    card["configuration"]["widths"] = [8]
    del card["card_sha256"]
    (folder / "raw.json").write_text(json.dumps(card))


@pytest.mark.parametrize("damage", [cut_weights_off, describe_another_network])
def test_where_the_model_for_mosaics_is_damaged_each_raw_file_says_so(
    run_app, models_for_raw_files, monkeypatch, photo, tmp_path, damage
):
    pytest.importorskip("rawpy")
    models, out = tmp_path / "models", tmp_path / "out"
    shutil.copytree(models_for_raw_files, models)
    damage(models)
    monkeypatch.setattr(model_store, "pretrained_folder", lambda: models)
    card = tmp_path / "card"
    card.mkdir()
    for name in ("a.dng", "b.dng"):
        write_noisy_photo(card / name)
    write_samples(card / "clean.dng", np.full((96, 96), 20_000, np.uint16))
    photo.rename(card / "photo.jpg")
    command = "denoise", card, "-o", out, "--dng", "--device", "cpu"
    result = run_app(*command)
    assert result.code == 0
    results = ["a_denoised.tif", "b_denoised.tif", "clean_denoised.dng", "photo_denoised.jpg"]
    assert names(out) == results
    told = [line for line in result.err.splitlines() if "raw.safetensors" in line]
    assert [line.split(": ")[0] for line in told] == [str(card / "a.dng"), str(card / "b.dng")]
    assert all(line.endswith("The model camera is used instead.") for line in told)
    assert result.err.count("Saved as TIFF: DNG is only for what") == 2
    # What is there already is skipped, as in any other batch.
    again = run_app(*command)
    assert (again.code, again.out.splitlines()[-1]) == (0, "4 pictures: 0 denoised, 4 skipped.")
    # Named, it is not replaced by another model, and nothing is begun.
    named = run_app(*command, "--model", "raw", "--overwrite")
    assert (named.code, named.err.count("\n")) == (1, 1)
    assert "raw.safetensors" in named.err
    assert names(out) == results


def test_one_result_that_cannot_be_dng_is_refused_before_the_work(
    run_app, models_for_raw_files, monkeypatch, tmp_path
):
    pytest.importorskip("rawpy")
    monkeypatch.setattr(model_store, "pretrained_folder", lambda: models_for_raw_files)
    monkeypatch.setattr(batch, "denoise", None)
    write_noisy_photo(tmp_path / "noisy.dng")
    command = "denoise", tmp_path / "noisy.dng", "-o", tmp_path / "clean.dng", "--device", "cpu"
    result = run_app(*command, "--model", "camera")
    assert result.code == 1
    assert "denoised before their development; choose .tif" in result.err
    assert names(tmp_path) == ["noisy.dng"]


def test_without_an_output_the_result_lies_beside_the_source(denoise, photo):
    assert denoise(photo).code == 0
    assert names(photo.parent) == ["photo.jpg", "photo_denoised.jpg"]


@pytest.mark.parametrize(("strength", "expected"), [(0, 120), (50, 115), (100, 110)])
def test_strength(denoise, photo, tmp_path, strength, expected):
    denoise(photo, "-o", tmp_path / "out.png", "--strength", strength)
    assert (samples(tmp_path / "out.png") == expected).all()


def test_tiles(denoise, photo, tmp_path):
    assert denoise(photo, "-o", tmp_path / "out.png", "--tile", 16).code == 0
    assert (samples(tmp_path / "out.png") == 110).all()


def test_notices_come_on_standard_error(denoise, tmp_path):
    Image.new("CMYK", (9, 9)).save(tmp_path / "print.tif")
    result = denoise(tmp_path / "print.tif", "-o", tmp_path / "out.bmp")
    assert result.code == 0
    assert (
        "print.tif: The file holds print colours (CMYK); the result is in RGB with 8 bits."
        in result.err
    )


def test_an_existing_file_is_left_unless_told_otherwise(denoise, photo, tmp_path):
    target = tmp_path / "out.png"
    target.write_bytes(b"precious")
    refused = denoise(photo, "-o", target)
    assert refused.code == 1
    assert refused.err.startswith(f"{target} exists already; choose another name, or allow")
    assert "--overwrite" in refused.err
    assert target.read_bytes() == b"precious"
    assert denoise(photo, "-o", target, "--existing", "rename").code == 0
    assert names(tmp_path) == ["out.png", "out_2.png", "photo.jpg"]
    assert denoise(photo, "-o", target, "--overwrite").code == 0
    assert (samples(target) == 110).all()


def test_first_frame_and_damaged_files_on_request(denoise, tmp_path):
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "green")]
    frames[0].save(tmp_path / "moving.webp", save_all=True, append_images=frames[1:])
    assert "--first-frame" in denoise(tmp_path / "moving.webp").err
    assert denoise(tmp_path / "moving.webp", "--first-frame").code == 0

    noise = np.random.default_rng(0).integers(1, 256, (200, 200, 3)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "half.png")
    data = (tmp_path / "half.png").read_bytes()
    (tmp_path / "half.png").write_bytes(data[: len(data) // 2])
    assert "--allow-damaged" in denoise(tmp_path / "half.png").err
    result = denoise(tmp_path / "half.png", "--allow-damaged")
    assert result.code == 0
    assert "% of the picture is missing" in result.err


def make_text_named_png(folder: Path) -> Path:
    path = folder / "notes.png"
    path.write_text("Dear diary")
    return path


def make_truncated(folder: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 256, (99, 99, 3)).astype(np.uint8)
    path = folder / "half.jpg"
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:3000])
    return path


def make_empty_folder(folder: Path) -> Path:
    path = folder / "empty"
    path.mkdir()
    return path


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda folder: folder / "none.jpg", "does not exist"),
        (make_text_named_png, "is not a picture"),
        (make_truncated, "is damaged"),
        (make_empty_folder, "There are no pictures in"),
    ],
)
def test_bad_input_gets_one_sentence_and_leaves_nothing(denoise, tmp_path, make, complaint):
    source = make(tmp_path)
    before = names(tmp_path)
    result = denoise(source, "-o", tmp_path / ("out" if source.is_dir() else "out.png"))
    assert result.code == 1
    assert complaint in result.err
    assert result.err.count("\n") == 1
    assert result.err.endswith(".\n")
    assert names(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--sigma", "76"), "'76' is not a noise level from 0 to 75"),
        (("--sigma", "-1"), "is not a noise level"),
        (("--sigma", "nan"), "is not a noise level"),
        (("--sigma", "much"), "is not a noise level"),
        (("--strength", "101"), "'101' is not a strength from 0 to 100"),
        (("--tile", "3"), "is not a tile size"),
        (("--existing", "panic"), "invalid choice"),
        (("--no-such-option",), "Unrecognized arguments"),
    ],
)
def test_arguments_out_of_range_are_usage_errors(run_app, photo, tmp_path, arguments, complaint):
    result = run_app("denoise", photo, "-o", tmp_path / "out.png", *arguments)
    assert result.code == 2
    assert complaint in result.err
    assert result.err.count("\n") == 1
    assert names(tmp_path) == ["photo.jpg"]


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("x" * 300 + ".png", "the name is too long"),
        ("out.gif", "256 colours"),
        ("out.xyz", "the ending .xyz is unknown"),
        ("photo.jpg/out.png", "cannot be made"),
    ],
)
def test_targets_that_cannot_be_written(denoise, photo, tmp_path, target, complaint):
    result = denoise(photo, "-o", f"{tmp_path}/{target}")
    assert result.code == 1
    assert complaint in result.err
    assert names(tmp_path) == ["photo.jpg"]


def test_a_read_only_folder(denoise, photo, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    result = denoise(photo, "-o", tmp_path / "out.png")
    assert result.code == 1
    assert result.err == f"{tmp_path / 'out.png'} cannot be written: permission was denied.\n"


def test_models_that_cannot_be_used(run_app, photo, tmp_path, subtracting_model):
    target = tmp_path / "out.png"
    unknown = run_app("denoise", photo, "-o", target, "--model", "fantasy")
    assert (unknown.code, unknown.err.count("\n")) == (1, 1)
    assert "There is no model called 'fantasy'" in unknown.err

    for ending in (".safetensors", ".json"):
        copy = (tmp_path / "model").with_suffix(ending)
        copy.write_bytes(subtracting_model.with_suffix(ending).read_bytes())
    card = json.loads((tmp_path / "model.json").read_text())
    card["configuration"]["widths"] = [8, 8]
    del card["card_sha256"]
    (tmp_path / "model.json").write_text(json.dumps(card))
    wrong = run_app("denoise", photo, "-o", target, "--model", tmp_path / "model.safetensors")
    assert (wrong.code, wrong.err.count("\n")) == (1, 1)
    assert "shape" in wrong.err
    assert not target.exists()


def test_an_unknown_device(run_app, photo, tmp_path, subtracting_model):
    result = run_app("denoise", photo, "--model", subtracting_model, "--device", "abacus")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "abacus" in result.err
    assert names(tmp_path) == ["photo.jpg"]


def test_ctrl_c_leaves_nothing_half_written(denoise, photo, tmp_path, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pictures, "save_picture", interrupted)
    result = denoise(photo, "-o", tmp_path / "out.png")
    assert result.code == 130
    assert result.err == "Interrupted; files that were being written were left as they were.\n"
    assert names(tmp_path) == ["photo.jpg"]
