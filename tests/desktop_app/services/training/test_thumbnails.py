"""Sheets of thumbnails."""

import pytest
import torch
from PIL import Image

from desktop_app.services.training.data import DataConfig
from desktop_app.services.training.files import TrainingDataError
from desktop_app.services.training.thumbnails import (
    cut_sheet,
    open_thumbnails,
    read_thumbnail_sheets,
)


def save(path, value=100, size=(40, 30)):
    Image.new("RGB", size, (value, value, value)).save(path)


def test_a_sheet_is_cut_row_by_row():
    sheet = torch.arange(4 * 6).view(1, 4, 6).expand(3, 4, 6)
    thumbnails = cut_sheet(sheet, 2)
    assert thumbnails.shape == (6, 3, 2, 2)
    assert thumbnails[:, 0, 0, 0].tolist() == [0, 2, 4, 12, 14, 16]
    assert thumbnails[1, 2].tolist() == [[2, 3], [8, 9]]


def test_sheets_are_read_in_order_and_odd_ones_skipped(tmp_path):
    save(tmp_path / "sheet_1.png", 2, size=(64, 32))
    save(tmp_path / "sheet_0.png", 1, size=(32, 32))
    save(tmp_path / "sheet_2.png", 3, size=(33, 32))
    thumbnails, skipped = read_thumbnail_sheets(tmp_path, 32)
    assert thumbnails[:, 0, 0, 0].tolist() == [1, 2, 2]
    assert [item.name for item in skipped] == ["sheet_2.png"]
    with pytest.raises(TrainingDataError, match="no sheets of 32x32"):
        read_thumbnail_sheets(tmp_path, 32, lambda path: path.name == "val.png")


def test_a_share_of_the_thumbnails_can_be_held_out(tmp_path):
    for number in range(5):
        save(tmp_path / f"sheet_{number}.png", number, size=(64, 32))
    config = DataConfig("miniproject", (str(tmp_path),), patch_size=32, held_out_share=0.2)
    thumbnails = open_thumbnails(config)
    assert thumbnails.learned[:, 0, 0, 0].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert thumbnails.held_out[:, 0, 0, 0].tolist() == [4, 4]
