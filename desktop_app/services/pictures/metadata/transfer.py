"""Reading everything a picture file holds besides its samples."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, JpegImagePlugin

from desktop_app.services.pictures.files import png_chunks
from desktop_app.services.pictures.metadata import exif, photoshop
from desktop_app.services.pictures.picture import JpegSettings, PictureMetadata

_EXTENDED_XMP_PREFIX = b"http://ns.adobe.com/xmp/extension/\0"
_TIFF_XMP, _TIFF_IPTC, _TIFF_PHOTOSHOP = 700, 33723, 34377
_ORIENTATION = 0x0112
_XMP_ORIENTATION = re.compile(
    rb"""(tiff:Orientation\s*=\s*["']|<tiff:Orientation>\s*)[2-8](?=\s*["'<])"""
)


def read_orientation(image: Image.Image) -> int:
    """Return how the samples must be turned, as EXIF numbers it: 1 (not at all) to 8."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception as error:  # noqa: BLE001 - Pillow raises anything on damaged EXIF
        del error
        return 1
    return value if value in range(1, 9) else 1


def upright_xmp(xmp: bytes) -> bytes:
    """Return an XMP packet that says that the picture is the right way up."""
    return _XMP_ORIENTATION.sub(rb"\g<1>1", xmp)


def read_metadata(
    image: Image.Image, stream: BinaryIO, path: Path, upright_size: tuple[int, int]
) -> tuple[PictureMetadata, tuple[str, ...]]:
    """Collect the metadata of a decoded picture.

    Args:
        image: the picture as Pillow opened it, decoded, so that what follows the samples is known.
        stream: its file.
        path: the name of that file.
        upright_size: width and height after the orientation was applied.

    Returns:
        The metadata, and a sentence for each thing that was damaged and is left out.
    """
    notices = []
    raw_exif = _raw_exif(image, stream)
    clean_exif = exif.upright(raw_exif, *upright_size) if raw_exif else None
    if clean_exif is not None and exif.orientation_of(clean_exif) != 1:
        clean_exif = None
    if raw_exif and clean_exif is None:
        notices.append("The EXIF data is damaged and is left out.")
    form = "JPEG" if image.format == "MPO" else image.format or ""
    xmp = _bytes_or_none(image.info.get("xmp"))
    metadata = PictureMetadata(
        path=path,
        format=form,
        exif=clean_exif,
        icc_profile=_profile(image),
        xmp=upright_xmp(xmp) if xmp else None,
        extended_xmp=_extended_xmp(image),
        iptc=_iptc(image),
        dpi=_dpi(image),
        comment=_bytes_or_none(image.info.get("comment")) if form == "JPEG" else None,
        png_chunks=png_chunks.carried_chunks(stream) if form == "PNG" else (),
        jpeg=_jpeg_settings(image) if form == "JPEG" else None,
        compressed=image.info.get("compression") != "raw",
        lossless=form == "WEBP" and _is_lossless_webp(stream),
    )
    return metadata, tuple(notices)


def _raw_exif(image: Image.Image, stream: BinaryIO) -> bytes | None:
    if image.format == "TIFF":
        return exif.exif_of_tiff(stream)
    block = image.info.get("exif")
    if block is None and image.format == "PNG":
        # Older programs wrote EXIF into PNG as text, which Pillow understands.
        try:
            block = image.getexif().tobytes() if len(image.getexif()) else None
        except Exception:  # noqa: BLE001 - Pillow raises anything on damaged EXIF
            return None
    return exif.without_prefix(block) if isinstance(block, bytes) and block else None


def _bytes_or_none(value: Any) -> bytes | None:
    if isinstance(value, tuple) and value:
        value = value[0]
    return value if isinstance(value, bytes) and value else None


def _profile(image: Image.Image) -> bytes | None:
    # A CMYK or Lab profile does not describe the RGB samples that come out of such a file.
    if image.mode in ("CMYK", "LAB"):
        return None
    return _bytes_or_none(image.info.get("icc_profile"))


def _segments(image: Image.Image) -> list[tuple[str, bytes]]:
    return list(getattr(image, "applist", []))


def _extended_xmp(image: Image.Image) -> tuple[bytes, ...]:
    return tuple(
        content
        for name, content in _segments(image)
        if name == "APP1" and content.startswith(_EXTENDED_XMP_PREFIX)
    )


def _iptc(image: Image.Image) -> bytes | None:
    if image.format == "TIFF":
        tags: Any = getattr(image, "tag_v2", {})
        direct = _bytes_or_none(tags.get(_TIFF_IPTC))
        resources = _bytes_or_none(tags.get(_TIFF_PHOTOSHOP))
        return direct or (photoshop.iptc_in_resources(resources) if resources else None)
    prefix = photoshop.SEGMENT_PREFIX
    resources = b"".join(
        content[len(prefix) :]
        for name, content in _segments(image)
        if name == "APP13" and content.startswith(prefix)
    )
    return photoshop.iptc_in_resources(resources)


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    try:
        horizontal, vertical = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if 1 <= horizontal < 1e6 and 1 <= vertical < 1e6:
        return horizontal, vertical
    return None


def _jpeg_settings(image: Image.Image) -> JpegSettings | None:
    tables: dict[int, Any] = getattr(image, "quantization", {})
    if not tables or any(len(table) != 64 for table in tables.values()):
        return None
    # Pillow knows three ways of subsampling; for the rare others the best of them loses nothing.
    subsampling = JpegImagePlugin.get_sampling(image)
    return JpegSettings(
        quantization=tuple(tuple(tables[key]) for key in sorted(tables)),
        subsampling=max(subsampling, 0),
        progressive=bool(image.info.get("progressive", False)),
    )


def _is_lossless_webp(stream: BinaryIO) -> bool:
    position = 12
    for _ in range(64):
        stream.seek(position)
        head = stream.read(8)
        if len(head) < 8 or head[:4] == b"VP8 ":
            return False
        if head[:4] == b"VP8L":
            return True
        size = int.from_bytes(head[4:], "little")
        position += 8 + size + size % 2
    return False
