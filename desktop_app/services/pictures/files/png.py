"""PNG files as what they are: a signature and a list of chunks.

Pillow writes no more than 8 bits of a colour; :func:`write_deep_png` writes 16.

Source: Portable Network Graphics Specification (Third Edition), W3C, sections 5 (chunks), 7 (sample
order), 9 (filters) and 10 (compression).
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.services.pictures.picture import Samples

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = b"XML:com.adobe.xmp"

# What samples mean, and text. Profiles, EXIF and resolution have fields of their own.
TEXT_CHUNKS = {b"tEXt", b"zTXt", b"iTXt"}
_CARRIED = {b"cHRM", b"cICP", b"gAMA", b"sRGB", *TEXT_CHUNKS}
# Text in which other programs put EXIF, XMP, IPTC or Photoshop's data; kept as it is, it would
# contradict the real ones.
_PROFILE_KEYWORD = "Raw profile type "
_PROFILES = ("exif", "APP1", "xmp", "iptc", "8bim")
_HIDDEN_METADATA = (
    *(f"{_PROFILE_KEYWORD}{name}\0".encode() for name in _PROFILES),
    XMP_KEYWORD,
)
_PROFILE_TEXT = re.compile(r"\s*\w+\s+\d+\s+([0-9a-fA-F\s]*)")
_MAXIMUM_CARRIED_BYTES = 16 * 2**20
_MOST_SMALL_CHUNKS, _SMALL_CHUNK_BYTES = 10_000, 512
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
_BAND_BYTES = 4 * 2**20
# The lower bytes of photos are close to noise: looking for repetitions takes three times as long
# and makes files no smaller.
_STRATEGY = zlib.Z_RLE


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


def raw_profile(texts: Mapping[Any, Any], *names: str) -> bytes | None:
    """Return a block that a program wrote into PNG as hexadecimal text, as ImageMagick does it.

    Args:
        texts: of the file, by their keywords.
        names: of the block, the one that counts first.
    """
    for name in names:
        text = texts.get(_PROFILE_KEYWORD + name)
        match = _PROFILE_TEXT.match(text) if isinstance(text, str) else None
        try:
            if match and match[1]:
                return bytes.fromhex(match[1])
        except ValueError:  # an odd number of digits
            continue
    return None


def raw_profile_chunk(name: str, block: bytes) -> tuple[bytes, bytes]:
    """Return type and content of the chunk in which :func:`raw_profile` finds ``block``."""
    digits = block.hex()
    lines = "\n".join(digits[start : start + 72] for start in range(0, len(digits), 72))
    text = f"\n{name}\n{len(block):8}\n{lines}\n".encode("ascii")
    return b"zTXt", f"{_PROFILE_KEYWORD}{name}\0\0".encode("ascii") + zlib.compress(text)


def write_chunk(stream: BinaryIO, kind: bytes, content: bytes) -> None:
    """Write one chunk: size, type, content and checksum."""
    stream.write(struct.pack(">I4s", len(content), kind))
    stream.write(content)
    stream.write(struct.pack(">I", zlib.crc32(content, zlib.crc32(kind))))


_FILTER_SUB, _FILTER_UP = 1, 2


def write_deep_png(stream: BinaryIO, channels: Samples, template: bytes) -> None:
    """Write a PNG file with 16 bits per sample.

    Args:
        stream: the file to write.
        channels: ``uint16`` (H, W, C): gray, gray and alpha, RGB, or RGB and alpha.
        template: a PNG file of any picture, whose other chunks (metadata) are taken over.
    """
    height, width, count = channels.shape
    stream.write(SIGNATURE)
    samples_written = False
    source = io.BytesIO(template)
    for kind, size in read_chunks(source):
        if kind == b"IHDR":
            header = struct.pack(">IIBBBBB", width, height, 16, _COLOUR_TYPES[count], 0, 0, 0)
            write_chunk(stream, kind, header)
        elif kind != b"IDAT":
            write_chunk(stream, kind, source.read(size))
        elif not samples_written:
            _write_samples(stream, channels)
            samples_written = True


def _write_samples(stream: BinaryIO, channels: Samples) -> None:
    height, width, count = channels.shape
    bytes_per_row = width * count * 2
    rows_per_band = max(1, _BAND_BYTES // bytes_per_row)
    compressor = zlib.compressobj(strategy=_STRATEGY)
    above = np.zeros(bytes_per_row, np.uint8)
    for top in range(0, height, rows_per_band):
        band = channels[top : top + rows_per_band].astype(">u2")
        rows = band.reshape(band.shape[0], -1).view(np.uint8)
        filtered = _filtered(rows, above, pixel_size=2 * count)
        above = rows[-1]
        packed = compressor.compress(filtered.tobytes())
        if packed:
            write_chunk(stream, b"IDAT", packed)
    write_chunk(stream, b"IDAT", compressor.flush())


def _filtered(
    rows: NDArray[np.uint8], above: NDArray[np.uint8], pixel_size: int
) -> NDArray[np.uint8]:
    """Replace each row by its differences to the left or to the row above, whichever is smaller.

    Returns:
        (rows, 1 + row size) with the number of the filter before each row.
    """
    left = rows.copy()
    left[:, pixel_size:] -= rows[:, :-pixel_size]
    up = rows - np.concatenate([above[None], rows[:-1]])
    # The specification's rule of thumb: the smallest sum of differences, taken as signed.
    take_up = _sizes(up) < _sizes(left)
    result = np.empty((rows.shape[0], 1 + rows.shape[1]), np.uint8)
    result[:, 0] = np.where(take_up, _FILTER_UP, _FILTER_SUB)
    result[:, 1:] = np.where(take_up[:, None], up, left)
    return result


def _sizes(differences: NDArray[np.uint8]) -> NDArray[np.int64]:
    sizes: NDArray[np.int64] = np.minimum(differences, -differences).sum(axis=1, dtype=np.int64)
    return sizes
