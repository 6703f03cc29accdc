"""Small copies of pictures for the web: reduced, in sRGB, without anything that tells on people."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageCms

from desktop_app.services.atomic_files import write_atomically
from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import Picture
from desktop_app.services.pictures.files.protection import refuse_protected
from desktop_app.services.pictures.pyramid import to_display

ENDINGS = {"JPEG": ".jpg", "WEBP": ".webp"}
_HIGHEST_QUALITY = 100


@dataclass(frozen=True)
class WebOptions:
    """How a copy for the web is made.

    Attributes:
        longest_side: at most, in pixels; 0 keeps the size. Pictures are never enlarged.
        format: a key of :data:`ENDINGS`.
        quality: of the compression, 1 to 100.
    """

    longest_side: int = 2048
    format: str = "JPEG"
    quality: int = 85


def web_picture(picture: Picture, longest_side: int) -> Image.Image:
    """Return a picture as browsers show it best.

    8 bits, in sRGB, on white where it was transparent, at most ``longest_side`` long (0: as it is).
    """
    samples = to_display(picture.samples)
    if picture.alpha is not None:
        opacity = picture.alpha[:, :, None].astype(np.float32) / picture.peak
        samples = np.rint(samples * opacity + 255 * (1 - opacity)).astype(np.uint8)
    image = _in_srgb(Image.fromarray(samples), picture.metadata.icc_profile)
    longest = max(image.size)
    if 0 < longest_side < longest:
        width, height = (max(1, round(side * longest_side / longest)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    return image


def export_for_web(
    picture: Picture, path: Path, options: WebOptions, overwrite: bool = False
) -> int:
    """Write a copy for the web without EXIF, place and names; return its size in bytes.

    Raises:
        PictureError: the quality is out of range.
        TargetExistsError: the file exists and ``overwrite`` is False.
        ProtectedTargetError: the file is protected.
        WriteError: the operating system refused.
    """
    if not 1 <= options.quality <= _HIGHEST_QUALITY:
        raise PictureError(f"The quality must lie between 1 and 100, not at {options.quality}.")
    image = web_picture(picture, options.longest_side)

    if overwrite:
        refuse_protected(path)

    def write(stream: BinaryIO) -> None:
        image.save(stream, options.format, quality=options.quality, optimize=True, progressive=True)

    write_atomically(path, write, overwrite=overwrite)
    return path.stat().st_size


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError):  # damaged, or of a gray picture
        return image
    return converted if converted is not None else image
