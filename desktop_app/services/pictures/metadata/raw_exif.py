"""EXIF of cameras' RAW files, whatever container they use.

Most are TIFF files by their content; Olympus and Panasonic write other numbers in the header only.
Fujifilm puts a JPEG file with EXIF in front, Canon's CR3 keeps a TIFF stream for every directory.

Source: ExifTool documentation; https://libopenraw.freedesktop.org/formats/raf/ ;
https://github.com/lclevy/canon_cr3
"""

from __future__ import annotations

import io
import struct
from typing import BinaryIO

from desktop_app.services.pictures.files import isobmff, tiff_directory
from desktop_app.services.pictures.files.tiff_directory import EXIF_DIRECTORY, GPS_DIRECTORY
from desktop_app.services.pictures.metadata import exif
from desktop_app.services.pictures.metadata.maker_notes import MAKER_NOTE
from desktop_app.services.pictures.metadata.transfer import RawMetadata

_FUJIFILM = b"FUJIFILMCCD-RAW"
_FUJIFILM_JPEG_AT = 84
_APP1 = b"\xff\xe1"
_CR3_NOTE = b"CMT3"


def read_raw_exif(stream: BinaryIO) -> RawMetadata:
    """Return the EXIF data of a RAW file, with what had to be left out of it."""
    stream.seek(0)
    start = stream.read(16)
    if start.startswith(_FUJIFILM):
        return RawMetadata(_of_fujifilm(stream))
    if start[4:8] == b"ftyp":
        return _of_cr3(stream)
    block = exif.exif_of_tiff(stream)
    return RawMetadata(block.stream, left_out=block.left_out) if block else RawMetadata()


def _of_fujifilm(stream: BinaryIO) -> bytes | None:
    stream.seek(_FUJIFILM_JPEG_AT)
    position, size = struct.unpack(">II", stream.read(8).ljust(8, b"\0"))
    stream.seek(position)
    jpeg = stream.read(min(size, 1 << 18))
    at = 2
    while jpeg[at : at + 1] == b"\xff" and at + 4 <= len(jpeg):
        length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        content = jpeg[at + 4 : at + 2 + length]
        if jpeg[at : at + 2] == _APP1 and content.startswith(exif.EXIF_PREFIX):
            return exif.without_prefix(content)
        at += 2 + max(length, 2)
    return None


def _of_cr3(stream: BinaryIO) -> RawMetadata:
    streams = isobmff.cr3_directories(stream)
    directories = {
        name: tiff_directory.read_first_directory(io.BytesIO(content))
        for name, content in streams.items()
    }
    photo = directories.get(b"CMT1")
    if photo is None:
        return RawMetadata()
    result = tiff_directory.selected(photo, exif.DESCRIPTIVE_TAGS | {0x0112})
    for name, tag in ((b"CMT2", EXIF_DIRECTORY), (b"CMT4", GPS_DIRECTORY)):
        nested = directories.get(name)
        if nested is not None and nested.order == result.order:
            result.nested[tag] = nested
            nested.entries.pop(MAKER_NOTE, None)
    left_out = ("The maker's note",) if _CR3_NOTE in streams else ()
    return RawMetadata(tiff_directory.tiff_stream(result), left_out=left_out)
