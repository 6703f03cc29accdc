"""A sheet of samples is taken apart into the rows it was made of."""

from __future__ import annotations

import pytest
import torch
from PIL import Image

from desktop_app.services.training.reports import write_samples
from desktop_app.services.training.sample_rows import read_rows


def test_rows_come_apart_as_they_were_put_together(tmp_path):
    rows = [
        tuple(torch.full((3, height, 20), shade) for _ in range(3))
        for height, shade in ((16, 0.2), (24, 1.0))
    ]
    first, second = read_rows(write_samples(tmp_path, 5, rows))
    assert (first.size, second.size) == ((68, 16), (68, 24))
    assert first.getpixel((0, 15)) == (51, 51, 51)
    assert second.getpixel((0, 0)) == (255, 255, 255)


def test_a_sheet_that_does_not_tell_is_one_row(tmp_path):
    path = tmp_path / "sheet.png"
    Image.new("RGB", (30, 50)).save(path)
    assert [row.size for row in read_rows(path)] == [(30, 50)]


def test_a_file_that_is_no_picture_is_an_error_of_the_system(tmp_path):
    path = tmp_path / "sheet.png"
    path.write_bytes(b"torn")
    with pytest.raises(OSError, match="cannot identify"):
        read_rows(path)
