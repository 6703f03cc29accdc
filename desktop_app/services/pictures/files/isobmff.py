"""The boxes of AVIF, HEIF and CR3 files: what they say beside the samples.

A file is a list of boxes (size, type, content), some of which hold boxes again. The ``meta`` box
lists items (pictures, EXIF, XMP), where their bytes lie, and their properties.

Source: ISO/IEC 14496-12 (ISO base media file format), 23008-12 (HEIF); Canon CR3 as described at
https://github.com/lclevy/canon_cr3
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

_MOST_BOXES = 4096
_LARGEST_BOX = 32 * 2**20
_CR3_UUID = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_PICTURES = (b"av01", b"hvc1", b"grid", b"iovl", b"iden", b"unci", b"jpeg", b"tmap")


@dataclass
class Items:
    """What the ``meta`` box tells.

    Attributes:
        primary: number of the main picture.
        types: type of every item, by number.
        references: ``(kind, from, to)``.
        properties: ``(type, content)`` of the main picture, in order.
        blocks: content of the items that are metadata, by type (``Exif`` or ``mime``).
    """

    primary: int = 0
    types: dict[int, bytes] = field(default_factory=dict)
    references: list[tuple[bytes, int, int]] = field(default_factory=list)
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    blocks: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def cicp(self) -> tuple[int, int] | None:
        """Numbers of primaries and transfer curve as in ITU-T H.273, where they are given."""
        for kind, content in self.properties:
            if kind == b"colr" and content[:4] == b"nclx" and len(content) >= 8:
                primaries, transfer = struct.unpack_from(">HH", content, 4)
                return primaries, transfer
        return None

    @property
    def bits(self) -> int:
        """Bits per sample; 8 where it is not told."""
        for kind, content in self.properties:
            if kind == b"pixi" and len(content) > 5:
                return max(content[5:])
            if kind == b"av1C" and len(content) > 2:
                high, twelve = content[2] >> 6 & 1, content[2] >> 5 & 1
                return 12 if high and twelve else 10 if high else 8
        return 8

    @property
    def exif(self) -> bytes | None:
        """The EXIF data, a TIFF stream."""
        block = self.blocks.get(b"Exif")
        if block is None or len(block) < 4:
            return None
        return block[4 + int.from_bytes(block[:4], "big") :]

    @property
    def further_pictures(self) -> tuple[str, ...]:
        """What else the file shows, in words: gain map, depth, further pictures."""
        shown = {number for number, kind in self.types.items() if kind in _PICTURES}
        parts = {target for kind, source, target in self.references if kind == b"dimg"}
        small = {source for kind, source, _ in self.references if kind == b"thmb"}
        extra = {source for kind, source, _ in self.references if kind == b"auxl"}
        words = []
        if b"tmap" in self.types.values():
            words.append("The gain map for bright screens (HDR)")
        elif shown - {self.primary} - parts - small - extra:
            words.append("Every picture of the file but its main one")
        return tuple(words)


def read_items(stream: BinaryIO) -> Items:
    """Read the ``meta`` box of a file; what is damaged is left out."""
    items = Items()
    try:
        for kind, content in _boxes_of_file(stream, (b"meta",)):
            if kind == b"meta":
                _read_meta(content[4:], stream, items)
                break
    except (struct.error, IndexError, ValueError, OverflowError, OSError):
        pass
    return items


def with_cicp(content: bytes, cicp: tuple[int, int]) -> bytes:
    """Return an AVIF file that tells other primaries and another transfer curve, in their place.

    The samples and the matrix by which they are stored stay. A file that tells nothing of its
    colours is returned as it is.
    """
    mark = b"colrnclx"
    at = content.find(mark)
    if at < 0:
        return content
    at += len(mark)
    return content[:at] + struct.pack(">HH", *cicp) + content[at + 4 :]


def cr3_directories(stream: BinaryIO) -> dict[bytes, bytes]:
    """Return the TIFF streams of a Canon CR3 file: ``CMT1`` (picture), ``CMT2`` (EXIF) ..."""
    found: dict[bytes, bytes] = {}
    try:
        for kind, content in _boxes_of_file(stream, (b"moov",)):
            for inner, data in _boxes(content) if kind == b"moov" else ():
                if inner == b"uuid" and data[:16] == _CR3_UUID:
                    found.update(box for box in _boxes(data[16:]) if box[0].startswith(b"CMT"))
    except (struct.error, IndexError, ValueError, OverflowError, OSError):
        pass
    return found


def cr3_xmp(stream: BinaryIO) -> bytes | None:
    """Return the XMP packet of a Canon CR3 file."""
    try:
        for kind, content in _boxes_of_file(stream, (b"uuid",)):
            if kind == b"uuid" and content[:16] == _XMP_UUID:
                return content[16:]
    except (struct.error, ValueError, OverflowError, OSError):
        pass
    return None


def _boxes_of_file(stream: BinaryIO, wanted: tuple[bytes, ...]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the boxes of a file; those that are not wanted come without their content."""
    position = 0
    for _ in range(_MOST_BOXES):
        stream.seek(position)
        head = stream.read(16)
        if len(head) < 8:
            return
        size, kind = struct.unpack_from(">I4s", head)
        start = 8
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack_from(">Q", head, 8)
            start = 16
        if 0 < size < start:
            return
        content = b""
        if kind in wanted:
            stream.seek(position + start)
            content = stream.read(min(size - start, _LARGEST_BOX) if size else _LARGEST_BOX)
        yield kind, content
        if size == 0:
            return
        position += size


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    for _ in range(_MOST_BOXES):
        if position + 8 > len(content):
            return
        size, kind = struct.unpack_from(">I4s", content, position)
        start = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, position + 8)
            start = 16
        end = position + size if size else len(content)
        if end - position < start:
            return
        yield kind, content[position + start : end]
        position = end


def _read_meta(content: bytes, stream: BinaryIO, items: Items) -> None:
    boxes = dict(_boxes(content))
    if b"pitm" in boxes:
        items.primary = _number(boxes[b"pitm"], 4, 4 if boxes[b"pitm"][0] else 2)
    mime_xmp = set()
    for number, kind, is_xmp in _item_types(boxes.get(b"iinf", b"")):
        items.types[number] = kind
        if is_xmp:
            mime_xmp.add(number)
    items.references = list(_references(boxes.get(b"iref", b"")))
    items.properties = list(_properties(boxes.get(b"iprp", b""), items.primary))
    described = {source for kind, source, target in items.references
                 if kind == b"cdsc" and target == items.primary}  # fmt: skip
    places = _places(boxes.get(b"iloc", b""))
    for number, kind in items.types.items():
        wanted = kind == b"Exif" or number in mime_xmp
        if wanted and number in places and (number in described or kind not in items.blocks):
            items.blocks[kind] = _bytes_at(places[number], stream, boxes.get(b"idat", b""))


def _number(data: bytes, position: int, size: int) -> int:
    if position + size > len(data):
        raise ValueError("cut short")
    return int.from_bytes(data[position : position + size], "big")


def _item_types(content: bytes) -> Iterator[tuple[int, bytes, bool]]:
    if not content:
        return
    for kind, data in _boxes(content[4 + (4 if content[0] else 2) :]):
        if kind == b"infe" and data[0] >= 2:
            size = 2 if data[0] == 2 else 4
            type_at = 4 + size + 2
            item_type = data[type_at : type_at + 4]
            texts = data[type_at + 4 :].split(b"\0")
            is_xmp = item_type == b"mime" and b"application/rdf+xml" in texts[:2]
            yield _number(data, 4, size), item_type, is_xmp


def _references(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    if not content:
        return
    size = 4 if content[0] else 2
    for kind, data in _boxes(content[4:]):
        source, count = _number(data, 0, size), _number(data, size, 2)
        for index in range(count):
            yield kind, source, _number(data, size + 2 + index * size, size)


def _properties(content: bytes, primary: int) -> Iterator[tuple[bytes, bytes]]:
    boxes = dict(_boxes(content))
    if not {b"ipco", b"ipma"} <= boxes.keys():
        return
    known, table = list(_boxes(boxes[b"ipco"])), boxes[b"ipma"]
    id_size = 4 if table[0] else 2
    index_size = 2 if table[3] & 1 else 1
    position = 8
    for _ in range(_number(table, 4, 4)):
        number, count = _number(table, position, id_size), table[position + id_size]
        position += id_size + 1
        for _ in range(count):
            index = _number(table, position, index_size) & (0x7FFF if index_size == 2 else 0x7F)
            position += index_size
            if number == primary and 0 < index <= len(known):
                yield known[index - 1]


def _places(content: bytes) -> dict[int, tuple[bool, list[tuple[int, int]]]]:
    """Return for every item whether it lies in the ``idat`` box, and its (position, size)s."""
    if not content:
        return {}
    version, sizes = content[0], _number(content, 4, 2)
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    id_size = 4 if version == 2 else 2
    count, position = _number(content, 6, id_size), 6 + id_size
    places = {}
    for _ in range(min(count, _MOST_BOXES)):
        number = _number(content, position, id_size)
        position += id_size
        method = 0
        if version in (1, 2):
            method = _number(content, position, 2) & 15
            position += 2
        position += 2
        start = _number(content, position, base)
        position += base
        extents = []
        parts = _number(content, position, 2)
        position += 2
        for _ in range(min(parts, _MOST_BOXES)):
            if version in (1, 2):
                position += index
            at = _number(content, position, offset)
            extents.append((start + at, _number(content, position + offset, length)))
            position += offset + length
        if method in (0, 1):
            places[number] = (method == 1, extents)
    return places


def _bytes_at(place: tuple[bool, list[tuple[int, int]]], stream: BinaryIO, inside: bytes) -> bytes:
    in_data_box, extents = place
    parts = []
    for position, size in extents:
        if in_data_box:
            parts.append(inside[position : position + size])
        else:
            stream.seek(position)
            parts.append(stream.read(min(size, _LARGEST_BOX)))
    return b"".join(parts)
