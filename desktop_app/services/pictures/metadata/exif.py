"""EXIF of a picture whose orientation has been applied to its samples."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, replace
from typing import BinaryIO

from desktop_app.services.pictures.files import tiff_directory
from desktop_app.services.pictures.files.tiff_directory import Directory, Entry
from desktop_app.services.pictures.metadata.maker_notes import MAKER_NOTE, holds_positions
from desktop_app.services.pictures.metadata.previews import blank_jpegs

EXIF_PREFIX = b"Exif\0\0"

_MAKER, _MODEL = 0x010F, 0x0110
_ORIENTATION = 0x0112
_X_RESOLUTION = 0x011A
_WIDTH, _HEIGHT = 0x0100, 0x0101
_PIXEL_WIDTH, _PIXEL_HEIGHT = 0xA002, 0xA003
_SUBJECT_AREA, _SUBJECT_LOCATION = 0x9214, 0xA214
_STRIP_OFFSETS, _STRIP_SIZES = 0x0111, 0x0117
_ON_ITS_SIDE = (5, 6, 7, 8)
# Where a stream can be filled up so that a maker's note stays at its place.
_FARTHEST_NOTE = 60_000

# What describes the photo in the first directory of a TIFF file; all else describes the samples.
DESCRIPTIVE_TAGS = frozenset(
    {
        0x010D,  # document name
        0x010E,  # description
        _MAKER,
        _MODEL,
        _X_RESOLUTION,
        0x011B,  # vertical resolution
        0x0128,  # resolution unit
        0x0131,  # software
        0x0132,  # date and time
        0x013B,  # artist
        0x013C,  # host computer
        0x4746,  # rating
        0x4749,  # rating in percent
        0x8298,  # copyright
        0x9C9B,  # title, comment, author, keywords and subject as Windows writes them
        0x9C9C,
        0x9C9D,
        0x9C9E,
        0x9C9F,
    }
)


@dataclass(frozen=True)
class UprightExif:
    """EXIF that fits an upright picture.

    Attributes:
        stream: a TIFF stream, without the ``Exif`` prefix.
        left_out: what it does not hold any more, each the beginning of a sentence.
    """

    stream: bytes
    left_out: tuple[str, ...] = ()


def without_prefix(exif: bytes) -> bytes:
    """Return the TIFF stream inside an EXIF block, which some formats prefix with ``Exif``."""
    return exif[len(EXIF_PREFIX) :] if exif.startswith(EXIF_PREFIX) else exif


def orientation_of(exif: bytes) -> int | None:
    """Return the orientation in a TIFF stream, 1 to 8; None where it holds none."""
    directory = tiff_directory.read_first_directory(io.BytesIO(exif))
    value = directory.integer(_ORIENTATION) if directory else None
    return value if value is not None and 1 <= value <= 8 else None


def holds_resolution(exif: bytes) -> bool:
    """Whether a TIFF stream says how many pixels there are to the inch or centimetre."""
    directory = tiff_directory.read_first_directory(io.BytesIO(exif))
    return directory is not None and _X_RESOLUTION in directory.entries


def upright(exif: bytes, width: int, height: int) -> UprightExif | None:
    """Return EXIF that fits the picture after its orientation was applied.

    The orientation becomes 1, sizes become ``width`` x ``height``, the place of the subject turns
    with the picture, and the previews are blanked out, which show the picture as it was. Everything
    else stays where it is, byte for byte: makers' notes hold positions, and would be destroyed by
    moving them.

    Returns:
        None where ``exif`` is damaged and holds nothing that can be read.
    """
    directory = tiff_directory.read_first_directory(io.BytesIO(exif))
    if directory is None or not (directory.entries or directory.nested):
        return None
    patched = bytearray(exif)
    turn = orientation_of(exif) or 1
    directory.overwrite(patched, _ORIENTATION, 1)
    directory.overwrite(patched, _WIDTH, width)
    directory.overwrite(patched, _HEIGHT, height)
    details = directory.nested.get(tiff_directory.EXIF_DIRECTORY)
    if details is not None:
        details.overwrite(patched, _PIXEL_WIDTH, width)
        details.overwrite(patched, _PIXEL_HEIGHT, height)
        for tag in (_SUBJECT_AREA, _SUBJECT_LOCATION):
            _turn_place(patched, details, tag, turn, width, height)
    left_out = _remove_previews(patched, directory)
    return UprightExif(bytes(patched), left_out)


def _turn_place(
    stream: bytearray, details: Directory, tag: int, turn: int, width: int, height: int
) -> None:
    """Turn the place (x, y[, width, height]) of the subject with the picture."""
    values = details.integers(tag)
    if turn == 1 or len(values) < 2:
        return
    x, y = values[:2]
    if turn in _ON_ITS_SIDE:
        x, y = y, x
        if len(values) == 4:
            details.overwrite(stream, tag, values[3], 2)
            details.overwrite(stream, tag, values[2], 3)
    if turn in (2, 3, 6, 7):
        x = max(width - 1 - x, 0)
    if turn in (3, 4, 7, 8):
        y = max(height - 1 - y, 0)
    details.overwrite(stream, tag, x, 0)
    details.overwrite(stream, tag, y, 1)


def _remove_previews(stream: bytearray, directory: Directory) -> tuple[str, ...]:
    """Blank all small pictures out; shorten the stream where they stood at its end."""
    second = tiff_directory.read_next_directory(io.BytesIO(stream), directory)
    note = _maker_note(directory)
    if note is not None:
        inside = bytearray(note.data)
        if blank_jpegs(inside):
            stream[note.position : note.position + len(inside)] = inside
        else:
            note = None
    had_preview = second is not None
    if second is not None:
        strips = zip(second.integers(_STRIP_OFFSETS), second.integers(_STRIP_SIZES), strict=False)
        for start, size in strips:
            end = min(start + size, len(stream))
            stream[start:end] = bytes(max(end - start, 0))
    had_preview |= blank_jpegs(stream) > 0
    if second is not None:
        _blank_directory(stream, directory, second)
    end = directory.next_position
    if end + 4 <= len(stream):
        stream[end : end + 4] = bytes(4)
    if had_preview:
        _cut(stream, _used_end(directory))
    return ("The preview in the maker's note, which shows the picture as it was,",) if note else ()


def _blank_directory(stream: bytearray, first: Directory, second: Directory) -> None:
    """Blank the table of the second directory, which nothing refers to any more, and its values."""
    (position,) = struct.unpack_from(first.order + "I", stream, first.next_position)
    used = _used_end(first)
    for start, end in (
        (position, second.next_position + 4),
        *((entry.position, entry.position + len(entry.data)) for entry in second.entries.values()),
    ):
        if used <= start < end <= len(stream):
            stream[start:end] = bytes(end - start)


def _used_end(directory: Directory) -> int:
    ends = [directory.next_position + 4]
    ends += [entry.position + len(entry.data) for entry in directory.entries.values()]
    ends += [_used_end(nested) for nested in directory.nested.values()]
    return max(ends)


def _cut(stream: bytearray, used: int) -> None:
    """Drop what follows the last value in use, if nothing but a blank preview is left there.

    A maker's note may refer to what lies behind it.
    """
    if not any(stream[used:]):
        del stream[used + used % 2 :]


def _maker_note(directory: Directory) -> Entry | None:
    details = directory.nested.get(tiff_directory.EXIF_DIRECTORY)
    return details.entries.get(MAKER_NOTE) if details else None


def exif_of_tiff(stream: BinaryIO) -> UprightExif | None:
    """Collect what describes the photo in a TIFF file, as a stream that other formats can hold.

    Its orientation is still that of the file. A maker's note that would break by moving stays at
    its position; one that lies too far behind for that is left out.
    """
    directory = tiff_directory.read_first_directory(stream)
    if directory is None:
        return None
    descriptive = tiff_directory.selected(directory, DESCRIPTIVE_TAGS | {_ORIENTATION})
    if not (descriptive.entries or descriptive.nested):
        return None
    left_out = keep_note_in_place(descriptive, _FARTHEST_NOTE)
    return UprightExif(tiff_directory.tiff_stream(descriptive), left_out)


def directory_for_tiff(exif: bytes | None) -> Directory:
    """Return a directory that holds what describes the photo, for a TIFF file to be written."""
    directory = tiff_directory.read_first_directory(io.BytesIO(exif)) if exif else None
    if directory is None:
        return Directory("<")
    descriptive = tiff_directory.selected(directory, DESCRIPTIVE_TAGS)
    keep_note_in_place(descriptive, _FARTHEST_NOTE)
    return descriptive


def keep_note_in_place(directory: Directory, farthest: int) -> tuple[str, ...]:
    """Mark a maker's note that holds positions as one to stay where it is.

    Args:
        directory: the first directory; changed in place.
        farthest: a note that begins behind this position is left out instead.

    Returns:
        What is left out, beginnings of sentences.
    """
    details = directory.nested.get(tiff_directory.EXIF_DIRECTORY)
    note = details.entries.get(MAKER_NOTE) if details else None
    if details is None or note is None or not holds_positions(note, directory.order):
        return ()
    if note.position > farthest:
        details = replace(details, entries=dict(details.entries))
        directory.nested = {**directory.nested, tiff_directory.EXIF_DIRECTORY: details}
        del details.entries[MAKER_NOTE]
        return ("The maker's note, which would be unreadable at another place in the file,",)
    details.entries[MAKER_NOTE] = replace(note, stays=True)
    return ()


def without_orientation(exif: bytes) -> bytes:
    """Return a TIFF stream without its orientation; all values stay at their places.

    Encoders that find one write the stream anew, with what is not ASCII in it spoilt.
    """
    directory = tiff_directory.read_first_directory(io.BytesIO(exif))
    entry = directory.entries.get(_ORIENTATION) if directory else None
    if directory is None or entry is None or exif[2:4] not in (b"*\0", b"\0*"):
        return exif
    # The value of an orientation lies in its entry, whose last four bytes it takes.
    start, end = entry.position - 8, directory.next_position
    if exif[start : start + 2] not in (b"\x01\x12", b"\x12\x01"):
        return exif
    count_at = struct.unpack_from(directory.order + "I", exif, 4)[0]
    stream = bytearray(exif)
    stream[start:end] = exif[start + 12 : end + 4].ljust(end - start, b"\0")
    stream[end : end + 4] = bytes(4)
    count = struct.unpack_from(directory.order + "H", exif, count_at)[0]
    struct.pack_into(directory.order + "H", stream, count_at, count - 1)
    return bytes(stream)


def add_entry_bytes(directory: Directory, tag: int, data: bytes) -> None:
    """Add a block of bytes, such as a colour profile, to a directory."""
    directory.entries[tag] = Entry(tiff_directory.UNDEFINED, len(data), data)
