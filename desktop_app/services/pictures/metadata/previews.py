"""Small pictures hidden in metadata: they show the picture as it was, and must not go along.

Cameras keep previews in EXIF's second directory, in their maker's notes and elsewhere, as JPEG
files of their own. They are blanked out where they stand, so that nothing else moves.

Source: ITU-T T.81, annex B (markers).
"""

from __future__ import annotations

import re

_START = re.compile(rb"\xff\xd8\xff[\xc0-\xc4\xdb-\xef\xfe]")
_SCAN, _END = 0xDA, b"\xff\xd9"
_SMALLEST = 64


def blank_jpegs(content: bytearray) -> int:
    """Overwrite every JPEG file inside ``content`` with zeros; return how many there were."""
    count, position = 0, 0
    while match := _START.search(content, position):
        start = match.start()
        end = _end_of_jpeg(content, start)
        position = end if end - start >= _SMALLEST else start + 2
        if end - start >= _SMALLEST:
            content[start:end] = bytes(end - start)
            count += 1
    return count


def _end_of_jpeg(content: bytearray, start: int) -> int:
    """Return where the JPEG file ends that begins at ``start``; ``start`` where it is not one."""
    position = start + 2
    while position + 4 <= len(content):
        if content[position] != 0xFF:
            return start
        marker = content[position + 1]
        size = int.from_bytes(content[position + 2 : position + 4], "big")
        if size < 2:
            return start
        position += 2 + size
        if marker == _SCAN:
            end = content.find(_END, position)
            # One that was cut short has no end: all that follows may be its own.
            return len(content) if end < 0 else end + 2
    return start
