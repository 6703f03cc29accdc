"""What a run is measured on stays, whatever happens to its folder, and is never learned from."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.services.training import validation_split
from desktop_app.services.training.data import DataConfig
from desktop_app.services.training.images import find_photos
from desktop_app.services.training.validation_split import Split, split_photos


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "photos"
    place.mkdir()
    for number in range(40):
        write(place / f"{number:02}.png", number)
    return place


def write(path: Path, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 256, (20, 20, 3), np.uint8)
    Image.fromarray(values).save(path)


def divided(folder: Path, record=()) -> tuple[Split, list[str], list[str]]:
    photos, _ = find_photos([folder], 16)
    split = split_photos(photos, record)
    learned = [photos.name(number) for number in split.learned]
    return split, learned, [photos.name(number) for number in split.kept]


def test_what_is_measured_on_stays_when_photos_come_go_and_are_renamed(folder):
    split, learned, kept = divided(folder)
    assert not set(learned) & set(kept)
    assert len(kept) >= 2
    for number in range(40, 90):
        write(folder / f"{number}.png", number)
    (folder / learned[0]).unlink()
    (folder / kept[0]).rename(folder / "renamed.png")
    again, learned_again, kept_again = divided(folder, split.record)
    assert kept_again == ["renamed.png", *kept[1:]]
    assert "renamed.png" not in learned_again
    assert again.record == split.record
    assert set(learned[1:]) <= set(learned_again)


def test_a_folder_given_twice_is_learned_from_twice_and_measured_on_once(folder):
    _, learned, kept = divided(folder)
    photos, _ = find_photos([folder, folder], 16)
    split = split_photos(photos)
    assert sorted(photos.name(number) for number in split.learned) == sorted(2 * learned)
    assert {photos.name(number) for number in split.kept} == set(kept)
    assert len(split.kept) == len(kept)


def test_a_photo_that_is_missing_is_said(folder):
    split, _, kept = divided(folder)
    (folder / kept[0]).unlink()
    again, _, kept_again = divided(folder, split.record)
    assert kept_again == kept[1:]
    (missing,) = again.skipped
    assert "which this run is measured on, is missing" in missing.reason


def test_a_copy_of_a_measured_photo_is_not_learned_from(folder):
    _, learned, kept = divided(folder)
    shutil.copy(folder / kept[0], folder / learned[0])
    split, learned_now, kept_now = divided(folder)
    assert kept_now == kept
    assert learned_now == learned[1:]
    (copy,) = split.skipped
    assert f"{learned[0]} is the same picture as {kept[0]}" in copy.reason


@pytest.mark.parametrize("change", ["quality", "half", "brighter"])
def test_a_measured_photo_in_another_file_is_not_learned_from(folder, change):
    _, learned, kept = divided(folder)
    photo = Image.fromarray(np.repeat(np.repeat(smooth(), 8, 0), 8, 1))
    photo.save(folder / kept[0])
    other = {
        "quality": lambda: photo,
        "half": lambda: photo.reduce(2),
        "brighter": lambda: photo.point(lambda value: min(255, value * 1.2)),
    }[change]()
    other.save(folder / "other.jpg", quality=40)
    split, learned_now, _ = divided(folder)
    assert learned_now == learned
    (skipped,) = split.skipped
    assert skipped.reason == f"other.jpg looks the same as {kept[0]}, which is measured on."


def smooth() -> np.ndarray:
    return np.random.default_rng(99).integers(40, 200, (12, 16, 3), np.uint8)


def test_a_series_of_one_scene_is_learned_from_and_said(folder):
    for number, path in enumerate(sorted(folder.iterdir())):
        noise = np.random.default_rng(number).integers(0, 20, (48, 64, 3), np.uint8)
        Image.fromarray(np.repeat(np.repeat(smooth(), 4, 0), 4, 1) + noise).save(path)
    split, learned, kept = divided(folder)
    assert len(learned) + len(kept) == 40
    assert split.skipped == []
    (sentence,) = split.notices
    assert sentence.startswith(f"{len(learned)} of {len(learned)} photos look like ones")


def test_the_comparison_of_very_many_photos_ends_and_that_is_said(folder, monkeypatch):
    monkeypatch.setattr(validation_split, "_MOST_PIXELS", 10 * 20 * 20)
    split, _, _ = divided(folder)
    assert split.notices == ("Only the first 10 photos were compared with those measured on.",)


def test_the_record_survives_as_json(folder):
    split, _, _ = divided(folder)
    data = DataConfig("photo", (str(folder),), validation=split.record)
    assert DataConfig.from_json(data.to_json()) == data
