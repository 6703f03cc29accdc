"""RAW files of cameras, developed to 16 bits through the optional package rawpy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures.development import Development
from desktop_app.services.pictures.files import dng
from desktop_app.services.pictures.files.masked_pixels import dark_variance
from desktop_app.services.pictures.files.raw_development import (
    camera_balance,
    choices,
    develop_excerpts,
    developed_size,
    package,
)
from desktop_app.services.pictures.files.tiff_directory import Directory
from desktop_app.services.pictures.metadata import colour, icc_making
from desktop_app.services.pictures.metadata.raw_metadata import read_raw_metadata
from desktop_app.services.pictures.metadata.transfer import sentences, upright
from desktop_app.services.pictures.mosaic import Mosaic
from desktop_app.services.pictures.picture import Picture, PictureMetadata, Samples

FORMAT = "RAW"
# Where the brightest sample reaches this share of what LibRaw takes for white, it is the white:
# many cameras clip a little before. A DNG file says itself where its sensor clips.
_NEAR_WHITE = 0.75
# LibRaw's number for each orientation of EXIF, 1 to 8.
_TURNS = (0, 1, 3, 2, 4, 6, 7, 5)
_ON_ITS_SIDE = 4
_NO_CROP = 0xFFFF
_BALANCES = {"camera": "the camera's white balance", "auto": "an automatic white balance"}


def read_raw(
    stream: BinaryIO,
    path: Path,
    largest: int,
    development: Development | None = None,
    instead: Mosaic | None = None,
    as_excerpts: bool = False,
) -> Picture:
    """Develop a RAW file, the right way up.

    Args:
        stream: the file.
        path: its name.
        largest: the most pixels it may have.
        development: how to develop it.
        instead: what is developed in place of the samples that the file holds.
        as_excerpts: whether excerpts will do where there is a mosaic.

    Raises:
        PictureError: the package is missing, the picture is too large, or ``instead`` does not fit
            the file.
        Exception: whatever the decoder raises on a damaged or unknown file.
    """
    rawpy, development = package(path), development or Development()
    dng.refuse_cut_short(stream)
    tags = dng.colour_tags(stream)
    stream.seek(0)
    with rawpy.imread(stream) as raw:
        width, height = raw.sizes.width, raw.sizes.height
        if width * height > largest:
            raise PictureError(
                f"{path} claims to have {width} x {height} pixels; "
                f"at most {largest // 1_000_000} million can be opened."
            )
        mosaic = _mosaic(rawpy, raw, tags is not None)
        pattern = _pattern(raw)
        if instead is not None:
            if mosaic is None or not _fits(instead, mosaic):
                raise PictureError(f"{path} has changed since it was opened; open it again.")
            raw.raw_image_visible[:] = instead.on_levels(mosaic.black)
            mosaic = instead
        elif mosaic is not None:
            mosaic = replace(mosaic, samples=mosaic.samples.copy())
        if mosaic is not None:
            tags = tags or dng.tags_of_camera(raw.rgb_xyz_matrix, mosaic.white_balance)
            mosaic = _described(mosaic, raw.sizes, tags, development)
        excerpts = develop_excerpts(mosaic) if as_excerpts and mosaic is not None else None
        if excerpts is None:
            samples = raw.postprocess(**choices(rawpy, raw, development, mosaic))
        else:
            samples = excerpts.reshape(-1, *excerpts.shape[2:])
    samples = np.ascontiguousarray(samples)
    # That of a sensor that is turned by 45 degrees is larger.
    if mosaic is not None and excerpts is None and not _is_of(samples, mosaic):
        mosaic, pattern = None, "a turned grid"
    count = 0 if excerpts is None else len(excerpts)
    picture = Picture(samples, mosaic=mosaic, excerpts=count)
    return _with_metadata(stream, path, picture, _notices(development, mosaic, pattern))


def _with_metadata(stream: BinaryIO, path: Path, picture: Picture, notices: list[str]) -> Picture:
    blocks = read_raw_metadata(stream)
    height, width = _size_of(picture)
    clean, is_exif_damaged = upright(blocks, width, height)
    if is_exif_damaged:
        notices.append("The EXIF data is damaged and is left out.")
    metadata = PictureMetadata(
        path=path,
        format=FORMAT,
        exif=clean.exif,
        icc_profile=icc_making.profile_of_cicp(*colour.CICP_SRGB),
        profile_is_made=True,
        xmp=clean.xmp,
        iptc=clean.iptc,
        left_out=sentences(clean.left_out),
    )
    return replace(picture, metadata=metadata, notices=tuple(notices))


def _size_of(picture: Picture) -> tuple[int, int]:
    """Return height and width of the whole development."""
    mosaic = picture.mosaic
    if mosaic is None or not picture.excerpts:
        return picture.height, picture.width
    return developed_size(mosaic)


def _mosaic(rawpy: Any, raw: Any, is_dng: bool) -> Mosaic | None:
    """Return a view of the samples of a Bayer sensor, and their levels; None of any other."""
    is_flat = raw.raw_type == rawpy.RawType.Flat
    arrangement = _arrangement(raw) if is_flat and raw.num_colors == 3 else ""
    if sorted(arrangement) != sorted("RGGB"):
        return None
    visible, levels = raw.raw_image_visible, raw.black_level_per_channel
    black = tuple(int(levels[index]) for index in raw.raw_pattern.ravel())
    sizes = raw.sizes
    active = sizes.top_margin, sizes.left_margin, *visible.shape
    mosaic = Mosaic(
        visible,
        black,
        int(raw.white_level),
        arrangement,
        camera_balance(raw),
        dark_variance=dark_variance(raw.raw_image, active, black, arrangement),
    )
    if mosaic.span <= 0:
        return None
    brightest = mosaic.brightest
    if not is_dng and _NEAR_WHITE * mosaic.span < brightest < mosaic.span:
        mosaic = replace(mosaic, white=min(black) + brightest)
    return mosaic


def _arrangement(raw: Any) -> str:
    pattern = _raw_pattern(raw)
    if pattern is None or pattern.shape != (2, 2):
        return ""
    return "".join(chr(raw.color_desc[index]) for index in pattern.ravel())


def _raw_pattern(raw: Any) -> NDArray[np.uint8] | None:
    """Return the smallest part of the filter that repeats; empty where rawpy does not know it."""
    try:
        pattern: NDArray[np.uint8] | None = raw.raw_pattern
    except NotImplementedError:
        return np.empty((0, 0), np.uint8)
    return pattern


def _described(
    mosaic: Mosaic, sizes: Any, tags: Directory | None, development: Development
) -> Mosaic:
    crop = None
    if _NO_CROP not in (sizes.crop_left_margin, sizes.crop_top_margin) and sizes.crop_width:
        left = max(sizes.crop_left_margin - sizes.left_margin, 0)
        top = max(sizes.crop_top_margin - sizes.top_margin, 0)
        width = min(sizes.crop_width, sizes.width - left)
        height = min(sizes.crop_height, sizes.height - top)
        crop = (left, top, width, height) if min(width, height) > 0 else None
    orientation = _TURNS.index(sizes.flip) + 1 if sizes.flip in _TURNS else 1
    return replace(
        mosaic,
        orientation=orientation,
        crop=crop,
        colour_tags=tags,
        development=development,
    )


def _fits(instead: Mosaic, mosaic: Mosaic) -> bool:
    return (
        instead.samples.shape == mosaic.samples.shape and instead.arrangement == mosaic.arrangement
    )


def _is_of(samples: Samples, mosaic: Mosaic) -> bool:
    return samples.shape[:2] == developed_size(mosaic)


def _notices(development: Development, mosaic: Mosaic | None, pattern: str) -> list[str]:
    balance = _BALANCES[development.white_balance]
    notices = [f"Developed from RAW with {balance}, to sRGB with 16 bits."]
    if mosaic is None:
        notices.append(f"Its sensor has {pattern}: noise is removed after the development.")
    return notices


def _pattern(raw: Any) -> str:
    """Say what a sensor has that is no Bayer sensor."""
    pattern = _raw_pattern(raw)
    if raw.num_colors == 1:
        return "no colours"
    if pattern is None:
        return "all colours at each place"
    return "an X-Trans pattern" if pattern.shape == (6, 6) else "no Bayer pattern"


def size_of_raw(stream: BinaryIO, path: Path) -> tuple[int, int]:
    """Return width and height of the developed picture, the right way up."""
    rawpy = package(path)
    stream.seek(0)
    with rawpy.imread(stream) as raw:
        sizes = raw.sizes
        is_on_its_side = sizes.flip & _ON_ITS_SIDE
        return (sizes.height, sizes.width) if is_on_its_side else (sizes.width, sizes.height)
