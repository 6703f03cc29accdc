"""Reading and writing picture files without losing what they hold."""

from typing import TYPE_CHECKING

from scratch_layers.lazy import lazy_names

if TYPE_CHECKING:
    from desktop_app.services.pictures.files.folders import find_pictures
    from desktop_app.services.pictures.files.formats import is_picture_path
    from desktop_app.services.pictures.files.reading import develop, is_raw_file, open_picture
    from desktop_app.services.pictures.files.writing import save_picture, what_is_lost
    from desktop_app.services.pictures.picture import JpegSettings, Picture, PictureMetadata
else:
    # What knows the formats is not imported before a file is opened or saved.
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "files.folders": ("find_pictures",),
            "files.formats": ("is_picture_path",),
            "files.reading": ("develop", "is_raw_file", "open_picture"),
            "files.writing": ("save_picture", "what_is_lost"),
            "picture": ("JpegSettings", "Picture", "PictureMetadata"),
        },
    )
