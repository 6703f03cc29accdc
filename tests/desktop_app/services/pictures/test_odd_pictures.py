"""Pictures that are not 8-bit RGB: other colour modes, tiny ones, several in one file."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageCms

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import Picture, open_picture, save_picture


def test_palette(tmp_path, samples):
    image = Image.fromarray(samples).quantize(64)
    image.save(tmp_path / "in.png")
    picture = open_picture(tmp_path / "in.png")
    np.testing.assert_array_equal(picture.samples, np.asarray(image.convert("RGB")))
    assert picture.alpha is None
    assert picture.notices == ("The file holds a palette; the result has full colours.",)


def test_palette_with_transparency(tmp_path, samples):
    image = Image.fromarray(samples).quantize(16)
    image.save(tmp_path / "in.png", transparency=bytes(range(0, 160, 10)))
    picture = open_picture(tmp_path / "in.png")
    with Image.open(tmp_path / "in.png") as again:
        expected = np.asarray(again.convert("RGBA"))
    np.testing.assert_array_equal(picture.alpha, expected[:, :, 3])
    np.testing.assert_array_equal(picture.samples, expected[:, :, :3])


def test_one_transparent_colour(tmp_path, samples):
    Image.fromarray(samples).save(tmp_path / "in.png", transparency=(250, 5, 5))
    picture = open_picture(tmp_path / "in.png")
    assert (picture.alpha[:6, :6] == 0).all()
    assert picture.alpha[12, 12] == 255


def test_black_and_white(tmp_path):
    values = np.indices((9, 9)).sum(axis=0) % 2 * 255
    Image.fromarray(values.astype(np.uint8)).convert("1").save(tmp_path / "in.png")
    picture = open_picture(tmp_path / "in.png")
    np.testing.assert_array_equal(picture.samples[:, :, 0], values)
    assert "shades of gray" in picture.notices[0]


def test_cmyk_without_profile(tmp_path):
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "in.tif")
    picture = open_picture(tmp_path / "in.tif")
    assert (picture.samples == (255, 0, 0)).all()
    assert picture.notices == (
        "The file holds print colours (CMYK); the result is in RGB with 8 bits.",
    )


def test_cmyk_jpeg(tmp_path, samples):
    Image.fromarray(samples).convert("CMYK").save(tmp_path / "in.jpg", quality=95)
    picture = open_picture(tmp_path / "in.jpg")
    assert np.abs(picture.samples.astype(int) - samples).mean() < 4
    save_picture(picture, tmp_path / "out.jpg")
    assert np.abs(open_picture(tmp_path / "out.jpg").samples.astype(int) - samples).mean() < 6


def test_a_cmyk_profile_that_does_not_fit_is_not_passed_on(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("CMYK", (8, 8), (255, 0, 0, 0)).save(tmp_path / "in.tif", icc_profile=profile)
    picture = open_picture(tmp_path / "in.tif")
    assert picture.metadata.icc_profile is None
    assert (picture.samples == (0, 255, 255)).all()


def test_lab(tmp_path):
    Image.new("LAB", (8, 8), (128, 128, 128)).save(tmp_path / "in.tif")
    picture = open_picture(tmp_path / "in.tif")
    red, green, blue = picture.samples[0, 0].astype(int)
    assert max(red, green, blue) - min(red, green, blue) <= 3
    assert 100 < green < 140


def test_one_pixel(tmp_path):
    for ending in ("png", "jpg", "tif", "webp", "bmp", "ppm", "avif"):
        picture = Picture(np.full((1, 1, 3), 77, np.uint8))
        save_picture(picture, tmp_path / f"one.{ending}")
        again = open_picture(tmp_path / f"one.{ending}")
        assert again.samples.shape == (1, 1, 3)
        assert np.abs(again.samples.astype(int) - 77).max() <= 2


def test_very_long_and_narrow(tmp_path):
    Image.new("RGB", (65_000, 1), (1, 2, 3)).save(tmp_path / "in.png")
    picture = open_picture(tmp_path / "in.png")
    assert (picture.width, picture.height) == (65_000, 1)


@pytest.mark.parametrize(
    ("ending", "options"), [("gif", {}), ("png", {}), ("tif", {}), ("webp", {})]
)
def test_several_pictures_in_one_file(tmp_path, ending, options):
    frames = [Image.new("RGB", (9, 7), colour) for colour in ((200, 0, 0), (0, 200, 0))]
    path = tmp_path / f"in.{ending}"
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    with pytest.raises(PictureError, match="several pictures") as refusal:
        open_picture(path)
    assert refusal.value.remedy == "first_frame"
    picture = open_picture(path, first_frame=True)
    assert np.abs(picture.samples.astype(int) - (200, 0, 0)).max() < 6
    assert "Only the first picture is used; the file holds several." in picture.notices


def test_a_preview_beside_the_picture_does_not_count(tmp_path, samples):
    preview = Image.fromarray(samples[::4, ::4].copy())
    preview.encoderinfo = {"tiffinfo": {254: 1}}
    Image.fromarray(samples).save(tmp_path / "in.tif", save_all=True, append_images=[preview])
    with Image.open(tmp_path / "in.tif") as image:
        assert image.n_frames == 2
        image.seek(1)
        assert image.tag_v2.get(254) == 1
    np.testing.assert_array_equal(open_picture(tmp_path / "in.tif").samples, samples)


def test_a_jpeg_of_a_phone_with_a_second_picture(tmp_path, samples):
    second = Image.fromarray(samples[:, ::-1].copy())
    Image.fromarray(samples).save(
        tmp_path / "in.jpg", "MPO", save_all=True, append_images=[second], quality=95
    )
    picture = open_picture(tmp_path / "in.jpg")
    assert np.abs(picture.samples.astype(int) - samples).mean() < 4
    assert picture.metadata.format == "JPEG"
    left_out = "Every picture of the file but its main one is left out."
    assert left_out in save_picture(picture, tmp_path / "out.jpg")


def test_the_content_counts_not_the_ending(tmp_path, samples):
    Image.fromarray(samples).save(tmp_path / "in.png", "JPEG")
    assert open_picture(tmp_path / "in.png").metadata.format == "JPEG"


def test_a_still_gif(tmp_path, samples):
    Image.fromarray(samples).quantize(32).save(tmp_path / "in.gif")
    assert open_picture(tmp_path / "in.gif").samples.shape == samples.shape


@pytest.mark.parametrize("shape", [(0, 4, 3), (4, 4, 2), (4, 4)])
def test_a_picture_has_pixels_and_one_or_three_channels(shape):
    with pytest.raises(ValueError, match="samples must have shape"):
        Picture(np.zeros(shape, np.uint8))


def test_a_picture_has_8_or_16_bits_and_fitting_alpha():
    with pytest.raises(ValueError, match="uint8, uint16 or float32"):
        Picture(np.zeros((4, 4, 3), np.float64))
    with pytest.raises(ValueError, match="alpha is"):
        Picture(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5), np.uint8))
