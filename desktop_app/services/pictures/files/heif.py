"""HEIF files, as phones write them, through the optional package pillow-heif."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures.files import isobmff
from desktop_app.services.pictures.files.tiff_writing import planes_joined
from desktop_app.services.pictures.metadata import colour, exif
from desktop_app.services.pictures.metadata.transfer import RawMetadata, sentences, upright
from desktop_app.services.pictures.picture import Picture, PictureMetadata, Samples

FORMAT = "HEIF"
QUALITY = 92

_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_FULL_RESOLUTION = 444
# What AVIF files also are, which Pillow reads by itself.
_AVIF_BRAND = b"avif"


def is_heif(start: bytes) -> bool:
    """Whether a file that begins with these bytes, 32 or more, is a HEIF file."""
    return start[4:8] == b"ftyp" and start[8:12] in _BRANDS and _AVIF_BRAND not in start[:32]


def read_heif(stream: BinaryIO, path: Path, largest: int) -> Picture:
    """Decode the main picture of a HEIF file.

    The decoder turns it upright itself, so that the orientation in its EXIF data is not applied.

    Args:
        stream: the file.
        path: its name.
        largest: the most pixels it may have.

    Raises:
        PictureError: the package is missing, or the picture is too large.
        Exception: whatever the decoder raises on a damaged file.
    """
    pillow_heif = _package(path)
    stream.seek(0)
    image = pillow_heif.open_heif(stream, convert_hdr_to_8bit=False)
    width, height = image.size
    if width * height > largest:
        raise PictureError(
            f"{path} claims to have {width} x {height} pixels; "
            f"at most {largest // 1_000_000} million can be opened."
        )
    samples, alpha = _samples(np.asarray(image), image.mode, image.info["bit_depth"])
    metadata, notices = _metadata(image.info, stream, path, samples)
    return Picture(samples, alpha, metadata, notices)


def size_of_heif(stream: BinaryIO, path: Path) -> tuple[int, int]:
    """Return width and height of the main picture, the right way up."""
    stream.seek(0)
    width, height = _package(path).open_heif(stream, convert_hdr_to_8bit=False).size
    return width, height


def write_heif(stream: BinaryIO, picture: Picture, quality: int | None = None) -> None:
    """Write a HEIF file of 8 or, for deep pictures, 12 bits per sample."""
    pillow_heif = _package(picture.metadata.path)
    pillow_heif.options.SAVE_HDR_TO_12_BIT = True
    metadata = picture.metadata
    values = planes_joined(picture.samples, picture.alpha)
    if values.shape[2] == 2:  # the format's encoders know no gray picture with transparency
        values = np.concatenate([np.repeat(values[:, :, :1], 3, axis=2), values[:, :, 1:]], axis=2)
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[values.shape[2]]
    if picture.bits == 16:
        mode = "I;16" if mode == "L" else f"{mode};16"
    options: dict[str, Any] = {
        "exif": exif.EXIF_PREFIX + metadata.exif if metadata.exif else None,
        "xmp": metadata.xmp,
        "icc_profile": None if metadata.cicp else metadata.icc_profile,
    }
    if metadata.cicp:
        options["color_primaries"], options["transfer_characteristics"] = metadata.cicp
    pillow_heif.encode(
        mode,
        (picture.width, picture.height),
        np.ascontiguousarray(values).tobytes(),
        stream,
        quality=quality or QUALITY,
        chroma=_FULL_RESOLUTION,
        **{name: value for name, value in options.items() if value},
    )


def _package(path: Path | None) -> Any:
    try:
        import pillow_heif
    except ImportError as error:
        raise PictureError(
            f"{path} is a HEIF file, which needs the extra 'heif': "
            "pip install 'scratch-denoiser[heif]' (or pip install pillow-heif)."
        ) from error
    return pillow_heif


def _samples(values: Samples, mode: str, bit_depth: int) -> tuple[Samples, Samples | None]:
    if values.dtype == np.uint16 and bit_depth < 16:
        # They come shifted to the top; repeating them below makes white white.
        values = values | values >> bit_depth
    if values.ndim == 2:
        values = values[:, :, None]
    if mode.startswith(("RGBA", "LA", "RGBa")):
        return np.ascontiguousarray(values[:, :, :-1]), np.ascontiguousarray(values[:, :, -1])
    return np.ascontiguousarray(values), None


def _metadata(
    info: dict[str, Any], stream: BinaryIO, path: Path, samples: Samples
) -> tuple[PictureMetadata, tuple[str, ...]]:
    block = info.get("exif")
    raw = RawMetadata(exif.without_prefix(block) if block else None, info.get("xmp") or None)
    clean, is_exif_damaged = upright(raw, samples.shape[1], samples.shape[0])
    items = isobmff.read_items(stream)
    colours = colour.from_cicp(items.cicp, info.get("icc_profile") or None)
    metadata = PictureMetadata(
        path=path,
        format=FORMAT,
        exif=clean.exif,
        icc_profile=colours.profile,
        profile_is_made=colours.is_made,
        cicp=colours.cicp,
        xmp=clean.xmp,
        left_out=sentences([*clean.left_out, *items.further_pictures]),
    )
    return metadata, ("The EXIF data is damaged and is left out.",) if is_exif_damaged else ()
