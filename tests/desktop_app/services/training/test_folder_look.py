"""Folders of training photos are counted and pictured before anything is learned."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from desktop_app.services.training.folder_look import (
    SIDE,
    THUMBNAILS,
    FolderLook,
    look_into,
    pair_words,
    thumbnail,
)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    (folder / "inside").mkdir(parents=True)
    for number in range(7):
        place = folder / "inside" if number % 2 else folder
        Image.new("RGB", (300, 200), (10 * number, 0, 0)).save(place / f"{number}.png")
    return folder


def looks(folder, smallest_side=64, should_stop=lambda: False):
    return list(look_into(folder, smallest_side, should_stop))


def test_photos_are_counted_and_some_are_pictured_one_after_the_other(photos):
    found = looks(photos)
    assert [len(look.thumbnails) for look in found] == [1, 2, 3, 4, 5, THUMBNAILS]
    last = found[-1]
    assert last.complete
    assert last.words == "7 photos."
    assert "inside/1" in last.names
    assert all(max(picture.shape[:2]) == SIDE for picture in last.thumbnails)


def test_what_cannot_be_learned_from_is_counted_with_the_first_reason(photos):
    Image.new("RGB", (30, 20)).save(photos / "small.png")
    (photos / "torn.png").write_bytes(b"no picture")
    last = looks(photos)[-1]
    assert len(last.names) == 7
    assert last.skipped == 2
    assert last.words.startswith("7 photos; 2 others are not used: small.png has 30x20 pixels")


@pytest.mark.parametrize("kind", ["missing", "empty", "file", "unusable"])
def test_a_folder_without_photos_says_why(tmp_path, kind):
    folder = tmp_path / kind
    if kind == "file":
        folder.write_text("not a folder")
    elif kind != "missing":
        folder.mkdir()
    if kind == "unusable":
        Image.new("RGB", (8, 8)).save(folder / "tiny.png")
    [look] = looks(folder)
    assert look.complete
    assert look.problem == look.words
    assert (kind if kind != "unusable" else "tiny.png") in look.words


def test_the_search_ends_when_it_is_asked_to(photos):
    assert looks(photos, should_stop=lambda: True) == []


def test_the_search_tells_how_far_it_is(photos, monkeypatch):
    from desktop_app.services.training import folder_look

    monkeypatch.setattr(folder_look, "TELL_EVERY", 3)
    assert [look.words for look in looks(photos)[:2]] == ["3 photos so far …", "6 photos so far …"]


@pytest.mark.parametrize(
    ("suffix", "mode"),
    [
        *(("png", mode) for mode in ("L", "RGB", "RGBA", "P", "I;16")),
        *(("tif", mode) for mode in ("L", "RGB", "RGBA", "P", "CMYK", "I;16")),
        *(("jpg", mode) for mode in ("L", "RGB", "CMYK")),
    ],
)
def test_photos_of_every_kind_are_pictured_with_their_brightness(tmp_path, mode, suffix):
    value = 128 * 257 if mode == "I;16" else 128
    image = Image.fromarray(np.full((90, 160), value, np.uint16 if mode == "I;16" else np.uint8))
    path = tmp_path / f"photo.{suffix}"
    (image if mode in ("L", "I;16") else image.convert(mode)).save(path)
    picture = thumbnail(path, 64)
    assert picture.shape == (36, 64, 3)
    assert abs(float(picture.mean()) - 128) < 3


def test_photos_stand_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.jpg"
    Image.new("RGB", (160, 90)).save(path, exif=exif)
    assert thumbnail(path, 64).shape == (64, 36, 3)


def test_a_damaged_photo_has_no_picture(tmp_path):
    path = tmp_path / "torn.png"
    Image.new("RGB", (160, 90), "red").save(path)
    path.write_bytes(path.read_bytes()[:60])
    assert thumbnail(path, 64) is None


def test_pairs_are_counted_by_their_names(tmp_path):
    first = FolderLook(tmp_path, ("a", "b", "c"), complete=True)
    assert pair_words(first, FolderLook(tmp_path, ("a", "b", "c"))) == "3 pairs."
    assert (
        pair_words(first, FolderLook(tmp_path, ("a", "d")))
        == "1 pair; 3 photos have no partner of the same name."
    )
