"""Reading everything a picture file holds besides its samples."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, JpegImagePlugin

from desktop_app.services.pictures.files import isobmff, png, tiff_layout
from desktop_app.services.pictures.metadata import colour, exif, photoshop, tiff_tags, xmp
from desktop_app.services.pictures.picture import JpegSettings, PictureMetadata

_TIFF_XMP, _TIFF_IPTC, _TIFF_PHOTOSHOP = 700, 33723, 34377
_TIFF_X_RESOLUTION = 282
_BLOCK_BYTES = 1 << 20
# How MP4 and QuickTime files begin, and what Samsung's phones write before them.
_VIDEO = re.compile(rb"\0\0\0.ftyp(?:mp4|isom|iso[2-9]|qt  |avc1|M4V)|MotionPhoto_Data", re.DOTALL)


@dataclass(frozen=True)
class RawMetadata:
    """The blocks of a file as they stand in it.

    Attributes:
        exif: a TIFF stream.
        xmp: an XMP packet.
        extension: what continues the packet.
        left_out: what was left out in reading them, beginnings of sentences.
        iptc: IPTC-IIM records, of RAW files only.
        turn: how the container says that the samples must be turned, where it is the one that
            counts.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    extension: bytes | None = None
    left_out: tuple[str, ...] = ()
    turn: int | None = None
    iptc: bytes | None = None

    @property
    def orientation(self) -> int:
        """How the samples must be turned, as EXIF numbers it: 1 (not at all) to 8."""
        if self.turn is not None:
            return self.turn
        told = exif.orientation_of(self.exif) if self.exif else None
        if told is None and self.xmp:
            return xmp.orientation_of(self.xmp)
        return told or 1


def raw_metadata(image: Image.Image, stream: BinaryIO) -> RawMetadata:
    """Read EXIF and XMP of a picture that Pillow opened from ``stream``."""
    packet = _bytes_or_none(image.info.get("xmp"))
    if packet is None and image.format == "PNG":
        packet = png.raw_profile(image.info, "xmp")
    extension = xmp.joined_extension(_segments(image, "APP1", xmp.EXTENSION_PREFIX))
    if image.format == "TIFF":
        block = exif.exif_of_tiff(stream)
        stream_exif, left_out = (block.stream, block.left_out) if block else (None, ())
        return RawMetadata(stream_exif, packet, extension, left_out)
    turn = _turn_of_container(image) if image.format == "AVIF" else None
    return RawMetadata(_raw_exif(image, stream), packet, extension, turn=turn)


def _turn_of_container(image: Image.Image) -> int:
    """Return the turn that an AVIF file asks for by itself; its EXIF data does not count."""
    block = _bytes_or_none(image.info.get("exif"))
    told = exif.orientation_of(exif.without_prefix(block)) if block else None
    return told or 1


def upright(raw: RawMetadata, width: int, height: int) -> tuple[RawMetadata, bool]:
    """Let EXIF and XMP fit an upright picture, without pictures of what was.

    Args:
        raw: as they stand in the file.
        width, height: of the upright picture.

    Returns:
        What fits, and whether the EXIF data was damaged and is left out.
    """
    fitting = exif.upright(raw.exif, width, height) if raw.exif else None
    if fitting is not None and exif.orientation_of(fitting.stream) not in (None, 1):
        fitting = None
    left_out = [*raw.left_out, *(fitting.left_out if fitting else ())]
    packet, extension = raw.xmp, raw.extension
    if packet:
        packet, removed = xmp.without_stale(xmp.upright(packet, width, height))
        left_out += removed
    if extension:
        extension, removed = xmp.without_stale(extension)
        left_out += removed
    clean = replace(
        raw,
        exif=fitting.stream if fitting else None,
        xmp=packet,
        extension=extension,
        left_out=tuple(dict.fromkeys(left_out)),
    )
    return clean, bool(raw.exif) and fitting is None


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
    raw = raw_metadata(image, stream)
    clean, is_exif_damaged = upright(raw, *upright_size)
    is_turned = raw.orientation != 1
    form = "JPEG" if image.format == "MPO" else image.format or ""
    chunks = png.carried_chunks(stream) if form == "PNG" else ()
    colours = _colours(image, stream, dict(chunks))
    resources, lost_resources = photoshop.carried_resources(_resources(image), is_turned)
    tags, lost_tags = tiff_tags.carried(stream, is_turned) if form == "TIFF" else (None, ())
    packet, segments = clean.xmp, tuple[bytes, ...]()
    if packet:
        packet, segments = xmp.with_extension(packet, clean.extension)
    metadata = PictureMetadata(
        path=path,
        format=form,
        exif=clean.exif,
        icc_profile=colours.profile,
        profile_is_made=colours.is_made,
        cicp=colours.cicp,
        xmp=packet,
        extended_xmp=segments,
        iptc=_iptc(image),
        photoshop=resources,
        tiff_tags=tags,
        dpi=_dpi(image),
        comment=_bytes_or_none(image.info.get("comment")) if form == "JPEG" else None,
        png=chunks,
        jpeg=_jpeg_settings(image) if form == "JPEG" else None,
        compressed=image.info.get("compression") != "raw",
        lossless=form == "WEBP" and _is_lossless_webp(stream),
        left_out=sentences(
            [*clean.left_out, *lost_resources, *lost_tags, *_further_pictures(image, stream)]
        ),
    )
    damaged = ("The EXIF data is damaged and is left out.",) if is_exif_damaged else ()
    return metadata, damaged


def sentences(beginnings: Iterable[str]) -> tuple[str, ...]:
    """Say of each thing that it is left out."""
    return tuple(f"{words} is left out." for words in dict.fromkeys(beginnings))


def _raw_exif(image: Image.Image, stream: BinaryIO) -> bytes | None:
    block: Any = image.info.get("exif")
    if image.format == "AVIF":
        # Pillow changes the data where the file turns its picture by other means.
        own = isobmff.read_items(stream).exif
        return own or block
    if block is None and image.format == "PNG":
        block = png.raw_profile(image.info, "exif", "APP1")
    return exif.without_prefix(block) if isinstance(block, bytes) and block else None


def _bytes_or_none(value: Any) -> bytes | None:
    if isinstance(value, tuple) and value:
        value = value[0]
    return value if isinstance(value, bytes) and value else None


def _colours(image: Image.Image, stream: BinaryIO, chunks: dict[bytes, bytes]) -> colour.Colours:
    # A CMYK or Lab profile does not describe the RGB samples that come out of such a file.
    if image.mode in ("CMYK", "LAB"):
        return colour.Colours()
    profile = _bytes_or_none(image.info.get("icc_profile"))
    if image.format == "PNG":
        return colour.from_png(chunks, profile)
    if image.format == "AVIF":
        return colour.from_cicp(isobmff.read_items(stream).cicp, profile)
    return colour.Colours(profile)


def _segments(image: Image.Image, name: str, prefix: bytes) -> list[bytes]:
    return [
        content
        for kind, content in getattr(image, "applist", [])
        if kind == name and content.startswith(prefix)
    ]


def _resources(image: Image.Image) -> bytes:
    if image.format == "TIFF":
        tags: Any = getattr(image, "tag_v2", {})
        return _bytes_or_none(tags.get(_TIFF_PHOTOSHOP)) or b""
    if image.format == "PNG":
        block = png.raw_profile(image.info, "8bim", "iptc") or b""
        return photoshop.resources_with_iptc(block) if block[:1] == photoshop.IPTC_MARK else block
    prefix = photoshop.SEGMENT_PREFIX
    return b"".join(part[len(prefix) :] for part in _segments(image, "APP13", prefix))


def _iptc(image: Image.Image) -> bytes | None:
    tags: Any = getattr(image, "tag_v2", {})
    direct = _bytes_or_none(tags.get(_TIFF_IPTC)) if image.format == "TIFF" else None
    return direct or photoshop.iptc_in_resources(_resources(image))


def _further_pictures(image: Image.Image, stream: BinaryIO) -> tuple[str, ...]:
    if image.format in ("JPEG", "MPO"):
        video = (xmp.MOTION_VIDEO,) if _holds_video(stream) else ()
        others = ("Every picture of the file but its main one",) if image.format == "MPO" else ()
        return (*video, *others)
    if image.format == "AVIF":
        return isobmff.read_items(stream).further_pictures
    return tiff_layout.dropped_channels(stream) if image.format == "TIFF" else ()


def _holds_video(stream: BinaryIO) -> bool:
    """Whether a JPEG file has a video behind its picture, promised in XMP or not."""
    stream.seek(0)
    end = b""
    while block := stream.read(_BLOCK_BYTES):
        if _VIDEO.search(end + block):
            return True
        end = block[-16:]
    return False


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    # Pillow makes one up where there is none.
    if image.format == "TIFF" and _TIFF_X_RESOLUTION not in getattr(image, "tag_v2", {}):
        return None
    if image.format in ("JPEG", "MPO") and image.info.get("jfif_unit") not in (1, 2):
        block = _bytes_or_none(image.info.get("exif"))
        if block is None or not exif.holds_resolution(exif.without_prefix(block)):
            return None
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
