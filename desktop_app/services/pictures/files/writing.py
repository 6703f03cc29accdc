"""Saving pictures with everything they hold that the chosen format can take."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, PngImagePlugin

from desktop_app.services.atomic_files import write_atomically
from desktop_app.services.errors import AppError, PictureError
from desktop_app.services.pictures.files import isobmff, png
from desktop_app.services.pictures.files.dng import refuse_without_mosaic, write_dng
from desktop_app.services.pictures.files.formats import FileFormat, SavingOptions, format_for_saving
from desktop_app.services.pictures.files.heif import write_heif
from desktop_app.services.pictures.files.png import write_deep_png
from desktop_app.services.pictures.files.protection import refuse_protected
from desktop_app.services.pictures.files.tiff_writing import planes_joined, write_tiff
from desktop_app.services.pictures.metadata import colour, exif, photoshop, xmp
from desktop_app.services.pictures.picture import (
    Picture,
    PictureMetadata,
    dithered_eight_bits,
    eight_bits,
)

_JPEG_QUALITY, _LOSSY_QUALITY = 95, 92
_FULL_COLOUR_RESOLUTION = 0
_PNG_LEVEL = 4  # higher ones take up to three times as long for files 1 % smaller
_LARGEST_JPEG_SEGMENT = 65_533
_LARGEST_JPEG_XMP = _LARGEST_JPEG_SEGMENT - 29
_LARGEST_RESOURCES = 65_000
_WITHOUT_GRAY = ("WEBP", "AVIF")
_TAG_NAMES = {
    "place on the map": {33550, 33920, 33922, 34264, 34735, 42113},
    "values of ImageJ": {50838, 50839},
}
_PPM_MARKS = {1: b"P5", 3: b"P6"}

METADATA_TITLES = {
    "exif": "EXIF data",
    "xmp": "XMP data",
    "iptc": "IPTC data",
    "icc_profile": "colour profile",
    "dpi": "resolution (DPI)",
    "comment": "comment",
}


AS_THE_SOURCE = SavingOptions()


def save_picture(
    picture: Picture,
    path: Path,
    overwrite: bool = False,
    replace_protected: bool = False,
    options: SavingOptions = AS_THE_SOURCE,
) -> tuple[str, ...]:
    """Write a picture in the format that the ending of ``path`` asks for.

    A JPEG file made from a JPEG file is compressed in the same way as its source.

    Args:
        picture: what to save.
        path: the file; its ending names the format.
        overwrite: whether an existing file may be replaced.
        replace_protected: whether even one that is write-protected or has further names may.
        options: quality, dithering, date.

    Returns:
        What the format could not hold, as :func:`what_is_lost` tells it.

    Raises:
        TargetExistsError: the file exists and ``overwrite`` is False.
        ProtectedTargetError: the file is protected and ``replace_protected`` is False.
        PictureError: the format is unknown, or cannot hold a picture of this size.
        WriteError: the operating system refused.
    """
    form = format_for_saving(path)
    notices = what_is_lost(picture, path)
    if max(picture.width, picture.height) > form.longest_side:
        raise PictureError(
            f"{path} cannot be saved: {form.name} holds at most {form.longest_side} pixels "
            f"a side, and this picture has {picture.width} x {picture.height}; choose .png or .tif."
        )
    if overwrite and not replace_protected:
        refuse_protected(path)
    fitted = _fitted(picture, form, options.dithered)
    encode = _encoder(form, options.quality)
    write_atomically(
        path, lambda stream: _encode(encode, stream, fitted, path), overwrite=overwrite
    )
    if options.keep_date:
        _copy_date(picture.metadata.path, path)
    return notices


def _copy_date(source: Path | None, path: Path) -> None:
    # A file system without dates, or a source that is gone, is no reason to fail.
    with suppress(OSError):
        if source is not None:
            status = source.stat()
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def what_is_lost(picture: Picture, path: Path) -> tuple[str, ...]:
    """Say, a sentence each, what a file named ``path`` could not keep of a picture.

    Raises:
        PictureError: the ending of ``path`` cannot be written, or does not fit the picture.
    """
    form = format_for_saving(path)
    if form.name == "DNG":
        refuse_without_mosaic(picture)
        return picture.metadata.left_out
    lost = []
    if picture.bits == 16 and not form.deep and not picture.metadata.made_deep:
        lost.append(f"{form.name} is saved with 8 bits per sample; PNG, TIFF and HEIF hold more.")
    if picture.bits == 16 and form.name == "HEIF" and not picture.metadata.made_deep:
        lost.append("HEIF has at most 12 bits per sample: saved with 12 bits.")
    if picture.alpha is not None and not form.alpha:
        lost.append(f"{form.name} has no transparency: saved on white.")
    metadata = picture.metadata
    held = form.metadata
    if "exif" in held and metadata.exif and exif.holds_resolution(metadata.exif):
        held |= {"dpi"}
    for name, title in METADATA_TITLES.items():
        if getattr(metadata, name) and name not in held:
            lost.append(f"{form.name} cannot hold the {title}.")
    if metadata.tiff_tags is not None and form.name != "TIFF":
        lost.append(f"{form.name} cannot hold the TIFF file's further tags ({_named(metadata)}).")
    if metadata.photoshop and "iptc" not in held:
        lost.append(f"{form.name} cannot hold clipping paths and other data of Photoshop.")
    if form.name != "PNG" and any(kind in png.TEXT_CHUNKS for kind, _ in metadata.png):
        lost.append(f"{form.name} cannot hold the texts of the PNG file.")
    if metadata.extended_xmp and form.name != "JPEG" and "xmp" in held:
        lost.append(f"{form.name} cannot hold the long part of the XMP data.")
    if metadata.icc_profile and "icc_profile" in held and _profile(picture, form) is None:
        lost.append("The colour profile does not fit the samples and is left out.")
    lost += metadata.left_out
    if form.name == "JPEG" and metadata.exif and not _fits_segment(metadata.exif):
        lost.append("The EXIF data is too long for JPEG and is left out.")
    if form.name == "JPEG" and len(metadata.xmp or b"") > _LARGEST_JPEG_XMP:
        lost.append("The XMP data is too long for JPEG and is left out.")
    return tuple(lost)


def _named(metadata: PictureMetadata) -> str:
    tags = metadata.tiff_tags.entries if metadata.tiff_tags is not None else {}
    names = [name for name, numbers in _TAG_NAMES.items() if numbers & tags.keys()]
    return ", ".join(names) or f"{len(tags)} of them"


def _profile(picture: Picture, form: FileFormat) -> bytes | None:
    """Return the profile as it fits the samples that are written."""
    channels = 1 if picture.is_gray and form.name not in _WITHOUT_GRAY else 3
    if form.name == "HEIF" and picture.alpha is not None:
        channels = 3
    return colour.fitting_profile(picture.metadata.icc_profile, channels)


def _fits_segment(exif_stream: bytes) -> bool:
    return len(exif.EXIF_PREFIX) + len(exif_stream) <= _LARGEST_JPEG_SEGMENT


def _fitted(picture: Picture, form: FileFormat, dithered: bool) -> Picture:
    """Reduce a picture to what the format can hold."""
    if picture.alpha is not None and not form.alpha:
        picture = _on_white(picture)
    if picture.bits == 16 and not form.deep:
        alpha = None if picture.alpha is None else eight_bits(picture.alpha)
        reduce = dithered_eight_bits if dithered else eight_bits
        picture = replace(picture, samples=reduce(picture.samples), alpha=alpha)
    profile, xmp_packet = _profile(picture, form), picture.metadata.xmp
    if xmp_packet and form.name != "JPEG":
        xmp_packet, _ = xmp.with_extension(xmp_packet, None)
    metadata = replace(picture.metadata, icc_profile=profile, xmp=xmp_packet)
    return replace(picture, metadata=metadata)


def _on_white(picture: Picture) -> Picture:
    assert picture.alpha is not None
    opacity = picture.alpha[:, :, None].astype(np.float32) / picture.peak
    blended = picture.samples * opacity + picture.peak * (1 - opacity)
    samples = np.rint(blended).astype(picture.samples.dtype)
    return replace(picture, samples=samples, alpha=None)


def _encode(
    encode: Callable[[BinaryIO, Picture], None], stream: BinaryIO, picture: Picture, path: Path
) -> None:
    try:
        encode(stream, picture)
    except (AppError, OSError, MemoryError):
        raise
    except Exception as error:
        raise PictureError(f"{path} cannot be saved: {error}.") from error


def _pillow_image(picture: Picture) -> Image.Image:
    channels = planes_joined(picture.samples, picture.alpha)
    return Image.fromarray(channels[:, :, 0] if channels.shape[2] == 1 else channels)


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _write_jpeg(stream: BinaryIO, picture: Picture, quality: int | None) -> None:
    metadata = picture.metadata
    options = _given(dpi=metadata.dpi, icc_profile=metadata.icc_profile, comment=metadata.comment)
    if metadata.exif and _fits_segment(metadata.exif):
        options["exif"] = exif.EXIF_PREFIX + metadata.exif
    if metadata.xmp and len(metadata.xmp) <= _LARGEST_JPEG_XMP:
        options["xmp"] = metadata.xmp
    if metadata.jpeg is not None and quality is None:
        options["qtables"] = [list(table) for table in metadata.jpeg.quantization][:4]
        options["subsampling"] = metadata.jpeg.subsampling
        options["progressive"] = metadata.jpeg.progressive
    else:
        options["quality"] = quality or _JPEG_QUALITY
        options["subsampling"] = _FULL_COLOUR_RESOLUTION
    options["extra"] = _extra_segments(metadata)
    _pillow_image(picture).save(stream, "JPEG", **options)


def _extra_segments(metadata: PictureMetadata) -> bytes:
    segments = [(0xE1, content) for content in metadata.extended_xmp]
    resources = photoshop.resources_with_iptc(metadata.iptc, metadata.photoshop)
    for start in range(0, len(resources), _LARGEST_RESOURCES):
        part = resources[start : start + _LARGEST_RESOURCES]
        segments.append((0xED, photoshop.SEGMENT_PREFIX + part))
    return b"".join(
        struct.pack(">BBH", 0xFF, marker, 2 + len(content)) + content
        for marker, content in segments
    )


def _write_png(stream: BinaryIO, picture: Picture) -> None:
    metadata = picture.metadata
    info = PngImagePlugin.PngInfo()
    chunks = metadata.png
    if metadata.cicp and not any(kind == b"cICP" for kind, _ in chunks):
        chunks = (*chunks, (b"cICP", bytes([*metadata.cicp, 0, 1])))
    says_by_itself = any(kind in colour.COLOUR_CHUNKS for kind, _ in chunks)
    profile = None if metadata.profile_is_made and says_by_itself else metadata.icc_profile
    for kind, content in chunks:
        info.add(kind, content)
    if resources := photoshop.resources_with_iptc(metadata.iptc, metadata.photoshop):
        # All of Photoshop's data goes under this name, whatever it says.
        info.add(*png.raw_profile_chunk("iptc", resources))
    if metadata.xmp:
        text = png.XMP_KEYWORD + b"\0\0\0\0\0" + metadata.xmp
        info.add(b"iTXt", text)
    options = _given(exif=metadata.exif, icc_profile=profile, dpi=metadata.dpi, pnginfo=info)
    if picture.bits == 8:
        _pillow_image(picture).save(stream, "PNG", compress_level=_PNG_LEVEL, **options)
        return
    template = io.BytesIO()
    Image.new("L", (1, 1)).save(template, "PNG", **options)
    channels = planes_joined(picture.samples, picture.alpha)
    write_deep_png(stream, channels, template.getvalue())


def _write_tiff(stream: BinaryIO, picture: Picture) -> None:
    write_tiff(stream, planes_joined(picture.samples, picture.alpha), picture.metadata)


def _write_webp(stream: BinaryIO, picture: Picture, quality: int | None) -> None:
    metadata = picture.metadata
    lossless = metadata.lossless and quality is None
    # With "exact", colours under full transparency stay as they are.
    options = _given(
        exif=metadata.exif,
        icc_profile=metadata.icc_profile,
        xmp=metadata.xmp,
        lossless=lossless,
        exact=True,
        quality=100 if lossless else quality or _LOSSY_QUALITY,
    )
    _pillow_image(_with_three_channels(picture)).save(stream, "WEBP", **options)


def _write_avif(stream: BinaryIO, picture: Picture, quality: int | None) -> None:
    metadata = picture.metadata
    profile = None if metadata.cicp else metadata.icc_profile
    block = exif.without_orientation(metadata.exif) if metadata.exif else None
    options = _given(exif=block, icc_profile=profile, xmp=metadata.xmp)
    image = _pillow_image(_with_three_channels(picture))
    encoded = io.BytesIO()
    quality = quality or _LOSSY_QUALITY
    image.save(encoded, "AVIF", quality=quality, subsampling="4:4:4", **options)
    content = encoded.getvalue()
    stream.write(isobmff.with_cicp(content, metadata.cicp) if metadata.cicp else content)


def _with_three_channels(picture: Picture) -> Picture:
    if not picture.is_gray:
        return picture
    return replace(picture, samples=np.repeat(picture.samples, 3, axis=2))


def _write_bmp(stream: BinaryIO, picture: Picture) -> None:
    _pillow_image(picture).save(stream, "BMP", **_given(dpi=picture.metadata.dpi))


def _write_ppm(stream: BinaryIO, picture: Picture) -> None:
    mark = _PPM_MARKS[picture.samples.shape[2]]
    header = b"%s\n%d %d\n%d\n" % (mark, picture.width, picture.height, picture.peak)
    big_endian = picture.samples.astype(picture.samples.dtype.newbyteorder(">"))
    stream.write(header + big_endian.tobytes())


_EXACT_ENCODERS: dict[str, Callable[[BinaryIO, Picture], None]] = {
    "PNG": _write_png,
    "TIFF": _write_tiff,
    "BMP": _write_bmp,
    "PPM": _write_ppm,
    "DNG": write_dng,
}
_LOSSY_ENCODERS: dict[str, Callable[[BinaryIO, Picture, int | None], None]] = {
    "JPEG": _write_jpeg,
    "WEBP": _write_webp,
    "AVIF": _write_avif,
    "HEIF": write_heif,
}


def _encoder(form: FileFormat, quality: int | None) -> Callable[[BinaryIO, Picture], None]:
    if form.name in _EXACT_ENCODERS:
        return _EXACT_ENCODERS[form.name]
    encode = _LOSSY_ENCODERS[form.name]
    return lambda stream, picture: encode(stream, picture, quality)
