"""How large a picture is, the right way up, as far as the beginning of its file tells."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from PIL import Image

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures.files import heif, raw
from desktop_app.services.pictures.files.decoder_guards import without_warnings
from desktop_app.services.pictures.files.raw_signatures import is_raw
from desktop_app.services.pictures.files.reading import opened_file
from desktop_app.services.pictures.metadata.transfer import raw_metadata

_ON_ITS_SIDE = (5, 6, 7, 8)


def size_of_picture(path: Path) -> tuple[int, int]:
    """Return width and height as ``open_picture`` will give them, without decoding the samples.

    Raises:
        PictureError: the file cannot be read, or is not a picture.
    """
    with opened_file(path) as stream, without_warnings():
        try:
            return _size(stream, path)
        except PictureError:
            raise
        except Exception as error:
            raise PictureError(f"{path} is damaged or not a picture.") from error


def _size(stream: BinaryIO, path: Path) -> tuple[int, int]:
    if is_raw(stream, path):
        return raw.size_of_raw(stream, path)
    stream.seek(0)
    if heif.is_heif(stream.read(32)):
        return heif.size_of_heif(stream, path)
    stream.seek(0)
    with Image.open(stream) as image:
        width, height = image.size
        is_turned = raw_metadata(image, stream).orientation in _ON_ITS_SIDE
    return (height, width) if is_turned else (width, height)
