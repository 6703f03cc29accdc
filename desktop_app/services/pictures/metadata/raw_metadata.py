"""EXIF, XMP and IPTC of cameras' RAW files, whatever container they use.

Most are TIFF files by their content; Olympus and Panasonic write other numbers in the header only.
Fujifilm puts a JPEG file with them in front, Canon's CR3 keeps a TIFF stream for every directory.

Source: ExifTool documentation; https://libopenraw.freedesktop.org/formats/raf/ ;
https://github.com/lclevy/canon_cr3
"""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from typing import BinaryIO

from desktop_app.services.pictures.files import isobmff, tiff_directory
from desktop_app.services.pictures.files.tiff_directory import (
    EXIF_DIRECTORY,
    GPS_DIRECTORY,
    Directory,
)
from desktop_app.services.pictures.metadata import exif, photoshop, xmp
from desktop_app.services.pictures.metadata.maker_notes import MAKER_NOTE
from desktop_app.services.pictures.metadata.transfer import RawMetadata

_FUJIFILM = b"FUJIFILMCCD-RAW"
_FUJIFILM_JPEG_AT = 84
_APP1 = b"\xff\xe1"
_CR3_NOTE = b"CMT3"
_XMP, _IPTC = 700, 33723


def read_raw_metadata(stream: BinaryIO) -> RawMetadata:
    """Return the metadata of a RAW file, with what had to be left out of it."""
    stream.seek(0)
    start = stream.read(16)
    if start.startswith(_FUJIFILM):
        return _of_fujifilm(stream)
    if start[4:8] == b"ftyp":
        return _of_cr3(stream)
    directory = tiff_directory.read_first_directory(stream)
    if directory is None:
        return RawMetadata()
    packet, iptc = (_content(directory, tag) for tag in (_XMP, _IPTC))
    if iptc is not None and not iptc.startswith(photoshop.IPTC_MARK):
        iptc = None
    block = exif.exif_of_tiff(stream)
    if block is None:
        return RawMetadata(xmp=packet, iptc=iptc)
    return RawMetadata(block.stream, packet, left_out=block.left_out, iptc=iptc)


def _content(directory: Directory, tag: int) -> bytes | None:
    entry = directory.entries.get(tag)
    return entry.data if entry else None


def _of_fujifilm(stream: BinaryIO) -> RawMetadata:
    stream.seek(_FUJIFILM_JPEG_AT)
    position, size = struct.unpack(">II", stream.read(8).ljust(8, b"\0"))
    stream.seek(position)
    jpeg = stream.read(min(size, 1 << 18))
    found, at = RawMetadata(), 2
    while jpeg[at : at + 1] == b"\xff" and at + 4 <= len(jpeg):
        length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        content = jpeg[at + 4 : at + 2 + length]
        if jpeg[at : at + 2] == _APP1 and content.startswith(exif.EXIF_PREFIX):
            found = replace(found, exif=exif.without_prefix(content))
        elif jpeg[at : at + 2] == _APP1 and content.startswith(xmp.PREFIX):
            found = replace(found, xmp=content[len(xmp.PREFIX) :])
        at += 2 + max(length, 2)
    return found


def _of_cr3(stream: BinaryIO) -> RawMetadata:
    streams, packet = isobmff.cr3_directories(stream), isobmff.cr3_xmp(stream)
    packet = xmp.without_padding(packet) if packet else None
    directories = {
        name: tiff_directory.read_first_directory(io.BytesIO(content))
        for name, content in streams.items()
    }
    photo = directories.get(b"CMT1")
    if photo is None:
        return RawMetadata(xmp=packet)
    result = tiff_directory.selected(photo, exif.DESCRIPTIVE_TAGS | {0x0112})
    for name, tag in ((b"CMT2", EXIF_DIRECTORY), (b"CMT4", GPS_DIRECTORY)):
        nested = directories.get(name)
        if nested is not None and nested.order == result.order:
            result.nested[tag] = nested
            nested.entries.pop(MAKER_NOTE, None)
    left_out = ("The maker's note",) if _CR3_NOTE in streams else ()
    return RawMetadata(tiff_directory.tiff_stream(result), packet, left_out=left_out)
