"""Reading and writing picture files without losing what they hold."""

from desktop_app.services.errors import PictureError, TargetExistsError
from desktop_app.services.pictures.files.folders import find_pictures
from desktop_app.services.pictures.files.formats import is_picture_path
from desktop_app.services.pictures.files.reading import open_picture
from desktop_app.services.pictures.files.writing import save_picture, what_is_lost
from desktop_app.services.pictures.picture import JpegSettings, Picture, PictureMetadata

__all__ = [
    "JpegSettings",
    "Picture",
    "PictureError",
    "PictureMetadata",
    "TargetExistsError",
    "find_pictures",
    "is_picture_path",
    "open_picture",
    "save_picture",
    "what_is_lost",
]
