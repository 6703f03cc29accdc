"""RAW files of cameras, developed to 16 bits through the optional package rawpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures.files.formats import RAW_EXTENSIONS
from desktop_app.services.pictures.metadata import raw_exif
from desktop_app.services.pictures.metadata.transfer import sentences, upright
from desktop_app.services.pictures.picture import Picture, PictureMetadata

FORMAT = "RAW"
# The transfer curve of sRGB: power and slope of the straight part (IEC 61966-2-1).
_SRGB_CURVE = (2.4, 12.92)
_QUARTER_TURNS = (5, 6)
_DEVELOPED = "Developed from RAW with the camera's white balance, to sRGB with 16 bits."


def is_raw_path(path: Path) -> bool:
    """Whether a file is RAW by its ending; many such files are TIFF files by their content."""
    return path.suffix.lower() in RAW_EXTENSIONS


def read_raw(stream: BinaryIO, path: Path, largest: int) -> Picture:
    """Develop a RAW file, the right way up.

    Args:
        stream: the file.
        path: its name.
        largest: the most pixels it may have.

    Raises:
        PictureError: the package is missing, or the picture is too large.
        Exception: whatever the decoder raises on a damaged or unknown file.
    """
    rawpy = _package(path)
    stream.seek(0)
    with rawpy.imread(stream) as raw:
        width, height = raw.sizes.width, raw.sizes.height
        if width * height > largest:
            raise PictureError(
                f"{path} claims to have {width} x {height} pixels; "
                f"at most {largest // 1_000_000} million can be opened."
            )
        samples = raw.postprocess(
            output_bps=16,
            use_camera_wb=True,
            no_auto_bright=True,
            gamma=_SRGB_CURVE,
            output_color=rawpy.ColorSpace.sRGB,
        )
    samples = np.ascontiguousarray(samples)
    raw_blocks, notices = raw_exif.read_raw_exif(stream), [_DEVELOPED]
    clean, is_exif_damaged = upright(raw_blocks, samples.shape[1], samples.shape[0])
    if is_exif_damaged:
        notices.append("The EXIF data is damaged and is left out.")
    metadata = PictureMetadata(
        path=path, format=FORMAT, exif=clean.exif, left_out=sentences(clean.left_out)
    )
    return Picture(samples, None, metadata, tuple(notices))


def size_of_raw(stream: BinaryIO, path: Path) -> tuple[int, int]:
    """Return width and height of the developed picture, the right way up."""
    rawpy = _package(path)
    stream.seek(0)
    with rawpy.imread(stream) as raw:
        sizes = raw.sizes
        is_on_its_side = sizes.flip in _QUARTER_TURNS
        return (sizes.height, sizes.width) if is_on_its_side else (sizes.width, sizes.height)


def _package(path: Path) -> Any:
    try:
        import rawpy
    except ImportError as error:
        raise PictureError(
            f"{path} is a camera's RAW file, which needs the extra 'raw': "
            "pip install 'scratch-denoiser[raw]' (or pip install rawpy)."
        ) from error
    return rawpy
