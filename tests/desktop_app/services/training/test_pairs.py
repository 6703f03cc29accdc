"""Matching the two shots of each scene."""

import pytest
import torch
from PIL import Image

from desktop_app.services.training.data import DataConfig
from desktop_app.services.training.files import TrainingDataError
from desktop_app.services.training.pairs import find_pairs
from desktop_app.services.training.sources import open_training_data
from scratch_layers.training.config import TrainingConfig


def save(path, value=10, size=(40, 30)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, value, value)).save(path)


def values(source):
    return [int(source.load(index)[0, 0, 0]) for index in range(len(source))]


def test_pictures_of_equal_names_in_two_folders_are_pairs(tmp_path):
    for name, first, second in (("a", 1, 2), ("deep/b", 3, 4)):
        save(tmp_path / "one" / f"{name}.png", first)
        save(tmp_path / "two" / f"{name}.bmp", second)
    inputs, targets, skipped = find_pairs([tmp_path / "one", tmp_path / "two"], None, 16)
    assert (values(inputs), values(targets)) == ([1, 3], [2, 4])
    assert [inputs.name(index) for index in range(2)] == ["a", "deep/b"]
    assert skipped == []


def test_markers_tell_the_shots_of_one_folder_apart(tmp_path):
    save(tmp_path / "s1_real.png", 1)
    save(tmp_path / "s1_mean.png", 2)
    save(tmp_path / "unrelated.png", 9)
    inputs, targets, skipped = find_pairs([tmp_path], ("_real", "_mean"), 16)
    assert (values(inputs), values(targets)) == ([1], [2])
    assert skipped == []


def test_pictures_that_do_not_match_are_skipped_and_named(tmp_path):
    for name in ("good", "lonely", "cut", "tiny"):
        save(tmp_path / "one" / f"{name}.png", size=(8, 8) if name == "tiny" else (40, 30))
    for name in ("good", "cut", "tiny"):
        save(tmp_path / "two" / f"{name}.png", size=(40, 31) if name == "cut" else (40, 30))
    inputs, _, skipped = find_pairs([tmp_path / "one", tmp_path / "two"], None, 16)
    assert [inputs.name(index) for index in range(len(inputs))] == ["good"]
    assert {item.name: item.reason for item in skipped} == {
        "lonely.png": "lonely.png has no partner of the name lonely.",
        "cut": "cut.png has 40x30 pixels and cut.png 40x31, but two shots of a scene must have "
        "one size.",
        "tiny": "tiny.png has 8x8 pixels, fewer than a patch of 16x16.",
    }


def test_no_pairs_at_all_are_an_error(tmp_path):
    save(tmp_path / "one" / "a.png")
    save(tmp_path / "two" / "b.png")
    with pytest.raises(TrainingDataError, match=r"no pairs .* a\.png has no partner"):
        find_pairs([tmp_path / "one", tmp_path / "two"], None, 16)


def test_both_shots_are_read_alike(tmp_path):
    save(tmp_path / "one" / "a.png", 50)
    (tmp_path / "two").mkdir()
    Image.new("L", (40, 30), 60).save(tmp_path / "two" / "a.png")
    inputs, targets, _ = find_pairs([tmp_path / "one", tmp_path / "two"], None, 16)
    assert inputs.load(0).shape == targets.load(0).shape == (3, 30, 40)
    assert targets.load(0).dtype == torch.uint8


@pytest.mark.parametrize("turn", [1, 3, 6, 8])
def test_shots_on_their_side_are_upright_pairs(tmp_path, turn):
    for number in range(2):
        exif = Image.Exif()
        exif[0x0112] = turn
        for name in ("one", "two"):
            (tmp_path / name).mkdir(exist_ok=True)
            Image.new("RGB", (64, 48), (9, 9, 9)).save(tmp_path / name / f"{number}.jpg", exif=exif)
    data = DataConfig("pairs", (str(tmp_path / "one"), str(tmp_path / "two")), patch_size=16)
    training = TrainingConfig(steps=1, configuration={"widths": [4]}, architecture="plain")
    opened = open_training_data(data, training)
    shape = (3, 48, 64) if turn in (1, 3) else (3, 64, 48)
    assert opened.examples[0].noisy.shape == shape
    assert opened.skipped == []


def test_a_shot_on_its_side_does_not_fit_an_upright_one_of_the_same_numbers(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    for name, options in (("one", {}), ("two", {"exif": exif})):
        (tmp_path / name).mkdir()
        Image.new("RGB", (64, 48)).save(tmp_path / name / "a.jpg", **options)
    with pytest.raises(TrainingDataError, match="64x48 pixels and a.jpg 48x64"):
        find_pairs([tmp_path / "one", tmp_path / "two"], None, 16)
