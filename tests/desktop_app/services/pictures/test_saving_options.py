"""Quality, dither and dates, as they are wished for."""

from __future__ import annotations

import os

import numpy as np
import pytest
from PIL import Image

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import Picture, open_picture, save_picture
from desktop_app.services.pictures.files.formats import SavingOptions
from desktop_app.services.pictures.files.writing import what_is_lost
from desktop_app.services.pictures.picture import deepened, dithered_eight_bits


def test_dithering_keeps_the_mean_of_a_slow_gradient_and_hides_its_steps():
    gradient = np.linspace(20_000, 20_000 + 4 * 257, 400)
    samples = np.rint(np.broadcast_to(gradient[None, :, None], (300, 400, 3))).astype(np.uint16)
    dithered = dithered_eight_bits(samples)
    exact = samples.astype(float) / 257
    assert np.abs(dithered - exact).max() < 1 + 1e-6
    assert np.abs(dithered.mean(axis=(0, 2)) - exact[0, :, 0]).max() < 0.08
    assert (dithered_eight_bits(samples) == dithered).all()
    ends = np.array([0, 65535], np.uint16)[:, None, None]
    assert dithered_eight_bits(ends).ravel().tolist() == [0, 255]


def test_a_picture_of_8_bits_gets_16_and_nothing_is_said_to_be_lost(tmp_path):
    source = tmp_path / "photo.jpg"
    Image.linear_gradient("L").convert("RGB").save(source)
    picture = open_picture(source)
    deep = deepened(picture)
    assert (deep.bits, deepened(deep)) == (16, deep)
    assert (deep.samples == picture.samples.astype(int) * 257).all()
    assert what_is_lost(deep, tmp_path / "result.jpg") == ()
    save_picture(deep, tmp_path / "result.png")
    assert open_picture(tmp_path / "result.png").bits == 16


@pytest.mark.parametrize("ending", [".jpg", ".webp", ".avif"])
def test_less_quality_makes_smaller_files(tmp_path, ending):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    sizes = []
    for quality in (None, 40):
        path = tmp_path / f"{quality}{ending}"
        save_picture(Picture(noise), path, options=SavingOptions(quality))
        sizes.append(path.stat().st_size)
    assert sizes[1] < 0.8 * sizes[0]


def test_a_quality_out_of_range_is_refused():
    with pytest.raises(PictureError, match="between 1 and 100, not at 101"):
        SavingOptions(101)


def test_a_file_is_as_old_as_its_source_if_that_is_wished(tmp_path):
    source, target = tmp_path / "photo.png", tmp_path / "result.png"
    Image.new("RGB", (8, 8)).save(source)
    os.utime(source, (1_000_000_000, 1_100_000_000))
    picture = open_picture(source)
    save_picture(picture, target, options=SavingOptions(keep_date=True))
    assert target.stat().st_mtime == 1_100_000_000
    source.unlink()
    save_picture(picture, target, overwrite=True, options=SavingOptions(keep_date=True))
    assert target.stat().st_mtime > 1_100_000_000
