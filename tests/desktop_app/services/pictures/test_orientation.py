"""The orientation tag: applied once, then reset everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from desktop_app.services.pictures import open_picture, save_picture
from desktop_app.services.pictures.metadata import exif


@pytest.mark.parametrize("orientation", range(1, 9))
def test_samples_are_turned_like_pillow_turns_them(make_full_png, orientation):
    path = make_full_png(orientation)
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(open_picture(path).samples, expected)


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp"])
def test_a_saved_picture_is_turned_once(make_full_jpeg, tmp_path, orientation, ending):
    picture = open_picture(make_full_jpeg(orientation))
    save_picture(picture, tmp_path / f"out.{ending}")
    again = open_picture(tmp_path / f"out.{ending}")
    assert (again.width, again.height) == (picture.width, picture.height)
    difference = again.samples.astype(int) - picture.samples
    assert np.abs(difference).mean() < 8
    assert b'Orientation="1"' in again.metadata.xmp
    with Image.open(tmp_path / f"out.{ending}") as image:
        assert image.getexif().get(0x0112, 1) == 1


def test_the_size_in_exif_is_that_of_the_turned_picture(make_full_jpeg):
    picture = open_picture(make_full_jpeg(orientation=6))
    assert (picture.width, picture.height) == (24, 40)
    block = Image.Exif()
    block.load(picture.metadata.exif)
    assert block.get_ifd(0x8769)[0xA002] == 24
    assert block.get_ifd(0x8769)[0xA003] == 40


def test_the_preview_in_exif_is_dropped():
    stream = bytearray(b"II*\0\x08\0\0\0" + b"\x01\0" + b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0")
    stream += (30).to_bytes(4, "little") + b"\0" * 20
    patched = exif.upright(bytes(stream), 4, 4).stream
    assert exif.orientation_of(bytes(stream)) == 6
    assert exif.orientation_of(patched) == 1
    assert patched[22:26] == bytes(4)


@pytest.mark.parametrize("orientation", [2, 5, 6])
def test_alpha_and_16_bits_are_turned_too(tmp_path, samples, make_exif, orientation):
    values = np.dstack([samples, samples[:, :, 0]]).astype(np.uint8)
    Image.fromarray(values).save(tmp_path / "in.png", exif=make_exif(orientation))
    with Image.open(tmp_path / "in.png") as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    picture = open_picture(tmp_path / "in.png")
    np.testing.assert_array_equal(picture.samples, expected[:, :, :3])
    np.testing.assert_array_equal(picture.alpha, expected[:, :, 3])


def test_orientation_of_a_tiff_is_applied_and_gone(tmp_path, samples):
    Image.fromarray(samples).save(tmp_path / "in.tif", tiffinfo={274: 8})
    picture = open_picture(tmp_path / "in.tif")
    np.testing.assert_array_equal(picture.samples, np.rot90(samples))
    save_picture(picture, tmp_path / "out.tif")
    np.testing.assert_array_equal(open_picture(tmp_path / "out.tif").samples, picture.samples)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("has_camera_exif", [False, True])
def test_an_avif_file_turns_by_its_container(tmp_path, samples, orientation, has_camera_exif):
    block = Image.Exif()
    block[0x0112] = orientation
    if has_camera_exif:
        block[0x010F] = "Maker"
    Image.fromarray(samples).save(tmp_path / "in.avif", exif=block, quality=100)
    with Image.open(tmp_path / "in.avif") as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    picture = open_picture(tmp_path / "in.avif")
    np.testing.assert_array_equal(picture.samples, expected)
    save_picture(picture, tmp_path / "out.avif")
    assert open_picture(tmp_path / "out.avif").samples.shape == expected.shape
