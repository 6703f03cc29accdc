"""Makers' notes: whether they hold positions in their file, and so break when they are moved.

A maker's note is most often a directory, as in TIFF, behind some bytes of its own. The positions of
its values count from the beginning of the whole file with some makers (Canon, Sony, older Olympus),
from that of the note with others (Nikon, Fujifilm, Apple).

Source: ExifTool documentation, "MakerNotes"; ExifTool's lib/Image/ExifTool/MakerNotes.pm (facts).
"""

from __future__ import annotations

import io
import struct

from desktop_app.services.pictures.files.tiff_directory import ByteOrder, Entry

MAKER_NOTE = 0x927C

_DIRECTORY_STARTS = (0, 6, 8, 10, 12, 14, 18)
_TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_MOST_ENTRIES = 300


def holds_positions(note: Entry, order: ByteOrder) -> bool:
    """Whether a note's directory refers to places in the file, rather than in the note.

    Args:
        note: its bytes, and where they stand in the file.
        order: the file's byte order; notes may have the other one.
    """
    return any(
        _refers_to_file(note, start, order_of_note)
        for start in _DIRECTORY_STARTS
        for order_of_note in dict.fromkeys((order, "<", ">"))
    )


def _refers_to_file(note: Entry, start: int, order: str) -> bool:
    stream = io.BytesIO(note.data)
    stream.seek(start)
    head = stream.read(2)
    count = struct.unpack(order + "H", head)[0] if len(head) == 2 else 0
    if not 1 <= count <= _MOST_ENTRIES or start + 2 + 12 * count > len(note.data):
        return False
    end = note.position + len(note.data)
    positions = []
    for index in range(count):
        _, type_, values, position = struct.unpack_from(
            order + "HHII", note.data, start + 2 + 12 * index
        )
        if type_ not in _TYPE_SIZES:
            return False
        size = _TYPE_SIZES[type_] * values
        if size > 4:
            positions.append((position, size))
    inside_file = [note.position <= at and at + size <= end for at, size in positions]
    inside_note = [at + size <= len(note.data) for at, size in positions]
    # Where both could be meant, the note lies so far in front that it can stay there.
    return bool(positions) and sum(inside_file) >= max(sum(inside_note), 1)
