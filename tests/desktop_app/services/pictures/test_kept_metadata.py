"""What describes a photo follows it from any container into any other, or its loss is said."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from desktop_app.services.pictures import open_picture, save_picture
from desktop_app.services.pictures.files import png, tiff_directory
from desktop_app.services.pictures.files.tiff_directory import (
    ASCII,
    EXIF_DIRECTORY,
    UNDEFINED,
    Directory,
)
from desktop_app.services.pictures.metadata import exif, photoshop
from desktop_app.services.pictures.metadata.raw_metadata import read_raw_metadata

PACKET = b"<x:xmpmeta/>\n<?xpacket end='w'?>"
NAME = "Bjørn Žižek 山田".encode()


def camera_exif(order: str = "<") -> Directory:
    directory = Directory(order)
    directory.add(0x010F, ASCII, b"Maker\0")
    directory.add(0x013B, ASCII, NAME + b"\0")
    details = directory.nested[EXIF_DIRECTORY] = Directory(order)
    details.add(0x8827, tiff_directory.SHORT, (800,))
    return directory


def assert_is_camera_exif(block: bytes | None) -> None:
    assert block is not None
    directory = tiff_directory.read_first_directory(io.BytesIO(block))
    assert directory is not None
    assert directory.entries[0x010F].data == b"Maker\0"
    assert directory.entries[0x013B].data == NAME + b"\0"
    assert directory.nested[EXIF_DIRECTORY].integer(0x8827) == 800


@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp", "avif"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_text_that_is_not_ascii_is_kept(tmp_path, samples, ending, order):
    directory = camera_exif(order)
    directory.add(0x0112, tiff_directory.SHORT, (6,))
    stream = tiff_directory.tiff_stream(directory)
    Image.fromarray(samples).save(tmp_path / "in.png", exif=stream)
    save_picture(open_picture(tmp_path / "in.png"), tmp_path / f"out.{ending}")
    again = open_picture(tmp_path / f"out.{ending}")
    assert_is_camera_exif(again.metadata.exif)
    assert again.samples.shape == (40, 24, 3)


def test_text_that_is_not_ascii_is_kept_from_older_png_files(tmp_path, samples):
    block = exif.EXIF_PREFIX + tiff_directory.tiff_stream(camera_exif())
    text = PngInfo()
    text.add_text("Raw profile type APP1", f"\nexif\n{len(block):8}\n{block.hex()}\n", zip=True)
    Image.fromarray(samples).save(tmp_path / "in.png", pnginfo=text)
    assert_is_camera_exif(open_picture(tmp_path / "in.png").metadata.exif)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def cr3() -> bytes:
    directory = camera_exif()
    details = directory.nested.pop(EXIF_DIRECTORY)
    canon = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
    inside = b"".join(
        box(name, tiff_directory.tiff_stream(part))
        for name, part in ((b"CMT1", directory), (b"CMT2", details), (b"CMT3", Directory("<")))
    )
    packet = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
    packet += PACKET.replace(b"\n", b" " * 65_000 + b"\n    ")
    start = box(b"ftyp", b"crx \0\0\0\1") + box(b"moov", box(b"uuid", canon + inside))
    return start + box(b"uuid", packet)


def raf() -> bytes:
    stream = io.BytesIO()
    block = exif.EXIF_PREFIX + tiff_directory.tiff_stream(camera_exif())
    Image.new("RGB", (16, 16)).save(stream, "JPEG", exif=block, xmp=PACKET)
    content = stream.getvalue()
    head = b"FUJIFILMCCD-RAW 0201FF383501X100S".ljust(84, b"\0")
    return head + struct.pack(">II", 92, len(content)) + content


def with_mark(mark: bytes, order: str = "<") -> bytes:
    directory = camera_exif(order)
    directory.add(700, tiff_directory.BYTE, PACKET)
    return mark + tiff_directory.tiff_stream(directory)[4:]


@pytest.mark.parametrize(
    "content",
    [
        with_mark(b"II*\0"),
        with_mark(b"MM\0*", ">"),
        with_mark(b"IIRO"),
        with_mark(b"IIRS"),
        with_mark(b"MMOR", ">"),
        with_mark(b"IIU\0"),
        raf(),
        cr3(),
    ],
    ids=["dng", "nef", "orf", "orf-s", "orf-big", "rw2", "raf", "cr3"],
)
def test_camera_exposure_and_date_follow_from_any_raw_container(content):
    raw = read_raw_metadata(io.BytesIO(content))
    assert_is_camera_exif(raw.exif)
    assert raw.xmp == PACKET
    assert raw.left_out == (("The maker's note",) if content[4:8] == b"ftyp" else ())


@pytest.mark.parametrize("content", [b"", b"FUJIFILMCCD-RAW", b"IIRO", box(b"ftyp", b"crx ")])
def test_a_raw_file_without_exif_has_none(content):
    assert read_raw_metadata(io.BytesIO(content)).exif is None


def canon_note(position: int) -> bytes:
    """A maker's note that counts positions from the beginning of the file."""
    text = b"Canon EOS TEST\0\0"
    entry = struct.pack("<HHII", 6, 2, len(text), position + 18)
    return struct.pack("<H", 1) + entry + bytes(4) + text


def note_value(file: bytes) -> bytes:
    directory = tiff_directory.read_first_directory(io.BytesIO(file))
    assert directory is not None
    note = directory.nested[EXIF_DIRECTORY].entries[0x927C]
    size, position = struct.unpack_from("<II", note.data, 6)
    return file[position : position + size]


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
def test_a_makers_note_with_positions_in_the_file_stays_readable(tmp_path, samples, ending):
    directory = camera_exif()
    note = tiff_directory.Entry(UNDEFINED, 34, canon_note(300), 300, stays=True)
    directory.nested[EXIF_DIRECTORY].entries[0x927C] = note
    stream = tiff_directory.tiff_stream(directory)
    Image.fromarray(samples).save(tmp_path / "in.jpg", exif=exif.EXIF_PREFIX + stream)
    for source, target in (("in.jpg", f"out.{ending}"), (f"out.{ending}", "again.tif"),
                           ("again.tif", f"last.{ending}")):  # fmt: skip
        assert save_picture(open_picture(tmp_path / source), tmp_path / target) in ((), (
            "WEBP cannot hold the resolution (DPI).",))  # fmt: skip
        content = (tmp_path / target).read_bytes()
        block = content if target.endswith("tif") else open_picture(tmp_path / target).metadata.exif
        assert note_value(block or b"") == b"Canon EOS TEST\0\0"
    assert tifffile.imread(tmp_path / "again.tif").shape == samples.shape


def test_a_makers_note_too_far_behind_is_said(tmp_path, samples):
    directory = camera_exif()
    note = tiff_directory.Entry(UNDEFINED, 34, canon_note(90_000), 90_000, stays=True)
    directory.nested[EXIF_DIRECTORY].entries[0x927C] = note
    found = exif.exif_of_tiff(io.BytesIO(tiff_directory.tiff_stream(directory)))
    assert found is not None
    assert found.left_out == (
        "The maker's note, which would be unreadable at another place in the file,",
    )
    assert (
        0x927C
        not in tiff_directory.read_first_directory(  # type: ignore[union-attr]
            io.BytesIO(found.stream)
        )
        .nested[EXIF_DIRECTORY]
        .entries
    )


MAP = {33550: (0.05, 0.05, 0.0), 34735: (1, 1, 0, 1, 1024, 0, 1, 1), 42113: "0"}


def map_file(path: Path, samples: np.ndarray, order: str, **options: object) -> None:
    tags = [
        (33550, 12, 3, MAP[33550], True),
        (34735, 3, 8, MAP[34735], True),
        (42113, 2, 2, "0", True),
        (285, 2, 15, "Page of a book", True),
        (65000, 2, 4, "lab", True),
    ]
    tifffile.imwrite(
        path, samples, byteorder=order, photometric="rgb", metadata=None, extratags=tags,
        software=False, **options,
    )  # fmt: skip


@pytest.mark.parametrize("order", ["<", ">"])
def test_map_page_and_private_tags_stay_in_a_tiff_file(tmp_path, samples, order):
    map_file(tmp_path / "in.tif", samples, order)
    picture = open_picture(tmp_path / "in.tif")
    assert save_picture(picture, tmp_path / "out.tif") == ()
    with tifffile.TiffFile(tmp_path / "out.tif") as file:
        tags = file.pages[0].tags
        assert {code: tags[code].value for code in MAP} == MAP
        assert (tags[285].value, tags[65000].value) == ("Page of a book", "lab")
    (sentence,) = save_picture(picture, tmp_path / "out.png")
    assert "place on the map" in sentence


def test_a_turned_map_is_said_to_have_no_place(tmp_path, samples):
    map_file(tmp_path / "in.tif", samples, "<")
    content = bytearray((tmp_path / "in.tif").read_bytes())
    directory = tiff_directory.read_first_directory(io.BytesIO(content))
    assert directory is not None
    directory.add(0x0112, tiff_directory.SHORT, (6,))
    position = len(content)
    content += tiff_directory.directory_bytes(directory, position)
    struct.pack_into("<I", content, 4, position)
    (tmp_path / "in.tif").write_bytes(content)
    picture = open_picture(tmp_path / "in.tif")
    assert picture.samples.shape == (40, 24, 3)
    lost = save_picture(picture, tmp_path / "out.tif")
    assert "The place on the map, which does not fit the turned picture, is left out." in lost
    with tifffile.TiffFile(tmp_path / "out.tif") as file:
        assert 33550 not in file.pages[0].tags
        assert 65000 in file.pages[0].tags


@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_no_resolution_is_made_up(tmp_path, samples, ending):
    map_file(tmp_path / "in.tif", samples, "<", resolutionunit=1)
    source = bytearray((tmp_path / "in.tif").read_bytes())
    directory = tiff_directory.read_first_directory(io.BytesIO(source))
    assert directory is not None
    for tag in (282, 283, 296):
        directory.entries.pop(tag, None)
    position = len(source)
    source += tiff_directory.directory_bytes(directory, position)
    struct.pack_into("<I", source, 4, position)
    (tmp_path / "in.tif").write_bytes(source)
    picture = open_picture(tmp_path / "in.tif")
    assert picture.metadata.dpi is None
    save_picture(picture, tmp_path / f"out.{ending}")
    assert open_picture(tmp_path / f"out.{ending}").metadata.dpi is None


def resource(number: int, content: bytes) -> bytes:
    head = b"8BIM" + struct.pack(">HHI", number, 0, len(content))
    return head + content + bytes(len(content) % 2)


@pytest.mark.parametrize("ending", ["jpg", "tif", "png"])
def test_long_iptc_and_clipping_paths_are_kept(tmp_path, samples, ending):
    iptc = b"".join(b"\x1c\x02\x19" + struct.pack(">H", 1000) + b"k" * 1000 for _ in range(90))
    path = bytes(range(256)) * 4
    blocks = resource(2000, path) + resource(2999, b"\x04path") + resource(1036, b"old thumbnail")
    photo = open_picture_with(tmp_path, samples, iptc, blocks)
    assert photo.metadata.iptc == iptc
    lost = save_picture(photo, tmp_path / f"out.{ending}")
    assert [sentence for sentence in lost if "preview" not in sentence] == []
    again = open_picture(tmp_path / f"out.{ending}").metadata
    assert again.iptc == iptc
    assert again.photoshop == resource(2000, path) + resource(2999, b"\x04path")
    assert any("clipping paths" in words for words in save_picture(photo, tmp_path / "out.webp"))


@pytest.mark.parametrize("name", ["8bim", "iptc"])
def test_photoshop_data_in_a_png_loses_its_preview_only(tmp_path, samples, name):
    iptc, path = b"\x1c\x02\x05\x00\x0aSome title", resource(2000, bytes(26))
    whole = photoshop.resources_with_iptc(iptc, path + resource(1036, b"old thumbnail"))
    info = PngInfo()
    info.add(*png.raw_profile_chunk(name, whole))
    Image.fromarray(samples).save(tmp_path / "in.png", pnginfo=info)
    photo = open_picture(tmp_path / "in.png")
    lost = save_picture(photo, tmp_path / "out.png")
    assert ["preview in the Photoshop data" in words for words in lost] == [True]
    content = (tmp_path / "out.png").read_bytes()
    assert content.count(b"Raw profile type") == 1
    again = open_picture(tmp_path / "out.png").metadata
    assert (again.iptc, again.photoshop) == (iptc, path)


def test_xmp_that_older_programs_wrote_into_png_is_read(tmp_path, samples):
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>kept</x:xmpmeta>"
    info = PngInfo()
    info.add(*png.raw_profile_chunk("xmp", packet))
    Image.fromarray(samples).save(tmp_path / "in.png", pnginfo=info)
    assert open_picture(tmp_path / "in.png").metadata.xmp == packet


def test_a_clipping_path_does_not_fit_a_turned_picture(tmp_path, samples):
    Image.Exif()
    photo = open_picture_with(tmp_path, samples, b"", resource(2000, bytes(26)), orientation=6)
    assert photo.metadata.photoshop is None
    assert any("clipping path" in words for words in save_picture(photo, tmp_path / "out.jpg"))


def open_picture_with(tmp_path, samples, iptc, blocks, orientation=1):
    whole = photoshop.resources_with_iptc(iptc, blocks)
    extra = b""
    for start in range(0, len(whole), 60_000):
        content = photoshop.SEGMENT_PREFIX + whole[start : start + 60_000]
        extra += b"\xff\xed" + struct.pack(">H", 2 + len(content)) + content
    block = Image.Exif()
    block[0x0112] = orientation
    Image.fromarray(samples).save(tmp_path / "in.jpg", extra=extra, exif=block)
    return open_picture(tmp_path / "in.jpg")
