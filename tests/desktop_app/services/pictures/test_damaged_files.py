"""Files that cannot be used: one sentence, quickly, and nothing changed."""

from __future__ import annotations

import errno
import os
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import open_picture

ENDINGS = ("jpg", "png", "tif", "webp", "bmp", "gif", "ppm", "avif")


def refused(path: Path, **options: bool) -> str:
    with pytest.raises(PictureError) as caught:
        open_picture(path, **options)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_no_such_file(tmp_path):
    assert "does not exist" in refused(tmp_path / "none.jpg")


def test_a_text_file_named_like_a_picture(tmp_path):
    (tmp_path / "notes.png").write_text("Dear diary, no pictures today.")
    assert "is not a picture" in refused(tmp_path / "notes.png")


def test_an_empty_file(tmp_path):
    (tmp_path / "empty.jpg").touch()
    assert "is empty" in refused(tmp_path / "empty.jpg")


def test_a_folder(tmp_path):
    assert "is a folder" in refused(tmp_path)


def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert "pipe" in refused(tmp_path / "pipe.png")


def test_a_name_that_cannot_be(tmp_path):
    assert "cannot be read" in refused(tmp_path / ("x" * 300 + ".png"))


def test_a_file_without_permission(tmp_path, monkeypatch):
    path = tmp_path / "secret.png"
    Image.new("RGB", (4, 4)).save(path)

    def denied(*arguments: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert "permission was denied" in refused(path)


@pytest.fixture(scope="module", params=ENDINGS)
def whole_file(request, tmp_path_factory) -> Path:
    down, across = np.mgrid[0:96, 0:128]
    noise = np.random.default_rng(0).integers(0, 60, (96, 128, 3))
    values = (np.stack([down + across] * 3, axis=2) % 190 + noise + 1).astype(np.uint8)
    path = tmp_path_factory.mktemp("whole") / f"whole.{request.param}"
    Image.fromarray(values).save(path)
    return path


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_truncated_files_are_refused(whole_file, tmp_path, share):
    data = whole_file.read_bytes()
    path = tmp_path / whole_file.name
    path.write_bytes(data[: int(len(data) * share)])
    refused(path)
    assert path.read_bytes() == data[: int(len(data) * share)]


@pytest.mark.parametrize("share", [0.02, 0.6])
def test_the_way_out_that_is_named_is_one(whole_file, tmp_path, share):
    data = whole_file.read_bytes()
    path = tmp_path / whole_file.name
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(PictureError) as told:
        open_picture(path)
    try:
        open_picture(path, allow_damaged=True)
    except PictureError:
        assert told.value.remedy is None
    else:
        assert told.value.remedy == "allow_damaged"


@pytest.mark.parametrize("ending", ["jpg", "png", "bmp", "ppm"])
def test_the_readable_part_can_be_had(tmp_path, ending):
    noise = np.random.default_rng(0).integers(1, 256, (400, 300, 3)).astype(np.uint8)
    path = tmp_path / f"in.{ending}"
    Image.fromarray(noise).save(path, quality=90)
    whole = open_picture(path).samples
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    refused(path)
    picture = open_picture(path, allow_damaged=True)
    assert picture.samples.shape == whole.shape
    # BMP files begin with the bottom row.
    readable = slice(-150, None) if ending == "bmp" else slice(150)
    np.testing.assert_array_equal(picture.samples[readable], whole[readable])
    (notice,) = picture.notices
    percent = int(notice.removesuffix(" % of the picture is missing (black).").split()[-1])
    assert 40 <= percent <= 60


def test_the_readable_part_of_a_16_bit_picture(tmp_path, write_png_16):
    values = np.random.default_rng(0).integers(1, 65536, (300, 200, 3)).astype(np.uint16)
    path = tmp_path / "in.png"
    write_png_16(path, values)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    refused(path)
    picture = open_picture(path, allow_damaged=True)
    assert picture.bits == 16
    np.testing.assert_array_equal(picture.samples[:120], values[:120])
    assert "missing" in picture.notices[0]


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_progressive_jpeg_cut_short_is_coarser_and_complete(tmp_path, mode):
    down, across = np.mgrid[0:400, 0:300]
    smooth = np.stack([down / 2, across / 2, 100 + 50 * np.sin(down / 20)], axis=2)
    noise = np.random.default_rng(0).normal(0, 12, smooth.shape)
    path = tmp_path / "in.jpg"
    image = Image.fromarray(np.clip(smooth + noise, 0, 255).astype(np.uint8)).convert(mode)
    image.save(path, quality=90, progressive=True)
    whole = open_picture(path).samples.astype(float)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    refused(path)
    picture = open_picture(path, allow_damaged=True)
    assert np.abs(picture.samples - whole).mean() < 12
    assert picture.notices == (
        "The file is cut short: the picture is coarser than it was, or gray in part.",
    )


def test_a_file_of_which_nothing_is_left(tmp_path):
    noise = np.random.default_rng(0).integers(1, 256, (200, 300, 3)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "in.jpg", progressive=True)
    data = (tmp_path / "in.jpg").read_bytes()
    first_scan = data.index(b"\xff\xda") + 14
    (tmp_path / "in.jpg").write_bytes(data[:first_scan])
    refused(tmp_path / "in.jpg", allow_damaged=True)


def test_a_whole_file_has_no_warning_when_damage_is_allowed(whole_file):
    assert not any(
        "damaged" in notice for notice in open_picture(whole_file, allow_damaged=True).notices
    )


@given(data=st.data())
def test_flipped_bytes_give_a_picture_or_a_sentence(whole_file, data):
    content = bytearray(whole_file.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = whole_file.with_name(f"flipped{whole_file.suffix}")
    path.write_bytes(bytes(content))
    try:
        picture = open_picture(path, first_frame=True, allow_damaged=data.draw(st.booleans()))
    except PictureError:
        return
    assert picture.samples.size > 0


@given(content=st.binary(min_size=1, max_size=300), ending=st.sampled_from(ENDINGS))
def test_any_bytes_give_a_sentence(tmp_path_factory, content, ending):
    path = tmp_path_factory.mktemp("bytes") / f"any.{ending}"
    path.write_bytes(content)
    refused(path)


def test_warnings_are_silenced_on_all_threads_and_come_back(tmp_path, samples):
    for number in range(8):
        Image.fromarray(samples).save(tmp_path / f"{number}.png", exif=b"Exif\0\0garbage")
    before = list(warnings.filters)
    paths = [tmp_path / f"{number % 8}.png" for number in range(64)]
    with ThreadPoolExecutor(8) as pool:
        pictures = list(pool.map(open_picture, paths))
    assert len(pictures) == 64
    assert warnings.filters == before


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_decompression_bombs_are_refused_before_memory_is_taken(tmp_path, width, height):
    (tmp_path / "bomb.png").write_bytes(png_that_claims(width, height))
    assert "at most 200 million" in refused(tmp_path / "bomb.png")


def test_a_picture_without_pixels(tmp_path):
    (tmp_path / "none.png").write_bytes(png_that_claims(0, 5))
    refused(tmp_path / "none.png")


def test_text_that_unpacks_to_gigabytes_is_refused(tmp_path, samples):
    Image.fromarray(samples).save(tmp_path / "in.png")
    data = (tmp_path / "in.png").read_bytes()
    packed = zlib.compress(bytes(100_000_000), 9)
    body = b"zTXtComment\0\0" + packed
    checksum = struct.pack(">I", zlib.crc32(body))
    chunk = struct.pack(">I", len(body) - 4) + body + checksum
    (tmp_path / "in.png").write_bytes(data[:33] + chunk + data[33:])
    refused(tmp_path / "in.png")


def test_a_tiff_whose_pages_lead_in_a_circle(tmp_path, samples):
    Image.fromarray(samples).save(tmp_path / "in.tif")
    data = bytearray((tmp_path / "in.tif").read_bytes())
    first = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, first)[0]
    struct.pack_into("<I", data, first + 2 + 12 * entries, first)
    (tmp_path / "in.tif").write_bytes(bytes(data))
    np.testing.assert_array_equal(open_picture(tmp_path / "in.tif").samples, samples)


@pytest.mark.parametrize(
    "garbage", [b"II*\0", b"\xff" * 5000, b"MM\0*\0\0\0\x08\xff\xff" + b"A" * 99]
)
def test_garbage_for_exif_does_not_stand_in_the_way(tmp_path, samples, garbage):
    Image.fromarray(samples).save(tmp_path / "in.png", exif=b"Exif\0\0" + garbage)
    picture = open_picture(tmp_path / "in.png")
    np.testing.assert_array_equal(picture.samples, samples)


def test_garbage_for_a_colour_profile_is_carried_or_left_out(tmp_path, samples):
    Image.fromarray(samples).save(tmp_path / "in.jpg", icc_profile=b"garbage" * 1000)
    assert open_picture(tmp_path / "in.jpg").samples.shape == samples.shape
    Image.fromarray(samples).convert("CMYK").save(tmp_path / "in.tif", icc_profile=b"garbage" * 99)
    assert open_picture(tmp_path / "in.tif").samples.shape == samples.shape
