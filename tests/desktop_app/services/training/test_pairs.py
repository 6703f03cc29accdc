"""Matching the two shots of each scene."""

import pytest
import torch
from PIL import Image

from desktop_app.services.training.files import TrainingDataError
from desktop_app.services.training.pairs import find_pairs


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
