"""EXIF of a picture whose orientation has been applied to its samples."""

from __future__ import annotations

import io
import struct
from typing import BinaryIO

from desktop_app.services.pictures.files import tiff_directory
from desktop_app.services.pictures.files.tiff_directory import Directory, Entry

EXIF_PREFIX = b"Exif\0\0"

_MAKER, _MODEL = 0x010F, 0x0110
_EXPOSURE_TIME, _SENSITIVITY = 0x829A, 0x8827
_ORIENTATION = 0x0112
_X_RESOLUTION = 0x011A
_PIXEL_WIDTH, _PIXEL_HEIGHT = 0xA002, 0xA003

# What describes the photo in the first directory of a TIFF file; all else describes the samples.
_DESCRIPTIVE_TAGS = frozenset(
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


def without_prefix(exif: bytes) -> bytes:
    """Return the TIFF stream inside an EXIF block, which some formats prefix with ``Exif``."""
    return exif[len(EXIF_PREFIX) :] if exif.startswith(EXIF_PREFIX) else exif


def orientation_of(exif: bytes) -> int:
    """Return the orientation in a TIFF stream, 1 to 8; 1 where it holds none."""
    directory = tiff_directory.read_first_directory(io.BytesIO(exif))
    value = directory.integer(_ORIENTATION) if directory else None
    return value if value is not None and 1 <= value <= 8 else 1


def holds_resolution(exif: bytes) -> bool:
    """Whether a TIFF stream says how many pixels there are to the inch or centimetre."""
    directory = tiff_directory.read_first_directory(io.BytesIO(exif))
    return directory is not None and _X_RESOLUTION in directory.entries


def is_from_camera(exif: bytes) -> bool:
    """Whether a TIFF stream names a device and how it exposed; a scanner says nothing of that."""
    directory = tiff_directory.read_first_directory(io.BytesIO(exif))
    if directory is None or not {_MAKER, _MODEL} & directory.entries.keys():
        return False
    details = directory.nested.get(tiff_directory.EXIF_DIRECTORY)
    return details is not None and bool({_EXPOSURE_TIME, _SENSITIVITY} & details.entries.keys())


def upright(exif: bytes, width: int, height: int) -> bytes | None:
    """Return EXIF that fits the picture after its orientation was applied.

    The orientation becomes 1, the dimensions become ``width`` x ``height``, and the preview is
    dropped, which shows the picture as it was. Everything else stays where it is, byte for byte:
    makers' notes hold positions, and would be destroyed by moving them.

    Returns:
        None where ``exif`` is damaged and holds nothing that can be read.
    """
    directory = tiff_directory.read_first_directory(io.BytesIO(exif))
    if directory is None or not (directory.entries or directory.nested):
        return None
    patched = bytearray(exif)
    _set_integer(patched, directory, _ORIENTATION, 1)
    details = directory.nested.get(tiff_directory.EXIF_DIRECTORY)
    if details is not None:
        _set_integer(patched, details, _PIXEL_WIDTH, width)
        _set_integer(patched, details, _PIXEL_HEIGHT, height)
    end = directory.next_position
    if end + 4 <= len(patched):
        patched[end : end + 4] = bytes(4)
    return bytes(patched)


def _set_integer(stream: bytearray, directory: Directory, tag: int, value: int) -> None:
    entry = directory.entries.get(tag)
    if entry is None or directory.integer(tag) is None:
        return
    letter, largest = ("H", 0xFFFF) if entry.type == tiff_directory.SHORT else ("I", 0xFFFFFFFF)
    struct.pack_into(directory.order + letter, stream, entry.position, min(value, largest))


def exif_of_tiff(stream: BinaryIO) -> bytes | None:
    """Collect what describes the photo in a TIFF file, as a stream that other formats can hold."""
    directory = tiff_directory.read_first_directory(stream)
    if directory is None:
        return None
    descriptive = tiff_directory.selected(directory, _DESCRIPTIVE_TAGS | {_ORIENTATION})
    if not (descriptive.entries or descriptive.nested):
        return None
    return tiff_directory.tiff_stream(descriptive)


def directory_for_tiff(exif: bytes | None) -> Directory:
    """Return a directory that holds what describes the photo, for a TIFF file to be written."""
    directory = tiff_directory.read_first_directory(io.BytesIO(exif)) if exif else None
    if directory is None:
        return Directory("<")
    return tiff_directory.selected(directory, _DESCRIPTIVE_TAGS)


def add_entry_bytes(directory: Directory, tag: int, data: bytes) -> None:
    """Add a block of bytes, such as a colour profile, to a directory."""
    directory.entries[tag] = Entry(tiff_directory.UNDEFINED, len(data), data)
