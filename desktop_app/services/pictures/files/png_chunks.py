"""PNG files as what they are: a signature and a list of chunks.

Source: Portable Network Graphics Specification (Third Edition), W3C, section 5.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = b"XML:com.adobe.xmp"

# What samples mean, and text. Profiles, EXIF and resolution have fields of their own.
_CARRIED = {b"cHRM", b"cICP", b"gAMA", b"sRGB", b"tEXt", b"zTXt", b"iTXt"}
# Text in which other programs put EXIF or XMP; kept, it would contradict the real ones.
_HIDDEN_METADATA = (
    b"Raw profile type exif\0",
    b"Raw profile type APP1\0",
    b"Raw profile type xmp\0",
    XMP_KEYWORD,
)
_MAXIMUM_CARRIED_BYTES = 16 * 2**20
_MOST_SMALL_CHUNKS, _SMALL_CHUNK_BYTES = 10_000, 512


def read_chunks(stream: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield ``(type, size of the content)`` for every chunk, with ``stream`` at its content."""
    stream.seek(0)
    if stream.read(len(SIGNATURE)) != SIGNATURE:
        return
    position = len(SIGNATURE)
    while len(head := _read_at(stream, position, 8)) == 8:
        size, kind = struct.unpack(">I4s", head)
        yield kind, size
        position += 12 + size


def has_too_many_chunks(stream: BinaryIO) -> bool:
    """Whether a PNG file is cut into far more pieces than any program would cut it."""
    position = 0
    for count, (_, size) in enumerate(read_chunks(stream)):
        position += 12 + size
        if count > _MOST_SMALL_CHUNKS and position < count * _SMALL_CHUNK_BYTES:
            return True
    return False


def _read_at(stream: BinaryIO, position: int, size: int) -> bytes:
    stream.seek(position)
    return stream.read(size)


def carried_chunks(stream: BinaryIO) -> tuple[tuple[bytes, bytes], ...]:
    """Return the chunks of a PNG file that a result can take over as they are."""
    kept: list[tuple[bytes, bytes]] = []
    total = 0
    for kind, size in read_chunks(stream):
        total += size if kind in _CARRIED else 0
        if kind not in _CARRIED or total > _MAXIMUM_CARRIED_BYTES:
            continue
        content = stream.read(size)
        if len(content) == size and not content.startswith(_HIDDEN_METADATA):
            kept.append((kind, content))
    return tuple(kept)


def write_chunk(stream: BinaryIO, kind: bytes, content: bytes) -> None:
    """Write one chunk: size, type, content and checksum."""
    stream.write(struct.pack(">I4s", len(content), kind))
    stream.write(content)
    stream.write(struct.pack(">I", zlib.crc32(content, zlib.crc32(kind))))
