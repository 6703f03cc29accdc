"""What a saved file will keep of a picture, said before it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from desktop_app.services.pictures.files.formats import FileFormat, format_for_saving
from desktop_app.services.pictures.files.writing import METADATA_TITLES, what_is_lost
from desktop_app.services.pictures.metadata import exif
from desktop_app.services.pictures.picture import Picture

_ALWAYS_EXACT = frozenset({"PNG", "TIFF", "BMP", "PPM"})
_KEEP_GRAY = _ALWAYS_EXACT | {"JPEG", "HEIF"}


@dataclass(frozen=True)
class Fidelity:
    """What becomes of a picture in a file.

    Attributes:
        kept: what is kept, in words for a list.
        lost: what is not, a sentence each.
    """

    kept: tuple[str, ...]
    lost: tuple[str, ...]


def fidelity(picture: Picture, path: Path) -> Fidelity:
    """Say what a file named ``path`` keeps of a picture, and what it cannot hold.

    Raises:
        PictureError: the ending of ``path`` cannot be written, or does not fit the picture.
    """
    form = format_for_saving(path)
    return Fidelity(tuple(_kept(picture, form)), what_is_lost(picture, path))


def _kept(picture: Picture, form: FileFormat) -> Iterator[str]:
    if form.name == "DNG":
        yield "Every sample of the sensor, and what its colours are"
        yield METADATA_TITLES["exif"]
        return
    yield _compression(picture, form)
    if picture.is_gray and form.name in _KEEP_GRAY:
        yield "Gray stays gray"
    # Eight are what every file has, and go without saying.
    if picture.bits > 8 and form.deep and form.name != "HEIF":
        yield f"{picture.bits} bits per sample"
    if picture.alpha is not None and form.alpha:
        yield "Transparency"
    metadata = picture.metadata
    for name, title in METADATA_TITLES.items():
        if getattr(metadata, name) and name in form.metadata:
            yield title
    if metadata.tiff_tags is not None and form.name == "TIFF":
        yield "Further tags of the TIFF file"
    if metadata.photoshop and "iptc" in form.metadata:
        yield "Clipping paths and other data of Photoshop"
    if metadata.exif and "exif" in form.metadata:
        yield "The right way up: orientation is applied and reset"
    if "dpi" not in form.metadata and metadata.exif and exif.holds_resolution(metadata.exif):
        yield METADATA_TITLES["dpi"] + " in the EXIF data"


def _compression(picture: Picture, form: FileFormat) -> str:
    jpeg = picture.metadata.jpeg
    if form.name == "JPEG" and jpeg is not None:
        return "JPEG with the quality and the colour resolution of the source"
    if form.name == "JPEG":
        return "JPEG in high quality"
    if form.name in _ALWAYS_EXACT or (form.name == "WEBP" and picture.metadata.lossless):
        return f"{form.name}, every sample exactly"
    return f"{form.name} in high quality"
