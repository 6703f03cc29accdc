"""How often a JPEG file goes over its picture: a small file can do so for minutes.

Source: ITU-T T.81, annex B (markers); "Two Issues with the JPEG Standard", libjpeg-turbo project.
"""

from __future__ import annotations

from typing import BinaryIO

_START_OF_SCAN = b"\xff\xda"
_BLOCK_BYTES = 1 << 20
_MOST_PASSES = 64  # programs write about ten
_MOST_PIXEL_VISITS = 8_000_000_000  # about five seconds


def goes_over_its_picture_too_often(stream: BinaryIO, width: int, height: int) -> bool:
    """Tell whether decoding would take far longer than any honest file of this size.

    In the compressed data of a JPEG file the marker of a scan cannot occur by chance; the few that
    metadata may hold make no difference.

    Args:
        stream: the file.
        width, height: the size that it claims.
    """
    count = _occurrences(stream, _START_OF_SCAN)
    return count > _MOST_PASSES and count * width * height > _MOST_PIXEL_VISITS


def _occurrences(stream: BinaryIO, marker: bytes) -> int:
    stream.seek(0)
    count, end = 0, b""
    while block := stream.read(_BLOCK_BYTES):
        count += (end + block).count(marker)
        end = block[-1:]
    return count
