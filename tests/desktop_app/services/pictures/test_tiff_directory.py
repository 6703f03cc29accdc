"""TIFF directories: written and read back, against Pillow, and from any bytes."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from desktop_app.services.pictures.files.tiff_directory import (
    ASCII,
    EXIF_DIRECTORY,
    LONG,
    RATIONAL,
    SHORT,
    UNDEFINED,
    Directory,
    read_first_directory,
    tiff_stream,
)
from desktop_app.services.pictures.metadata import exif, photoshop

orders = st.sampled_from(["<", ">"])
plain_tags = st.integers(256, 0x7FFF)


def contents(directory: Directory) -> dict[int, tuple[int, int, bytes]]:
    return {tag: (entry.type, entry.count, entry.data) for tag, entry in directory.entries.items()}


@given(
    order=orders,
    blocks=st.dictionaries(plain_tags, st.binary(min_size=1, max_size=40), max_size=8),
    numbers=st.dictionaries(plain_tags, st.lists(st.integers(0, 65535), min_size=1), max_size=8),
    inner=st.dictionaries(plain_tags, st.binary(min_size=1, max_size=9), max_size=5),
)
def test_what_is_written_is_read_back(order, blocks, numbers, inner):
    directory, nested = Directory(order), Directory(order)
    for tag, data in blocks.items():
        directory.add(tag, UNDEFINED, data)
    for tag, values in numbers.items():
        directory.add(tag, SHORT, tuple(values))
    for tag, data in inner.items():
        nested.add(tag, UNDEFINED, data)
    directory.nested[EXIF_DIRECTORY] = nested

    again = read_first_directory(io.BytesIO(tiff_stream(directory)))

    assert again is not None
    assert again.order == order
    assert contents(again) == contents(directory)
    assert contents(again.nested[EXIF_DIRECTORY]) == contents(nested)


@given(order=orders)
def test_pillow_reads_it(order):
    directory = Directory(order)
    directory.add(0x010F, ASCII, b"Maker\0")
    directory.add(0x0112, SHORT, (6,))
    directory.add(0x011A, RATIONAL, (600, 2))
    nested = Directory(order)
    nested.add(0xA002, LONG, (4000,))
    directory.nested[EXIF_DIRECTORY] = nested
    block = Image.Exif()
    block.load(tiff_stream(directory))
    assert block[0x010F] == "Maker"
    assert block[0x0112] == 6
    assert block[0x011A] == 300
    assert block.get_ifd(0x8769)[0xA002] == 4000


@given(data=st.binary(max_size=200), mark=st.sampled_from([b"II*\0", b"MM\0*", b"II+\0", b""]))
def test_any_bytes_are_read_without_an_error(data, mark):
    stream = mark + data
    read_first_directory(io.BytesIO(stream))
    result = exif.upright(stream, 3, 4)
    assert result is None or len(result.stream) <= len(stream)


@given(data=st.data())
def test_damaged_exif_keeps_its_length(data, make_exif):
    stream = bytearray(exif.without_prefix(make_exif(6).tobytes()))
    for _ in range(5):
        stream[data.draw(st.integers(8, len(stream) - 1))] = data.draw(st.integers(0, 255))
    result = exif.upright(bytes(stream), 40, 24)
    assert result is None or len(result.stream) <= len(stream)


def test_a_directory_nested_in_itself_ends():
    stream = b"II*\0\x08\0\0\0" + b"\x01\0" + b"\x69\x87\x04\0\x01\0\0\0\x08\0\0\0" + bytes(4)
    directory = read_first_directory(io.BytesIO(stream))
    assert directory is not None
    assert directory.nested[EXIF_DIRECTORY].nested[EXIF_DIRECTORY].nested == {}


@given(iptc=st.binary(min_size=1, max_size=100), name=st.binary(max_size=9), rest=st.binary())
def test_iptc_is_found_among_other_resources(iptc, name, rest):
    padded = bytes([len(name)]) + name + b"\0" * ((1 + len(name)) % 2)
    other = b"8BIM\x03\xed" + padded + len(name).to_bytes(4, "big") + name + b"\0" * (len(name) % 2)
    resources = other + photoshop.resources_with_iptc(iptc)
    assert photoshop.iptc_in_resources(resources + rest) == iptc
    assert photoshop.iptc_in_resources(other) is None


@given(data=st.binary(max_size=60))
def test_any_bytes_after_the_mark_of_a_resource(data):
    photoshop.iptc_in_resources(b"8BIM\x04\x04" + data)
