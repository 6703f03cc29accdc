"""RAW files: developed to 16 bits where the optional package is installed, a sentence where not."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import tifffile
from PIL import Image

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import is_raw_file, open_picture, save_picture
from desktop_app.services.pictures.files.folders import result_name
from desktop_app.services.pictures.metadata.exif import orientation_of
from desktop_app.services.pictures.picture import Picture
from tests.desktop_app.conftest import SUBTRACTED
from tests.desktop_app.raw_files import DARK, MAKER, ORIENTATION, write_dng, write_samples


def srgb(light: np.ndarray) -> np.ndarray:
    """The curve of sRGB, for light above its straight part."""
    return 65535 * (1.055 * light ** (1 / 2.4) - 0.055)


def test_without_the_package_a_raw_file_gets_a_sentence(tmp_path, without_extras):
    write_dng(tmp_path / "photo.dng")
    with pytest.raises(PictureError, match=r"needs the extra 'raw'.*scratch-denoiser\[raw\]"):
        open_picture(tmp_path / "photo.dng")


@pytest.mark.parametrize(
    ("name", "sentence"), [("out.nef", "come from cameras only"), ("out.dng", "choose .tif")]
)
def test_what_no_sensor_saw_is_not_saved_as_raw(tmp_path, name, sentence):
    pytest.importorskip("rawpy")
    with pytest.raises(PictureError, match=sentence):
        save_picture(Picture(np.zeros((8, 8, 3), np.uint8)), tmp_path / name)
    assert not list(tmp_path.iterdir())


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
        assert result_name(tmp_path / "photo.dng", format_name="RAW") == "photo_denoised.tif"

    def test_the_development_follows_the_curve_of_srgb(self, tmp_path):
        write_dng(tmp_path / "photo.dng")
        picture = open_picture(tmp_path / "photo.dng")
        middle = float(picture.samples[40:80, 110:150].mean())
        assert middle == pytest.approx(srgb(DARK), rel=0.01)

    def test_colours_are_those_of_the_scene_under_the_light_it_had(self, tmp_path):
        colours = np.array(
            [[(0.6, 0.1, 0.1), (0.1, 0.5, 0.15)], [(0.1, 0.15, 0.55), (0.4, 0.4, 0.4)]]
        )
        light = colours.repeat(32, axis=0).repeat(32, axis=1)
        write_dng(tmp_path / "photo.dng", light, white=(1.0, 0.8, 0.5))
        developed = open_picture(tmp_path / "photo.dng").samples
        assert developed.shape == (64, 64, 3)
        for row, column in np.ndindex(2, 2):
            # The outermost pixels of a patch are developed with those of its neighbours.
            patch = developed[32 * row :, 32 * column :][8:24, 8:24]
            assert np.abs(patch - srgb(colours[row, column])).max() < 65535 * 0.005

    def test_a_denoised_raw_file_is_saved_with_16_bits(self, tmp_path, denoise_file):
        source, target = tmp_path / "photo.dng", tmp_path / "photo_denoised.tif"
        write_dng(source)
        denoise_file(source, target)
        samples = tifffile.imread(target)
        expected = open_picture(source).samples - SUBTRACTED * 257.0
        assert (samples.dtype, samples.shape) == (np.uint16, (120, 160, 3))
        assert np.abs(samples - expected.clip(0, 65535)).max() < 8
        assert len(np.unique(samples % 257)) > 2
        with Image.open(target) as image:
            assert image.getexif()[MAKER] == "Maker"
            assert image.getexif().get(ORIENTATION, 1) == 1

    def test_a_turned_raw_file_is_turned_once(self, tmp_path):
        write_dng(tmp_path / "photo.dng", orientation=6)
        picture = open_picture(tmp_path / "photo.dng")
        assert picture.samples.shape == (160, 120, 3)
        red, dark = picture.samples[20:60, 20:100], picture.samples[100:140, 20:100]
        assert (red[:, :, 0] > 2.0 * red[:, :, 1]).all()
        assert dark.std() < 300
        assert orientation_of(picture.metadata.exif) == 1
        save_picture(picture, tmp_path / "out.png")
        with Image.open(tmp_path / "out.png") as image:
            assert image.getexif()[MAKER] == "Maker"
            assert image.size == (120, 160)

    @pytest.mark.parametrize("name", ["photo", "photo.tif", "photo.jpg", "photo.nef", "photo.CR2"])
    @pytest.mark.parametrize("with_thumbnail", [False, True])
    def test_a_raw_file_is_known_by_its_content(self, tmp_path, name, with_thumbnail):
        samples = np.full((64, 64), 20_000, np.uint16)
        write_samples(tmp_path / "photo.dng", samples, with_thumbnail=with_thumbnail)
        wanted = open_picture(tmp_path / "photo.dng")
        (tmp_path / name).write_bytes((tmp_path / "photo.dng").read_bytes())
        picture = open_picture(tmp_path / name)
        assert (picture.metadata.format, picture.mosaic is not None) == ("RAW", True)
        assert np.array_equal(picture.samples, wanted.samples)
        assert is_raw_file(tmp_path / name)

    def test_a_raw_file_without_the_version_of_dng_is_known_by_its_colours(self, tmp_path):
        samples = np.full((64, 64), 20_000, np.uint16)
        write_samples(tmp_path / "photo.dng", samples)
        content = (tmp_path / "photo.dng").read_bytes()
        version = struct.pack("<HHI", 50706, 1, 4)
        assert content.count(version) == 1
        # As makers' own formats are: a TIFF file whose colours are those of a sensor.
        (tmp_path / "photo.tif").write_bytes(
            content.replace(version, struct.pack("<HHI", 50709, 1, 4))
        )
        assert is_raw_file(tmp_path / "photo.tif")
        Image.new("RGB", (8, 8)).save(tmp_path / "plain.tif")
        (tmp_path / "text.tif").write_text("no picture")
        for other in ("plain.tif", "text.tif", "gone.tif", "."):
            assert not is_raw_file(tmp_path / other)

    def test_a_file_that_is_no_raw_file_gets_a_sentence(self, tmp_path):
        (tmp_path / "photo.nef").write_bytes(b"II*\0" + bytes(500))
        with pytest.raises(PictureError, match="damaged or of an unsupported kind"):
            open_picture(tmp_path / "photo.nef")
