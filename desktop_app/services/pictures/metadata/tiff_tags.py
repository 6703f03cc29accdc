"""Tags of TIFF files that go along as they are: of maps, microscopes, pages, and private ones.

A result has the size of its source, so that whatever is tied to places in it stays true. Tags that
describe the samples are written anew, and those that point to other parts of the file cannot go.

Source: TIFF Revision 6.0 (Adobe, 1992); OGC GeoTIFF 1.1; Photoshop TIFF Technical Notes.
"""

from __future__ import annotations

from typing import BinaryIO

from desktop_app.services.pictures.files import tiff_directory
from desktop_app.services.pictures.files.tiff_directory import Directory
from desktop_app.services.pictures.metadata.exif import DESCRIPTIVE_TAGS

_SAMPLES = {
    *range(254, 267), 273, 274, *range(277, 282), 284, 288, 289, 290, 291, 292, 293, 301, 317,
    *range(320, 348), *range(512, 522), *range(529, 533), 32953, *range(32995, 32999), 33421, 33422,
    34232,
}  # fmt: skip
_ELSEWHERE = {700, 33723, 34377, 34675}  # XMP, IPTC, Photoshop's resources, colour profile
_LAYERS, _LAYER_NOTES = 37724, 50255
_LARGEST_PLAIN_TYPE = 12
_SUB_PICTURES = 330
# Places on the ground, tied to rows and columns.
_MAP = {33550, 33920, 33922, 34264, 34735, 34736, 34737, 42112, 42113, 50844}


def carried(stream: BinaryIO, is_turned: bool) -> tuple[Directory | None, tuple[str, ...]]:
    """Return the tags of a TIFF file that a TIFF file made of it takes over.

    Args:
        stream: the file.
        is_turned: whether the picture was turned upright; then a map's places are true no more.

    Returns:
        The tags, or None where there are none; and what is left out, beginnings of sentences.
    """
    directory = tiff_directory.read_first_directory(stream)
    if directory is None:
        return None, ()
    left_out = []
    kept = Directory(directory.order)
    for tag, entry in directory.entries.items():
        if tag in (_LAYERS, _LAYER_NOTES):
            left_out.append("Everything in layers")
        elif tag == _SUB_PICTURES:
            left_out.append("Every picture of the file but its main one")
        elif tag in _MAP and is_turned:
            left_out.append("The place on the map, which does not fit the turned picture,")
        elif (
            tag not in _SAMPLES | _ELSEWHERE | DESCRIPTIVE_TAGS
            and entry.type <= _LARGEST_PLAIN_TYPE
        ):
            kept.entries[tag] = entry
    return (kept if kept.entries else None), tuple(dict.fromkeys(left_out))


def add_to(directory: Directory, tags: Directory) -> None:
    """Add tags to a directory that will be written, in its byte order."""
    for tag, entry in tags.entries.items():
        if tag not in directory.entries:
            directory.entries[tag] = entry.in_order(tags.order, directory.order)
