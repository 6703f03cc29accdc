"""What goes in comes out: samples, colours, metadata and compression, file by file."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from desktop_app.services.errors import PictureError, TargetExistsError, WriteError
from desktop_app.services.pictures import (
    Picture,
    open_picture,
    save_picture,
    what_is_lost,
)
from desktop_app.services.pictures.files.formats import format_for_saving

MAKERS_NOTE = b"\x01\x02maker's own\x00" * 20
METADATA = ("exif", "icc_profile", "xmp", "iptc", "dpi", "comment", "jpeg")


def test_a_jpeg_keeps_everything_and_is_compressed_as_before(make_full_jpeg, tmp_path):
    source = make_full_jpeg(progressive=True)
    picture = open_picture(source)
    assert picture.notices == ()

    assert save_picture(picture, tmp_path / "out.jpg") == ()

    again = open_picture(tmp_path / "out.jpg").metadata
    for field in METADATA:
        assert getattr(picture.metadata, field), field
        assert getattr(again, field) == getattr(picture.metadata, field), field
    with Image.open(source) as first, Image.open(tmp_path / "out.jpg") as second:
        assert second.quantization == first.quantization
        assert second.info["progressive"] == 1
        assert second.getexif().get_ifd(0x8769)[0x927C] == MAKERS_NOTE


@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_the_subsampling_of_a_jpeg_is_kept(make_full_jpeg, tmp_path, subsampling):
    picture = open_picture(make_full_jpeg(subsampling=subsampling))
    save_picture(picture, tmp_path / "out.jpg")
    assert picture.metadata.jpeg.subsampling == subsampling
    assert open_picture(tmp_path / "out.jpg").metadata.jpeg == picture.metadata.jpeg


def test_the_exif_of_a_jpeg_is_kept_byte_for_byte(make_full_jpeg, tmp_path):
    source = make_full_jpeg()
    save_picture(open_picture(source), tmp_path / "out.jpg")
    with Image.open(source) as first, Image.open(tmp_path / "out.jpg") as second:
        assert second.info["exif"] == first.info["exif"]


def test_a_png_keeps_everything(make_full_png, tmp_path, samples):
    picture = open_picture(make_full_png())
    assert save_picture(picture, tmp_path / "out.png") == ()
    again = open_picture(tmp_path / "out.png")
    np.testing.assert_array_equal(again.samples, samples)
    for field in ("exif", "icc_profile", "xmp", "dpi", "png"):
        assert getattr(picture.metadata, field), field
        assert getattr(again.metadata, field) == getattr(picture.metadata, field), field
    assert {kind for kind, _ in again.metadata.png} == {b"tEXt", b"gAMA"}
    assert "TIFF cannot hold the texts of the PNG file." in what_is_lost(picture, Path("out.tif"))


@pytest.mark.parametrize(
    ("ending", "lost"),
    [
        ("tif", ()),
        ("png", ()),
        ("webp", ("WEBP cannot hold the IPTC data.",)),
        ("avif", ("AVIF cannot hold the IPTC data.",)),
    ],
)
def test_metadata_goes_from_one_format_to_another(make_full_jpeg, tmp_path, ending, lost):
    picture = open_picture(make_full_jpeg(orientation=6))
    target = tmp_path / f"out.{ending}"
    form = format_for_saving(target).name
    assert save_picture(picture, target) == (*lost, f"{form} cannot hold the comment.")

    again = open_picture(target)
    assert again.metadata.icc_profile == picture.metadata.icc_profile
    assert again.metadata.xmp == picture.metadata.xmp
    assert again.metadata.iptc == (None if lost else picture.metadata.iptc)
    with Image.open(target) as image:
        exif = image.getexif()
        assert exif[0x010F] == "Maker"
        assert exif.get(0x0112, 1) == 1
        assert exif[0x011A] == 240
        assert exif.get_ifd(0x8769)[0x829A] == pytest.approx(0.01)
        assert exif.get_ifd(0x8769)[0x927C] == MAKERS_NOTE
        assert exif.get_ifd(0x8825)[2] == (48.0, 30.0, 1.5)


def test_a_tiff_keeps_everything(make_full_jpeg, tmp_path):
    save_picture(open_picture(make_full_jpeg()), tmp_path / "first.tif")
    first = open_picture(tmp_path / "first.tif")
    assert save_picture(first, tmp_path / "second.tif") == ()
    second = open_picture(tmp_path / "second.tif")
    np.testing.assert_array_equal(second.samples, first.samples)
    for field in ("exif", "icc_profile", "xmp", "iptc", "dpi"):
        assert getattr(first.metadata, field), field
        assert getattr(second.metadata, field) == getattr(first.metadata, field), field


def test_an_uncompressed_tiff_stays_so(tmp_path, samples):
    Image.fromarray(samples).save(tmp_path / "plain.tif")
    save_picture(open_picture(tmp_path / "plain.tif"), tmp_path / "out.tif")
    with Image.open(tmp_path / "out.tif") as image:
        assert image.info["compression"] == "raw"
        np.testing.assert_array_equal(np.asarray(image), samples)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_a_compressed_tiff_is_read_and_stays_compressed(tmp_path, samples, compression):
    Image.fromarray(samples).save(tmp_path / "packed.tif", compression=compression)
    picture = open_picture(tmp_path / "packed.tif")
    np.testing.assert_array_equal(picture.samples, samples)
    save_picture(picture, tmp_path / "out.tif")
    with Image.open(tmp_path / "out.tif") as image:
        assert image.info["compression"] == "tiff_adobe_deflate"
        np.testing.assert_array_equal(np.asarray(image), samples)


def test_a_wide_gamut_profile_is_carried_unchanged(tmp_path, samples):
    # Any bytes will do: what must not happen is that somebody looks into them.
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    Image.fromarray(samples).save(tmp_path / "wide.png", icc_profile=profile)
    picture = open_picture(tmp_path / "wide.png")
    np.testing.assert_array_equal(picture.samples, samples)
    for ending in ("png", "jpg", "tif", "webp"):
        save_picture(picture, tmp_path / f"out.{ending}")
        assert open_picture(tmp_path / f"out.{ending}").metadata.icc_profile == profile


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "bmp", "pgm"])
def test_gray_stays_gray(tmp_path, samples, ending):
    Image.fromarray(samples[:, :, 0]).save(tmp_path / "gray.png")
    picture = open_picture(tmp_path / "gray.png")
    assert picture.is_gray
    save_picture(picture, tmp_path / f"out.{ending}")
    assert open_picture(tmp_path / f"out.{ending}").is_gray
    with Image.open(tmp_path / f"out.{ending}") as image:
        assert image.mode == "L"


@pytest.mark.parametrize("ending", ["png", "tif", "webp"])
@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha_and_the_colours_under_it_are_kept(tmp_path, samples, ending, mode):
    alpha = np.linspace(0, 255, samples[:, :, 0].size).astype(np.uint8).reshape(24, 40)
    colours = samples[:, :, :1] if mode == "LA" else samples
    Image.fromarray(np.dstack([colours, alpha])).save(tmp_path / "in.png")
    picture = open_picture(tmp_path / "in.png")
    np.testing.assert_array_equal(picture.alpha, alpha)
    np.testing.assert_array_equal(picture.samples, colours)

    save_picture(picture, tmp_path / f"out.{ending}")

    again = open_picture(tmp_path / f"out.{ending}")
    np.testing.assert_array_equal(again.alpha, alpha)
    if ending != "webp":
        np.testing.assert_array_equal(again.samples, colours)


def test_alpha_is_laid_on_white_where_the_format_has_none(tmp_path):
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[:, :2, 3] = 255
    Image.fromarray(rgba).save(tmp_path / "in.png")
    notices = save_picture(open_picture(tmp_path / "in.png"), tmp_path / "out.bmp")
    assert notices == ("BMP has no transparency: saved on white.",)
    result = open_picture(tmp_path / "out.bmp").samples
    assert (result[:, :2] == 0).all()
    assert (result[:, 2:] == 255).all()


def test_lossless_webp_stays_lossless(tmp_path, samples, icc_profile):
    Image.fromarray(samples).save(tmp_path / "in.webp", lossless=True, icc_profile=icc_profile)
    picture = open_picture(tmp_path / "in.webp")
    np.testing.assert_array_equal(picture.samples, samples)
    save_picture(picture, tmp_path / "out.webp")
    np.testing.assert_array_equal(open_picture(tmp_path / "out.webp").samples, samples)
    Image.fromarray(samples).save(tmp_path / "lossy.webp", quality=50)
    assert not open_picture(tmp_path / "lossy.webp").metadata.lossless


def test_what_is_lost_tells_it_before_saving(make_full_jpeg, tmp_path):
    picture = open_picture(make_full_jpeg())
    target = tmp_path / "out.ppm"
    told = what_is_lost(picture, target)
    assert "PPM cannot hold the colour profile." in told
    assert "PPM cannot hold the EXIF data." in told
    assert not target.exists()
    assert save_picture(picture, target) == told


def test_metadata_too_long_for_jpeg_is_left_out_and_said(tmp_path, samples, make_exif):
    exif = make_exif()
    exif.get_ifd(0x8769)[0x927C] = b"long" * 20_000
    Image.fromarray(samples).save(tmp_path / "in.png", exif=exif)
    picture = open_picture(tmp_path / "in.png")
    notices = save_picture(picture, tmp_path / "out.jpg")
    assert notices == ("The EXIF data is too long for JPEG and is left out.",)
    assert open_picture(tmp_path / "out.jpg").metadata.exif is None


def test_nothing_is_overwritten_without_being_asked_for(tmp_path, samples):
    target = tmp_path / "out.png"
    target.write_bytes(b"precious")
    Image.fromarray(samples).save(tmp_path / "in.png")
    picture = open_picture(tmp_path / "in.png")
    with pytest.raises(TargetExistsError, match="exists already"):
        save_picture(picture, target)
    assert target.read_bytes() == b"precious"
    save_picture(picture, target, overwrite=True)
    np.testing.assert_array_equal(open_picture(target).samples, samples)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("out.gif", "256 colours"),
        ("out.xyz", "the ending .xyz is unknown"),
        ("out", "its name has no ending"),
    ],
)
def test_an_ending_that_cannot_be_written_is_refused(tmp_path, samples, name, complaint):
    Image.fromarray(samples).save(tmp_path / "in.png")
    with pytest.raises(PictureError, match=complaint):
        save_picture(open_picture(tmp_path / "in.png"), tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


def test_a_picture_too_long_for_the_format_is_refused(tmp_path):
    Image.new("L", (16_384, 1)).save(tmp_path / "in.png")
    picture = open_picture(tmp_path / "in.png")
    with pytest.raises(PictureError, match="at most 16383 pixels a side"):
        save_picture(picture, tmp_path / "out.webp")
    assert not (tmp_path / "out.webp").exists()


_EXTENSION_HEAD = hashlib.md5(b"<x/>").hexdigest().upper().encode() + struct.pack(">II", 4, 0)


def test_extended_xmp_of_a_jpeg_is_kept(make_full_jpeg, tmp_path):
    content = b"http://ns.adobe.com/xmp/extension/\0" + _EXTENSION_HEAD + b"<x/>"
    segment = b"\xff\xe1" + (2 + len(content)).to_bytes(2, "big") + content
    picture = open_picture(make_full_jpeg(extra=segment))
    save_picture(picture, tmp_path / "out.jpg")
    assert open_picture(tmp_path / "out.jpg").metadata.extended_xmp == (content,)


def test_old_exif_text_in_png_becomes_real_exif(tmp_path, samples, make_exif):
    from PIL.PngImagePlugin import PngInfo

    block = make_exif(orientation=3).tobytes()
    text = PngInfo()
    text.add_text("Raw profile type exif", f"\nexif\n{len(block):8}\n{block.hex()}\n", zip=True)
    Image.fromarray(samples).save(tmp_path / "old.png", pnginfo=text)
    picture = open_picture(tmp_path / "old.png")
    np.testing.assert_array_equal(picture.samples, samples[::-1, ::-1])
    save_picture(picture, tmp_path / "out.png")
    again = open_picture(tmp_path / "out.png")
    np.testing.assert_array_equal(again.samples, picture.samples)
    with Image.open(tmp_path / "out.png") as image:
        assert image.getexif()[0x010F] == "Maker"


@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp", "avif", "bmp", "ppm"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_disk_that_fills_up_while_saving_leaves_the_old_file(tmp_path, ending, dtype):
    resource = pytest.importorskip("resource")
    generator = np.random.default_rng(0)
    picture = Picture(generator.integers(0, np.iinfo(dtype).max, (300, 300, 3), dtype))
    target = tmp_path / f"out.{ending}"
    target.write_bytes(b"precious")
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The system stops every file at this size, as a full disk would.
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, former[1]))
    try:
        with pytest.raises(WriteError, match="cannot be written"):
            save_picture(picture, target, overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
    assert target.read_bytes() == b"precious"
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_no_file_changes_by_being_opened(make_full_jpeg: Callable[..., Path]):
    path = make_full_jpeg()
    before = path.read_bytes()
    open_picture(path)
    assert path.read_bytes() == before
