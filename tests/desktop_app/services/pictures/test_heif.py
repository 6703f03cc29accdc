"""HEIF files: everything kept where the optional package is installed, a sentence where not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import open_picture, save_picture, what_is_lost
from desktop_app.services.pictures.files.folders import find_pictures, result_name
from desktop_app.services.pictures.metadata.exif import orientation_of
from desktop_app.services.pictures.picture import Picture
from tests.desktop_app.conftest import SUBTRACTED
from tests.desktop_app.services.pictures.conftest import XMP

MAKER, ORIENTATION = 0x010F, 0x0112


def smooth(height: int = 64, width: int = 96, dtype: type = np.uint8) -> np.ndarray:
    down, across = np.mgrid[0:height, 0:width]
    unit = np.stack([down / height, across / width, (down + across) / (height + width)], axis=2)
    return (unit * np.iinfo(dtype).max).astype(dtype)


def test_without_the_package_a_heif_file_gets_a_sentence(tmp_path, without_extras):
    path = tmp_path / "phone.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    with pytest.raises(PictureError, match=r"needs the extra 'heif'.*scratch-denoiser\[heif\]"):
        open_picture(path)
    with pytest.raises(PictureError, match=r"HEIF needs the extra 'heif'"):
        save_picture(Picture(smooth()), tmp_path / "out.heic")
    assert find_pictures(tmp_path) == []


class TestHeif:
    @pytest.fixture(autouse=True)
    def _package(self):
        pytest.importorskip("pillow_heif")

    def test_everything_comes_back(self, tmp_path, make_full_jpeg, icc_profile):
        source = open_picture(make_full_jpeg(orientation=6))
        assert what_is_lost(source, tmp_path / "out.heic") == (
            "HEIF cannot hold the IPTC data.",
            "HEIF cannot hold the comment.",
        )
        save_picture(source, tmp_path / "out.heic")
        back = open_picture(tmp_path / "out.heic")
        assert back.samples.shape == source.samples.shape
        assert np.abs(back.samples.astype(int) - source.samples).mean() < 2
        assert back.metadata.icc_profile == icc_profile
        assert back.metadata.exif == source.metadata.exif
        assert orientation_of(back.metadata.exif) == 1
        assert b'tiff:Orientation="1"' in back.metadata.xmp
        assert result_name(tmp_path / "out.heic", format_name="HEIF") == "out_denoised.heic"

    @pytest.fixture
    def write_phone_photo(self, make_exif, icc_profile):
        """Write a file as phones do, which state the turn twice: for the decoder, and in EXIF."""
        import pillow_heif

        def write(path: Path, orientation: int) -> None:
            pillow_heif.from_pillow(Image.fromarray(smooth())).save(
                path,
                exif=make_exif(orientation, size=(96, 64)).tobytes(),
                icc_profile=icc_profile,
                xmp=XMP % orientation,
                quality=95,
                chroma=444,
            )
            stated = pillow_heif.open_heif(path).info["exif"].removeprefix(b"Exif\0\0")
            assert orientation_of(stated) == orientation
            assert (b"irot" in path.read_bytes()) == (orientation in (3, 5, 6, 7, 8))

        return write

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_a_phone_photo_is_turned_once(
        self, tmp_path, write_phone_photo, icc_profile, orientation
    ):
        write_phone_photo(tmp_path / "phone.heic", orientation)
        lying = Image.fromarray(smooth())
        lying.getexif()[ORIENTATION] = orientation
        upright = np.asarray(ImageOps.exif_transpose(lying)).astype(int)
        picture = open_picture(tmp_path / "phone.heic")
        assert picture.samples.shape == upright.shape
        assert np.abs(picture.samples - upright).mean() < 2
        assert orientation_of(picture.metadata.exif) == 1
        assert b'tiff:Orientation="1"' in picture.metadata.xmp
        assert picture.metadata.icc_profile == icc_profile

    @pytest.mark.parametrize("orientation", [1, 5, 6])
    def test_a_denoised_phone_photo_keeps_everything(
        self, tmp_path, write_phone_photo, denoise_file, icc_profile, orientation
    ):
        import pillow_heif

        source, target = tmp_path / "phone.heic", tmp_path / "phone_denoised.heic"
        write_phone_photo(source, orientation)
        denoise_file(source, target)
        before, after = open_picture(source), open_picture(target)
        expected = np.clip(before.samples.astype(int) - SUBTRACTED, 0, 255)
        assert after.samples.shape == expected.shape
        assert np.abs(after.samples - expected).mean() < 2
        assert after.metadata.exif == before.metadata.exif
        assert after.metadata.xmp == before.metadata.xmp
        assert after.metadata.icc_profile == icc_profile
        # Other programs find nothing left to turn, whichever of the two statements they follow.
        assert b"irot" not in target.read_bytes()
        assert b"imir" not in target.read_bytes()
        stored = Image.Exif()
        stored.load(pillow_heif.open_heif(target).info["exif"])
        assert stored[ORIENTATION] == 1
        assert stored[MAKER] == "Maker"
        details = stored.get_ifd(0x8769)
        assert (details[0xA002], details[0xA003]) == (after.width, after.height)
        assert details[0x927C].startswith(b"\x01\x02maker's own")
        assert stored.get_ifd(0x8825)[2] == (48.0, 30.0, 1.5)

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
