"""The formats behind optional packages: everything kept where installed, a sentence where not."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from desktop_app.services.errors import PictureError
from desktop_app.services.image_files import open_picture, save_picture, what_is_lost
from desktop_app.services.image_files.exif import orientation_of
from desktop_app.services.image_files.folders import find_pictures, result_name
from desktop_app.services.image_files.picture import Picture

BRIGHT, DARK = 40_000, 9_000


def smooth(height: int = 64, width: int = 96, dtype: type = np.uint8) -> np.ndarray:
    down, across = np.mgrid[0:height, 0:width]
    unit = np.stack([down / height, across / width, (down + across) / (height + width)], axis=2)
    return (unit * np.iinfo(dtype).max).astype(dtype)


def write_dng(path: Path, orientation: int = 1) -> None:
    """Write a RAW file by the book: a Bayer mosaic of a red left half and a dark right half."""
    mosaic = np.full((120, 160), DARK, np.uint16)
    mosaic[:, :80] = BRIGHT * 0.3
    mosaic[::2, :80:2] = BRIGHT
    short, rational, text, byte, signed = 3, 5, 2, 1, 10
    matrix = (10, 10, 0, 10, 0, 10, 0, 10, 10, 10, 0, 10, 0, 10, 0, 10, 10, 10)
    tags = [
        (271, text, 0, "Maker", True),
        (272, text, 0, "Model", True),
        (274, short, 1, orientation, True),
        (33421, short, 2, (2, 2), True),
        (33422, byte, 4, b"\0\1\1\2", True),
        (50706, byte, 4, b"\1\4\0\0", True),
        (50708, text, 0, "Maker Model", True),
        (50714, short, 1, 0, True),
        (50717, short, 1, 65535, True),
        (50721, signed, 9, matrix, True),
        (50728, rational, 3, (1, 1, 1, 1, 1, 1), True),
        (50778, short, 1, 21, True),
    ]
    tifffile.imwrite(path, mosaic, photometric=32803, metadata=None, extratags=tags)


@pytest.fixture
def without_extras(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setitem(sys.modules, "rawpy", None)
    monkeypatch.setattr(
        "desktop_app.services.image_files.formats.find_spec", lambda name: None, raising=True
    )


def test_without_the_package_a_heif_file_gets_a_sentence(tmp_path, without_extras):
    path = tmp_path / "phone.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    with pytest.raises(PictureError, match=r"needs the extra 'heif'.*scratch-denoiser\[heif\]"):
        open_picture(path)
    with pytest.raises(PictureError, match=r"HEIF needs the extra 'heif'"):
        save_picture(Picture(smooth()), tmp_path / "out.heic")
    assert find_pictures(tmp_path) == []


def test_without_the_package_a_raw_file_gets_a_sentence(tmp_path, without_extras):
    write_dng(tmp_path / "photo.dng")
    with pytest.raises(PictureError, match=r"needs the extra 'raw'.*scratch-denoiser\[raw\]"):
        open_picture(tmp_path / "photo.dng")


def test_raw_files_are_never_written(tmp_path):
    with pytest.raises(PictureError, match="come from cameras only"):
        save_picture(Picture(smooth()), tmp_path / "out.dng")


class TestHeif:
    @pytest.fixture(autouse=True)
    def _package(self):
        pytest.importorskip("pillow_heif")

    def test_everything_comes_back(self, tmp_path, make_full_jpeg, icc_profile):
        source = open_picture(make_full_jpeg(orientation=6))
        assert what_is_lost(source, tmp_path / "out.heic") == ("HEIF cannot hold the IPTC data.",)
        save_picture(source, tmp_path / "out.heic")
        back = open_picture(tmp_path / "out.heic")
        assert back.samples.shape == source.samples.shape
        assert np.abs(back.samples.astype(int) - source.samples).mean() < 2
        assert back.metadata.icc_profile == icc_profile
        assert back.metadata.exif == source.metadata.exif
        assert orientation_of(back.metadata.exif) == 1
        assert b'tiff:Orientation="1"' in back.metadata.xmp
        assert result_name(tmp_path / "out.heic", format_name="HEIF") == "out_denoised.heic"

    def test_alpha_comes_back(self, tmp_path):
        alpha = np.linspace(0, 255, 64 * 96).reshape(64, 96).astype(np.uint8)
        save_picture(Picture(smooth(), alpha), tmp_path / "out.heic")
        back = open_picture(tmp_path / "out.heic")
        assert back.alpha is not None
        assert np.abs(back.alpha.astype(int) - alpha).mean() < 2

    def test_gray_stays_gray(self, tmp_path):
        save_picture(Picture(smooth()[:, :, :1]), tmp_path / "out.heic")
        assert open_picture(tmp_path / "out.heic").is_gray

    @pytest.mark.parametrize("channels", [1, 3])
    def test_deep_pictures_keep_twelve_bits(self, tmp_path, channels):
        deep = smooth(dtype=np.uint16)[:, :, :channels]
        picture = Picture(deep)
        assert what_is_lost(picture, tmp_path / "out.heic")[0].startswith("HEIF has at most 12")
        save_picture(picture, tmp_path / "out.heic")
        back = open_picture(tmp_path / "out.heic")
        assert back.bits == 16
        assert back.samples.shape == deep.shape
        assert np.abs(back.samples.astype(int) - deep).mean() < 257

    def test_white_is_white(self, tmp_path):
        white = Picture(np.full((64, 96, 3), 65535, np.uint16))
        save_picture(white, tmp_path / "out.heic")
        assert open_picture(tmp_path / "out.heic").samples.max() == 65535

    def test_half_a_file_gets_a_sentence(self, tmp_path):
        path = tmp_path / "out.heic"
        save_picture(Picture(smooth()), path)
        path.write_bytes(path.read_bytes()[:400])
        with pytest.raises(PictureError, match="damaged or of an unsupported kind"):
            open_picture(path)


class TestRaw:
    @pytest.fixture(autouse=True)
    def _package(self):
        pytest.importorskip("rawpy")

    def test_a_raw_file_is_developed_to_16_bits(self, tmp_path):
        write_dng(tmp_path / "photo.dng")
        picture = open_picture(tmp_path / "photo.dng")
        assert (picture.bits, picture.samples.shape) == (16, (120, 160, 3))
        assert len(np.unique(picture.samples)) > 2
        red, dark = picture.samples[20:100, 20:60].mean((0, 1)), picture.samples[20:100, 100:140]
        assert red[0] > 2 * red[1]
        assert dark.std() < 300
        assert any("Developed from RAW" in notice for notice in picture.notices)
        assert result_name(tmp_path / "photo.dng", format_name="RAW") == "photo_denoised.png"

    def test_the_development_follows_the_curve_of_srgb(self, tmp_path):
        write_dng(tmp_path / "photo.dng")
        picture = open_picture(tmp_path / "photo.dng")
        light = DARK / 65535
        expected = 65535 * (1.055 * light ** (1 / 2.4) - 0.055)
        middle = float(picture.samples[40:80, 110:150].mean())
        assert middle == pytest.approx(expected, rel=0.05)

    def test_a_turned_raw_file_is_turned_once(self, tmp_path):
        write_dng(tmp_path / "photo.dng", orientation=6)
        picture = open_picture(tmp_path / "photo.dng")
        assert picture.samples.shape == (160, 120, 3)
        assert orientation_of(picture.metadata.exif) == 1
        save_picture(picture, tmp_path / "out.png")
        with Image.open(tmp_path / "out.png") as image:
            assert image.getexif()[0x010F] == "Maker"
            assert image.size == (120, 160)

    def test_a_file_that_is_no_raw_file_gets_a_sentence(self, tmp_path):
        (tmp_path / "photo.nef").write_bytes(b"II*\0" + bytes(500))
        with pytest.raises(PictureError, match="damaged or of an unsupported kind"):
            open_picture(tmp_path / "photo.nef")
