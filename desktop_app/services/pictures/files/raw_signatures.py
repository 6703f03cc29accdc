"""Telling RAW files of cameras by their content, whatever their names end with.

Source: Digital Negative Specification, version 1.4 (Adobe, 2012); TIFF/EP, ISO 12234-2:2001; the
first bytes that the formats without TIFF directories begin with.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from desktop_app.services.pictures.files.dng import VERSION, directory_of_mosaic, holds_mosaic
from desktop_app.services.pictures.files.formats import is_raw_path
from desktop_app.services.pictures.files.tiff_directory import read_first_directory

_MAKER = 271
_LARGEST_VALUE = 4096
_BEGINNINGS = (
    *(b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM", b"IIU\0", b"IIRO", b"IIRS", b"MMOR"),
    *(b"II\x1a\0\0\0HEAPCCDR", b"II*\0\x10\0\0\0CR"),
)
_CR3 = b"ftypcrx "


def is_raw(stream: BinaryIO, path: Path) -> bool:
    """Whether a file is RAW, by its ending or by what it holds.

    Many are TIFF files with a small preview, which is all that other programs find in them.
    """
    return is_raw_path(path) or _holds_raw(stream)


def _holds_raw(stream: BinaryIO) -> bool:
    stream.seek(0)
    start = stream.read(16)
    if start.startswith(_BEGINNINGS) or start[4:12] == _CR3:
        return True
    # What programs for drawing add to TIFF files is large, and is not read for this.
    directory = read_first_directory(stream, _LARGEST_VALUE)
    if directory is None:
        return False
    if VERSION in directory.entries:
        return True
    return _MAKER in directory.entries and holds_mosaic(directory_of_mosaic(stream, directory))
