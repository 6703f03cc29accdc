"""Photos and folders become what a tiny network learns from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from desktop_app.services.resources import sample_picture
from desktop_app.services.training import live_pictures
from desktop_app.services.training.files import TrainingDataError
from desktop_app.services.training.live_pictures import (
    is_sheet,
    middle_of_photo,
    pieces_of_photo,
    thumbnails_of_folder,
)


@pytest.fixture
def sample():
    with Image.open(sample_picture()) as image:
        return np.asarray(image.convert("RGB"))


def _sheet(sample, rows, columns):
    """Parts of the sample that do not belong together, side by side, each a picture by itself."""
    sheet = np.zeros((32 * rows, 32 * columns, 3), np.uint8)
    for number in range(rows * columns):
        top, left = 37 * number % 500, 211 * number % 800
        row, column = divmod(number, columns)
        part = sample[top : top + 64 : 2, left : left + 64 : 2]
        sheet[32 * row : 32 * row + 32, 32 * column : 32 * column + 32] = part
    return sheet


def _folder(folder, **photos):
    folder.mkdir()
    for name, pixels in photos.items():
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return folder


def _never():
    return False


@pytest.mark.parametrize(
    ("height", "width", "size"), [(600, 900, (128, 128)), (50, 40, (48, 40)), (9, 70, (32, 68))]
)
def test_the_middle_of_a_photo_is_learned_from_and_shown(height, width, size):
    pixels = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    pictures = middle_of_photo(pixels)
    assert pictures.learned is pictures.shown
    assert pictures.learned.shape == (1, 3, *size)
    assert not pictures.in_pairs
    if height > 32:
        top, left = (height - size[0]) // 2, (width - size[1]) // 2
        middle = pixels[top : top + size[0], left : left + size[1]]
        np.testing.assert_array_equal(pictures.shown[0].permute(1, 2, 0), middle)


def test_a_photo_is_cut_into_thumbnails_and_others_are_shown(sample):
    pictures = pieces_of_photo(sample)
    assert pictures.in_pairs
    assert len(pictures.learned) == 18 * 21 + 9 * 10 + 4 * 5
    assert pictures.shown.shape == (16, 3, 32, 32)
    first = torch.from_numpy(sample[:32, :32].copy()).permute(2, 0, 1)
    assert torch.equal(pictures.learned[0], first)
    border = torch.from_numpy(sample[:32, 675 : 675 + 32].copy()).permute(2, 0, 1)
    assert torch.equal(pictures.shown[0], border)


def test_sheets_are_told_from_photos(sample, tmp_path):
    def planes(pixels):
        return torch.from_numpy(pixels.copy()).permute(2, 0, 1)

    sheet = _sheet(sample, 6, 8)
    assert is_sheet(planes(sheet))
    Image.fromarray(sheet).save(tmp_path / "sheet.jpg", quality=60)
    with Image.open(tmp_path / "sheet.jpg") as image:
        assert is_sheet(planes(np.asarray(image)))
    assert not is_sheet(planes(sample[:576, :896]))
    with Image.open(sample_picture()) as image:
        image.crop((0, 0, 640, 480)).save(tmp_path / "photo.jpg", quality=20)
    with Image.open(tmp_path / "photo.jpg") as image:
        assert not is_sheet(planes(np.asarray(image)))
    assert not is_sheet(planes(sample[:32, :32]))
    assert not is_sheet(torch.zeros(3, 64, 64, dtype=torch.uint8))


def test_a_folder_gives_one_thumbnail_a_photo_and_all_those_of_a_sheet(sample, tmp_path):
    folder = _folder(
        tmp_path / "photos", photo=sample, sheet=_sheet(sample, 2, 4), tiny=sample[:20, :20]
    )
    (folder / "no.jpg").write_bytes(b"no picture")
    pictures = thumbnails_of_folder(folder, _never)
    assert pictures.in_pairs
    assert len(pictures.learned) + len(pictures.shown) == 1 + 8
    assert pictures.shown.shape == (2, 3, 32, 32)
    whole = Image.fromarray(sample[:, 150:750]).resize((32, 32), Image.Resampling.BOX)
    difference = np.asarray(whole).astype(int) - pictures.shown[0].permute(1, 2, 0).numpy()
    assert np.abs(difference).mean() < 3
    part = torch.from_numpy(_sheet(sample, 2, 4)[:32, :32]).permute(2, 0, 1)
    assert torch.equal(pictures.learned[0], part)


def test_a_large_folder_is_used_in_part(sample, tmp_path, monkeypatch):
    monkeypatch.setattr(live_pictures, "MOST_FILES", 2)
    monkeypatch.setattr(live_pictures, "MOST_THUMBNAILS", 20)
    sheet = _sheet(sample, 4, 4)
    folder = _folder(tmp_path / "photos", a=sheet, b=sheet, c=sheet, d=sheet)
    pictures = thumbnails_of_folder(folder, _never)
    assert len(pictures.learned) + len(pictures.shown) == 20


@pytest.mark.parametrize(("photos", "count"), [(0, "none"), (1, "1")])
def test_a_folder_with_too_little_says_so(sample, tmp_path, photos, count):
    folder = _folder(tmp_path / "photos", **{f"photo{number}": sample for number in range(photos)})
    with pytest.raises(TrainingDataError, match=f"{folder} has {count} that can be used"):
        thumbnails_of_folder(folder, _never)
