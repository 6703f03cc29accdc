"""16 bits per sample, in and out, judged by tifffile and by hand-made PNG files."""

from __future__ import annotations

import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import Picture, open_picture, save_picture
from desktop_app.services.pictures.files import reading
from desktop_app.services.pictures.files.png import write_deep_png


def random_values(channels: int, height: int = 19, width: int = 23) -> np.ndarray:
    generator = np.random.default_rng(channels)
    return generator.integers(0, 65536, (height, width, channels), dtype=np.uint16)


def joined(picture: Picture) -> np.ndarray:
    return picture.samples if picture.alpha is None else np.dstack([picture.samples, picture.alpha])


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_16_bit_png_in_and_out(tmp_path, write_png_16, channels):
    values = random_values(channels)
    write_png_16(tmp_path / "in.png", values)
    picture = open_picture(tmp_path / "in.png")
    assert picture.bits == 16
    assert picture.is_gray == (channels < 3)
    np.testing.assert_array_equal(joined(picture), values)

    assert save_picture(picture, tmp_path / "out.png") == ()
    np.testing.assert_array_equal(joined(open_picture(tmp_path / "out.png")), values)
    # Pillow checks every chunk, and reads the upper bytes by itself.
    with Image.open(tmp_path / "out.png") as image:
        image.verify()
    with Image.open(tmp_path / "out.png") as image:
        if channels == 1:
            np.testing.assert_array_equal(np.asarray(image), values[:, :, 0])
        elif channels != 2:
            np.testing.assert_array_equal(np.asarray(image), values >> 8)


def test_interlaced_16_bit_png(tmp_path, write_png_16):
    """Adam7 by hand: for a 1x1 picture the first pass is the whole of it."""
    values = random_values(3, 1, 1)
    write_png_16(tmp_path / "in.png", values)
    data = bytearray((tmp_path / "in.png").read_bytes())
    data[28] = 1
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    (tmp_path / "in.png").write_bytes(bytes(data))
    np.testing.assert_array_equal(open_picture(tmp_path / "in.png").samples, values)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_16_bit_tiff_in_and_out(tmp_path, channels, compression, byteorder):
    values = random_values(channels)
    options = {
        "photometric": "rgb" if channels > 2 else "minisblack",
        "planarconfig": "contig" if channels > 1 else None,
        "extrasamples": ["unassalpha"] if channels in (2, 4) else None,
    }
    tifffile.imwrite(
        tmp_path / "in.tif",
        values if channels > 1 else values[:, :, 0],
        byteorder=byteorder,
        compression=compression,
        **options,
    )
    picture = open_picture(tmp_path / "in.tif")
    assert picture.bits == 16
    np.testing.assert_array_equal(joined(picture), values)

    assert save_picture(picture, tmp_path / "out.tif") == ()
    np.testing.assert_array_equal(joined(open_picture(tmp_path / "out.tif")), values)
    read_back = tifffile.imread(tmp_path / "out.tif")
    np.testing.assert_array_equal(read_back.reshape(values.shape), values)


def test_tiled_bigtiff_with_differences(tmp_path):
    values = random_values(3, 70, 50)
    tifffile.imwrite(
        tmp_path / "in.tif",
        values,
        photometric="rgb",
        tile=(32, 32),
        compression="zlib",
        predictor=True,
        bigtiff=True,
    )
    np.testing.assert_array_equal(open_picture(tmp_path / "in.tif").samples, values)


def test_colours_multiplied_by_alpha_are_divided_again(tmp_path):
    colour = random_values(3)
    alpha = np.full(colour.shape[:2], 32768, np.uint16)
    multiplied = np.rint(colour * (alpha / 65535)[:, :, None]).astype(np.uint16)
    tifffile.imwrite(
        tmp_path / "in.tif",
        np.dstack([multiplied, alpha]),
        photometric="rgb",
        extrasamples=["assocalpha"],
    )
    picture = open_picture(tmp_path / "in.tif")
    np.testing.assert_array_equal(picture.alpha, alpha)
    assert np.abs(picture.samples.astype(int) - colour).max() <= 1


def test_gray_where_zero_is_white(tmp_path):
    values = random_values(1)[:, :, 0]
    tifffile.imwrite(tmp_path / "in.tif", values, photometric="miniswhite")
    np.testing.assert_array_equal(open_picture(tmp_path / "in.tif").samples[:, :, 0], ~values)


def test_separate_colour_planes_are_refused_not_misread(tmp_path):
    planes = np.moveaxis(random_values(3), 2, 0)
    tifffile.imwrite(tmp_path / "in.tif", planes, photometric="rgb", planarconfig="separate")
    with pytest.raises(PictureError, match="separate planes"):
        open_picture(tmp_path / "in.tif")


@pytest.mark.parametrize("dtype", [np.uint32, np.int16, np.float32])
def test_samples_without_a_known_white_are_refused(tmp_path, dtype):
    tifffile.imwrite(tmp_path / "in.tif", np.ones((8, 8), dtype))
    with pytest.raises(PictureError, match="white is not known") as refusal:
        open_picture(tmp_path / "in.tif")
    assert refusal.value.remedy is None


def test_print_colours_of_16_bits_become_rgb_of_8(tmp_path):
    values = np.zeros((8, 8, 4), np.uint16)
    values[:, :, 1:3] = 65535
    tifffile.imwrite(tmp_path / "in.tif", values, photometric="separated")
    picture = open_picture(tmp_path / "in.tif")
    assert (picture.samples == np.array([255, 0, 0], np.uint8)).all()
    assert "print colours" in picture.notices[0]


def test_a_tiff_of_an_unknown_kind_is_called_one(tmp_path):
    tifffile.imwrite(tmp_path / "in.tif", np.ones((8, 8, 3), np.float32), photometric="rgb")
    with pytest.raises(PictureError, match="floating-point numbers"):
        open_picture(tmp_path / "in.tif")


def test_one_transparent_colour_in_a_16_bit_png(tmp_path, write_png_16):
    values = random_values(3)
    write_png_16(tmp_path / "in.png", values)
    key = values[4, 7].astype(">u2").tobytes()
    body = b"tRNS" + key
    chunk = (6).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    data = (tmp_path / "in.png").read_bytes()
    (tmp_path / "in.png").write_bytes(data[:33] + chunk + data[33:])
    picture = open_picture(tmp_path / "in.png")
    np.testing.assert_array_equal(picture.samples, values)
    assert picture.alpha[4, 7] == 0
    assert picture.alpha[0, 0] == 65535


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_metadata_of_16_bit_pictures(tmp_path, make_full_png, icc_profile, ending):
    described = open_picture(make_full_png(orientation=6)).metadata
    picture = Picture(random_values(3), metadata=described)
    save_picture(picture, tmp_path / f"out.{ending}")
    again = open_picture(tmp_path / f"out.{ending}")
    assert again.bits == 16
    np.testing.assert_array_equal(again.samples, picture.samples)
    assert again.metadata.icc_profile == icc_profile
    assert again.metadata.xmp == described.xmp
    assert again.metadata.dpi == pytest.approx((240, 240), abs=0.01)
    with Image.open(tmp_path / f"out.{ending}") as image:
        assert image.getexif()[0x010F] == "Maker"
        assert image.getexif().get_ifd(0x8825)[2] == (48.0, 30.0, 1.5)


@pytest.mark.parametrize("channels", [1, 3])
def test_16_bit_ppm_in_and_out(tmp_path, channels):
    values = random_values(channels)
    mark = {1: b"P5", 3: b"P6"}[channels]
    header = mark + b"\n23 19\n65535\n"
    (tmp_path / "in.ppm").write_bytes(header + values.astype(">u2").tobytes())
    picture = open_picture(tmp_path / "in.ppm")
    np.testing.assert_array_equal(picture.samples, values)
    save_picture(picture, tmp_path / "out.ppm")
    assert (tmp_path / "out.ppm").read_bytes() == (tmp_path / "in.ppm").read_bytes()


@pytest.mark.parametrize("ending", ["jpg", "webp", "avif", "bmp"])
def test_8_bit_formats_get_rounded_samples_and_say_so(tmp_path, ending):
    picture = Picture(np.full((8, 8, 3), 128 * 257 + 128, np.uint16))
    notices = save_picture(picture, tmp_path / f"out.{ending}")
    assert any("saved with 8 bits" in notice for notice in notices)
    again = open_picture(tmp_path / f"out.{ending}")
    assert again.bits == 8
    assert np.abs(again.samples.astype(int) - 128).max() <= 1


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    channels=st.integers(1, 4),
    smooth=st.booleans(),
)
def test_the_png_writer_against_pillow(tmp_path_factory, height, width, channels, smooth):
    values = random_values(channels, height, width)
    if smooth:
        values = np.cumsum(values & 15, axis=0, dtype=np.uint16)
    folder = tmp_path_factory.mktemp("png")
    Image.new("L", (1, 1)).save(folder / "template.png")
    with (folder / "out.png").open("w+b") as stream:
        write_deep_png(stream, values, (folder / "template.png").read_bytes())
    np.testing.assert_array_equal(joined(open_picture(folder / "out.png")), values)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("bits", [10, 12])
def test_every_bit_of_an_avif_file_is_read(tmp_path, channels, bits):
    peak = (1 << bits) - 1
    values = np.random.default_rng(0).integers(0, peak, (20, 30, channels)).astype(np.uint16)
    values[0, 0] = peak
    plain = values[:, :, 0] if channels == 1 else values
    content = imagecodecs.avif_encode(plain, level=100, bitspersample=bits)
    (tmp_path / "in.avif").write_bytes(content)
    picture = open_picture(tmp_path / "in.avif")
    colours = channels - 1 if channels in (2, 4) else channels
    assert picture.notices == ()
    assert picture.samples.max() == 65535
    np.testing.assert_array_equal(picture.samples >> (16 - bits), values[:, :, :colours])
    if picture.alpha is not None:
        np.testing.assert_array_equal(picture.alpha >> (16 - bits), values[:, :, -1])


def test_bits_of_an_avif_file_that_cannot_be_read_are_named(tmp_path, monkeypatch):
    content = imagecodecs.avif_encode(np.full((20, 30, 3), 900, np.uint16), bitspersample=10)
    (tmp_path / "in.avif").write_bytes(content)
    monkeypatch.setattr(reading, "find_spec", lambda name: None)
    picture = open_picture(tmp_path / "in.avif")
    assert picture.bits == 8
    assert ["denoiser[avif]" in sentence for sentence in picture.notices] == [True]
    (tmp_path / "cut.avif").write_bytes(content[:-20])
    monkeypatch.undo()
    with pytest.raises(PictureError, match="is damaged"):
        open_picture(tmp_path / "cut.avif")
