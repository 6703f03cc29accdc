"""Nothing in a result shows the picture as it was, or promises what the file does not hold."""

from __future__ import annotations

import base64
import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageOps

from desktop_app.services.pictures import open_picture, save_picture
from desktop_app.services.pictures.files import tiff_directory
from desktop_app.services.pictures.files.tiff_directory import (
    ASCII,
    EXIF_DIRECTORY,
    LONG,
    UNDEFINED,
    Directory,
)
from desktop_app.services.pictures.metadata import exif, xmp

ENDINGS = ("jpg", "png", "tif", "webp", "avif")


def jpeg(seed: int) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, "JPEG")
    return stream.getvalue()


def exif_with_previews() -> tuple[bytes, list[bytes]]:
    """An EXIF stream with a preview in its second directory and one in its maker's note."""
    second, inside = jpeg(1), jpeg(2)
    directory = Directory("<")
    directory.add(0x010F, ASCII, b"Maker\0")
    directory.nested[EXIF_DIRECTORY] = Directory("<")
    directory.nested[EXIF_DIRECTORY].add(0x927C, UNDEFINED, b"note" + inside + b"more of it")
    stream = bytearray(tiff_directory.tiff_stream(directory))
    read = tiff_directory.read_first_directory(io.BytesIO(stream))
    assert read is not None
    struct.pack_into("<I", stream, read.next_position, len(stream))
    thumbnail = Directory("<")
    thumbnail.add(0x0201, LONG, (len(stream) + 30,))
    thumbnail.add(0x0202, LONG, (len(second),))
    stream += tiff_directory.directory_bytes(thumbnail, len(stream))
    return bytes(stream) + second, [second, inside]


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_preview_of_the_source_is_in_a_result(tmp_path, samples, ending):
    block, previews = exif_with_previews()
    third = base64.b64encode(jpeg(3))
    packet = (
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:Description "
        b'xmlns:xap="http://ns.adobe.com/xap/1.0/" xap:Rating="4">'
        b"<xap:Thumbnails><rdf:Alt><rdf:li>" + third + b"</rdf:li></rdf:Alt></xap:Thumbnails>"
        b"</rdf:Description></x:xmpmeta>"
    )
    fourth = jpeg(4)
    resource = b"8BIM" + struct.pack(">HHI", 1036, 0, len(fourth)) + fourth + bytes(len(fourth) % 2)
    payload = b"Photoshop 3.0\0" + resource
    Image.fromarray(samples).save(
        tmp_path / "in.jpg",
        exif=exif.EXIF_PREFIX + block,
        xmp=packet,
        extra=b"\xff\xed" + struct.pack(">H", 2 + len(payload)) + payload,
    )
    picture = open_picture(tmp_path / "in.jpg")
    lost = save_picture(picture, tmp_path / f"out.{ending}")
    content = (tmp_path / f"out.{ending}").read_bytes()
    for preview in (*previews, third, fourth):
        for part in (preview[-120:-80], preview[-80:-40], preview[-40:]):  # behind its tables
            assert part not in content
    assert picture.metadata.exif is not None
    assert b"more of it" in picture.metadata.exif
    assert b'Rating="4"' in (picture.metadata.xmp or b"")
    assert {sentence.split(",")[0] for sentence in lost if "as it was" in sentence} == {
        "The preview in the maker's note",
        "The preview in the XMP data",
        "The preview in the Photoshop data",
    }


def test_exif_ends_where_its_preview_began():
    block, _ = exif_with_previews()
    fitting = exif.upright(block, 4, 4)
    first = tiff_directory.read_first_directory(io.BytesIO(block))
    assert fitting is not None
    assert first is not None
    (began,) = struct.unpack_from("<I", block, first.next_position)
    assert len(fitting.stream) <= began
    assert b"more of it" in fitting.stream


def test_exif_without_previews_stays_byte_for_byte(make_exif):
    stream = exif.without_prefix(make_exif(1, size=(40, 24)).tobytes())
    fitting = exif.upright(stream, 40, 24)
    assert fitting is not None
    assert (fitting.stream, fitting.left_out) == (stream, ())


def packet(prop: str, prefix: str = "tiff") -> bytes:
    return (
        f"<rdf:Description xmlns:{prefix}='http://ns.adobe.com/tiff/1.0/' {prop}></rdf:Description>"
    ).encode()


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("tiff:Orientation='6'", "tiff"),
        ('tiff:Orientation = "6"', "tiff"),
        ("t:Orientation='6'", "t"),
        ("><tiff:Orientation>6</tiff:Orientation", "tiff"),
    ],
)
def test_an_orientation_in_xmp_alone_turns_the_picture_once(tmp_path, samples, text, prefix):
    Image.fromarray(samples).save(tmp_path / "in.png")
    stream = io.BytesIO()
    Image.fromarray(samples).save(stream, "WEBP", lossless=True, xmp=packet(text, prefix))
    (tmp_path / "in.webp").write_bytes(stream.getvalue())
    picture = open_picture(tmp_path / "in.webp")
    np.testing.assert_array_equal(picture.samples, np.rot90(samples, -1))
    assert xmp.orientation_of(picture.metadata.xmp or b"") == 1
    save_picture(picture, tmp_path / "out.webp")
    again = open_picture(tmp_path / "out.webp")
    np.testing.assert_array_equal(again.samples, picture.samples)


@pytest.mark.parametrize("form", [1, 3, 4, 6, 8, 9])
@pytest.mark.parametrize("order", ["<", ">"])
def test_an_orientation_of_any_type_turns_the_picture_once(tmp_path, samples, form, order):
    directory = Directory(order)
    size = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}[form]
    directory.entries[0x0112] = tiff_directory.Entry(form, 1, struct.pack(order + size, 6))
    stream = tiff_directory.tiff_stream(directory)
    Image.fromarray(samples).save(tmp_path / "in.png", exif=stream)
    picture = open_picture(tmp_path / "in.png")
    np.testing.assert_array_equal(picture.samples, np.rot90(samples, -1))
    save_picture(picture, tmp_path / "out.png")
    np.testing.assert_array_equal(open_picture(tmp_path / "out.png").samples, picture.samples)
    with Image.open(tmp_path / "out.png") as image:
        np.testing.assert_array_equal(np.asarray(ImageOps.exif_transpose(image)), picture.samples)


@pytest.mark.parametrize("turn", range(1, 9))
def test_the_place_of_the_subject_turns_with_the_picture(turn):
    area = np.zeros((24, 40), np.uint8)
    area[4:10, 30:36] = 1
    directory = Directory("<")
    directory.add(0x0112, tiff_directory.SHORT, (turn,))
    details = directory.nested[EXIF_DIRECTORY] = Directory("<")
    details.add(0x9214, tiff_directory.SHORT, (33, 7, 6, 6))
    turned = {
        1: area, 2: area[:, ::-1], 3: area[::-1, ::-1], 4: area[::-1], 5: area.T,
        6: np.rot90(area, -1), 7: np.rot90(area, 2).T, 8: np.rot90(area),
    }[turn]  # fmt: skip
    height, width = turned.shape
    fitting = exif.upright(tiff_directory.tiff_stream(directory), width, height)
    assert fitting is not None
    read = tiff_directory.read_first_directory(io.BytesIO(fitting.stream))
    assert read is not None
    x, y, *_ = read.nested[EXIF_DIRECTORY].integers(0x9214)
    assert turned[y - 1 : y + 2, x - 1 : x + 2].all()


MOTION = (
    b"<rdf:Description xmlns:GCamera='http://ns.google.com/photos/1.0/camera/' "
    b"xmlns:Container='http://ns.google.com/photos/1.0/container/' xmlns:dc='x' "
    b"GCamera:MotionPhoto='1' GCamera:MotionPhotoVersion='1' dc:title='kept'>"
    b"<Container:Directory><rdf:Seq>MotionPhoto</rdf:Seq></Container:Directory></rdf:Description>"
)
MICRO = (
    b'<rdf:Description xmlns:G="http://ns.google.com/photos/1.0/camera/" xmlns:dc="x" '
    b'G:MicroVideo="1" G:MicroVideoOffset="4096" dc:title="kept"/>'
)
GAIN = (
    b'<rdf:Description xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" xmlns:dc="x" '
    b'hdrgm:Version="1.0" dc:title="kept"/>'
)


@pytest.mark.parametrize(
    ("promise", "words"),
    [(MOTION, "video of the motion photo"), (MICRO, "video of the motion photo"),
     (GAIN, "gain map")],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_what_follows_the_picture_is_said_and_not_promised(
    tmp_path, samples, promise, words, ending
):
    Image.fromarray(samples).save(tmp_path / "in.jpg", xmp=promise)
    with (tmp_path / "in.jpg").open("ab") as file:
        file.write(b"\0\0\0\x18ftypmp42" + bytes(4084))
    picture = open_picture(tmp_path / "in.jpg")
    lost = save_picture(picture, tmp_path / f"out.{ending}")
    assert [words in sentence for sentence in lost].count(True) == 1
    content = (tmp_path / f"out.{ending}").read_bytes()
    assert b"kept" in content
    for word in (b"MotionPhoto", b"MicroVideo", b"hdrgm:Version", b"ftypmp42", b"Directory"):
        assert word not in content


@pytest.mark.parametrize(
    "behind", [b"\0\0\0\x18ftypmp42" + bytes(40), b"MotionPhoto_Data\0\0", b"just some bytes"]
)
def test_a_video_that_nothing_promises_is_said(tmp_path, samples, behind):
    Image.fromarray(samples).save(tmp_path / "in.jpg")
    with (tmp_path / "in.jpg").open("ab") as file:
        file.write(behind)
    lost = save_picture(open_picture(tmp_path / "in.jpg"), tmp_path / "out.jpg")
    is_video = behind != b"just some bytes"
    assert lost == (("The video of the motion photo is left out.",) if is_video else ())


def test_a_long_packet_loses_the_picture_of_before_and_is_found_again(tmp_path, samples):
    earlier = base64.b64encode(jpeg(5) * 60)
    long = (
        b'<rdf:Description xmlns:GImage="http://ns.google.com/photos/1.0/image/" '
        b'xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" GDepth:Data="'
        + b"depth" * 20_000 + b'" GImage:Data="' + earlier + b'"/>'
    )  # fmt: skip
    main = b'<rdf:Description xmlns:n="http://ns.adobe.com/xmp/note/" n:HasExtendedXMP="0123"/>'
    main, segments = xmp.with_extension(main, long)
    extra = b"".join(b"\xff\xe1" + struct.pack(">H", 2 + len(s)) + s for s in segments)
    Image.fromarray(samples).save(tmp_path / "in.jpg", xmp=main, extra=extra)
    picture = open_picture(tmp_path / "in.jpg")
    assert "The earlier picture in the XMP data is left out." in save_picture(
        picture, tmp_path / "out.jpg"
    )
    content = (tmp_path / "out.jpg").read_bytes()
    assert earlier[1000:1040] not in content
    again = open_picture(tmp_path / "out.jpg").metadata
    found = xmp.joined_extension(again.extended_xmp)
    assert found is not None
    assert b"depth" * 20_000 in found
    lost = save_picture(picture, tmp_path / "out.png")
    assert "PNG cannot hold the long part of the XMP data." in lost
    assert b"HasExtendedXMP" not in (open_picture(tmp_path / "out.png").metadata.xmp or b"")
