"""Photoshop's image resources, the envelope in which JPEG and TIFF files keep IPTC and paths.

Source: Adobe Photoshop File Formats Specification, "Image Resource Blocks".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

SEGMENT_PREFIX = b"Photoshop 3.0\0"
IPTC_MARK = b"\x1c"
_BLOCK_MARK = b"8BIM"
_IPTC = 0x0404
_CLIPPING_PATHS = range(2000, 3000)
_THUMBNAILS = (1033, 1036)
# Copies of what has a place of its own, and names and colours of channels that do not go along.
_NOT_CARRIED = (_IPTC, *_THUMBNAILS, 1006, 1039, 1045, 1053, 1058, 1059, 1060, 1067, 1077)


@dataclass(frozen=True)
class Resource:
    """One block: its number, and its bytes with and without the envelope."""

    number: int
    block: bytes
    content: bytes


def iptc_in_resources(resources: bytes) -> bytes | None:
    """Return the IPTC records among image resource blocks, or None where there are none."""
    return next((item.content for item in _blocks(resources) if item.number == _IPTC), None) or None


def carried_resources(resources: bytes, is_turned: bool) -> tuple[bytes | None, tuple[str, ...]]:
    """Return the blocks that a result can take over as they are, IPTC aside.

    Args:
        resources: all of them.
        is_turned: whether the picture was turned upright, which clipping paths do not follow.

    Returns:
        The blocks, or None where there are none; and what is left out, beginnings of sentences.
    """
    kept, left_out = [], []
    for item in _blocks(resources):
        if item.number in _CLIPPING_PATHS and is_turned:
            left_out.append("The clipping path, which does not fit the turned picture,")
        elif item.number in _THUMBNAILS:
            left_out.append("The preview in the Photoshop data, which shows the picture as it was,")
        elif item.number not in _NOT_CARRIED:
            kept.append(item.block)
    return b"".join(kept) or None, tuple(dict.fromkeys(left_out))


def resources_with_iptc(iptc: bytes | None, others: bytes | None = None) -> bytes:
    """Return image resource blocks that hold these IPTC records and these other blocks."""
    if not iptc:
        return others or b""
    block = _BLOCK_MARK + struct.pack(">HHI", _IPTC, 0, len(iptc)) + iptc
    return block + b"\0" * (len(iptc) % 2) + (others or b"")


def _blocks(resources: bytes) -> Iterator[Resource]:
    position = 0
    while resources[position : position + 4] == _BLOCK_MARK:
        name_at = position + 6
        if name_at >= len(resources):
            return
        name_size = 1 + resources[name_at]
        size_at = name_at + name_size + name_size % 2
        if size_at + 4 > len(resources):
            return
        (size,) = struct.unpack_from(">I", resources, size_at)
        content = resources[size_at + 4 : size_at + 4 + size]
        if len(content) < size:
            return
        (number,) = struct.unpack_from(">H", resources, position + 4)
        end = size_at + 4 + size + size % 2
        block = resources[position:end]
        yield Resource(number, block + b"\0" * (len(block) % 2), content)
        position = end
