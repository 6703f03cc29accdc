"""Folders of pictures as training data."""

import threading

import numpy as np
import pytest
import torch
from PIL import Image

from desktop_app.services.errors import PictureError
from desktop_app.services.training.files import TrainingDataError
from desktop_app.services.training.images import FolderPhotos, find_photos
from scratch_layers.data.corruption import GaussianNoise
from scratch_layers.data.photo_batches import CleanPhotoBatches
from scratch_layers.data.sources import UnreadablePhotoError


def save(path, value=100, size=(40, 30), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value if mode != "RGB" else (value, value // 2, 0)).save(path)
    return path


def test_pictures_of_a_tree_become_photos_in_the_order_of_their_names(tmp_path):
    save(tmp_path / "b.png", 20)
    save(tmp_path / "a" / "z.jpg", 10)
    (tmp_path / "notes.txt").write_text("no picture")
    photos, skipped = find_photos([tmp_path], smallest_side=16)
    assert [photos.name(index) for index in range(len(photos))] == ["a/z.jpg", "b.png"]
    assert skipped == []
    assert photos.load(1).shape == (3, 30, 40)
    assert photos.load(1).dtype == torch.uint8
    assert photos.load(1)[:, 0, 0].tolist() == [20, 10, 0]


def test_gray_and_16_bit_pictures_work(tmp_path):
    save(tmp_path / "gray.png", 77, mode="L")
    deep = np.full((30, 40), 65535, np.uint16)
    deep[0, 0] = 257 * 90 + 128
    Image.fromarray(deep).save(tmp_path / "deep.png")
    photos, _ = find_photos([tmp_path], smallest_side=16)
    deep_photo, gray_photo = photos.load(0), photos.load(1)
    assert gray_photo.unique().tolist() == [77]
    assert gray_photo.shape == (3, 30, 40)
    assert deep_photo[:, 0, 0].tolist() == [90, 90, 90]
    assert deep_photo[:, 1:].unique().tolist() == [255]


def test_damaged_and_tiny_pictures_are_skipped_and_named(tmp_path):
    save(tmp_path / "good.png")
    save(tmp_path / "tiny.png", size=(40, 8))
    (tmp_path / "text.png").write_text("this is text")
    (tmp_path / "empty.jpg").write_bytes(b"")
    photos, skipped = find_photos([tmp_path], smallest_side=16)
    assert len(photos) == 1
    assert {item.name: item.reason for item in skipped} == {
        "empty.jpg": "empty.jpg is damaged or not a picture.",
        "text.png": "text.png is damaged or not a picture.",
        "tiny.png": "tiny.png has 40x8 pixels, fewer than a patch of 16x16.",
    }


def test_damage_behind_a_good_header_is_found_when_the_photo_is_loaded(tmp_path):
    generator = np.random.default_rng(1)
    noise = generator.integers(0, 256, (60, 60, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "cut.png")
    content = (tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(content[: len(content) // 2])
    photos, skipped = find_photos([tmp_path], smallest_side=16)
    assert skipped == []
    with pytest.raises(UnreadablePhotoError, match=r"cut\.png"):
        photos.load(0)


def test_a_folder_without_pictures_is_an_error(tmp_path):
    with pytest.raises(TrainingDataError, match="There are no pictures in .*; choose a folder"):
        find_photos([tmp_path], smallest_side=16)


def test_a_folder_of_useless_pictures_is_an_error_that_names_one(tmp_path):
    save(tmp_path / "tiny.png", size=(8, 8))
    with pytest.raises(TrainingDataError, match=r"None of the 1 pictures .* tiny\.png has 8x8"):
        find_photos([tmp_path], smallest_side=16)


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(PictureError, match="does not exist"):
        find_photos([tmp_path / "nowhere"], smallest_side=16)


def test_decoded_photos_are_kept_within_the_memory_allowed(tmp_path, monkeypatch):
    paths = [save(tmp_path / f"{number}.png", number) for number in range(4)]
    one_photo = 3 * 30 * 40
    photos = FolderPhotos(paths, [path.name for path in paths], cache_bytes=2 * one_photo)
    decoded = []
    decode = photos._decode
    monkeypatch.setattr(photos, "_decode", lambda index: decoded.append(index) or decode(index))
    for index in (0, 1, 0, 2, 0, 1):
        assert int(photos.load(index)[0, 0, 0]) == index
    assert decoded == [0, 1, 2, 1]
    assert len(photos._cache) == 2


def test_photos_can_be_loaded_from_several_threads(tmp_path):
    paths = [save(tmp_path / f"{number}.png", number) for number in range(6)]
    photos = FolderPhotos(paths, [path.name for path in paths], cache_bytes=8000)
    wrong = []

    def load_all():
        for index in [*range(6)] * 5:
            if int(photos.load(index)[0, 0, 0]) != index:
                wrong.append(index)

    threads = [threading.Thread(target=load_all) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_pictures_that_do_not_fit_into_memory_are_seldom_decoded_twice(tmp_path, monkeypatch):
    for number in range(12):
        save(tmp_path / f"{number:02}.png", number)
    photos, _ = find_photos([tmp_path], smallest_side=16, cache_bytes=4 * 3 * 30 * 40)
    assert photos.window == 3
    assert find_photos([tmp_path], smallest_side=16)[0].window is None
    decoded = []
    decode = photos._decode
    monkeypatch.setattr(photos, "_decode", lambda index: decoded.append(index) or decode(index))
    batches = CleanPhotoBatches(photos, GaussianNoise(), 16, 16, seed=1)
    for step in range(40):
        batches.batch(step)
    assert len(decoded) <= 3 + 40 * 16 / 64
