"""Writing what a sensor saw as a DNG file, for other programs to develop; what DNG says of colours.

Source: Digital Negative Specification, version 1.4 (Adobe, 2012).
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures.files.tiff_directory import (
    ASCII,
    BYTE,
    LONG,
    RATIONAL,
    SHORT,
    Directory,
    Entry,
    read_directory_at,
    read_first_directory,
)
from desktop_app.services.pictures.files.tiff_writing import describe_mosaic, write_directory
from desktop_app.services.pictures.metadata import exif, xmp
from desktop_app.services.pictures.picture import Picture

_PHOTOMETRIC, _MAKER, _MODEL, _ORIENTATION, _FURTHER_DIRECTORIES = 262, 271, 272, 274, 330
_XMP, _IPTC = 700, 33723
_PATTERN_SIZE, _PATTERN = 33421, 33422
_VERSION, _OLDEST_VERSION, _CAMERA = 50706, 50707, 50708
_BLACK_PLACES, _BLACK, _WHITE, _CROP_ORIGIN, _CROP_SIZE = 50713, 50714, 50717, 50719, 50720
_COLOUR_MATRIX, _NEUTRAL, _ILLUMINANT, _ACTIVE_AREA = 50721, 50728, 50778, 50829
_COLOUR_FILTERS = 32803
_D65 = 21
_SIGNED_RATIONAL = 10
_PARTS = 10_000
_MOST_DIRECTORIES = 16

_COLOUR_TAGS = frozenset(
    {
        *(_CAMERA, 50709),  # names of the camera
        *range(50721, 50730),  # matrices, calibration, analog balance, white balance as shot
        *(50730, 50732, 50734, 51109),  # exposure, sharpness and where the sensor is linear
        *(50735, 50736),  # serial number and lens
        *(50778, 50779),  # light of the matrices
        *(50931, 50932, 50936, 50937, 50938, 50939, 50940, 50941, 50942),  # profile
        *(50964, 50965, 50981, 50982, 51107, 51108, 51110),
    }
)
"""What of a DNG file's first directory describes the colours of its sensor."""

_CORRECTIONS = frozenset({50733, 50737, 50738, 51009, 51022})
"""What beside the samples is to be done with them later: among it, corrections for the lens."""


def colour_tags(stream: BinaryIO) -> Directory | None:
    """Return what a DNG file says of its sensor's colours and its lens; None of any other file."""
    directory = read_first_directory(stream)
    if directory is None or _VERSION not in directory.entries:
        return None
    kept = {tag: entry for tag, entry in directory.entries.items() if tag in _COLOUR_TAGS}
    mosaic = _directory_of_mosaic(stream, directory)
    top, left = (*mosaic.integers(_ACTIVE_AREA), 0, 0)[:2]
    if top % 2 == left % 2 == 0:  # else the decoder begins elsewhere, and places are not the same
        kept |= {tag: entry for tag, entry in mosaic.entries.items() if tag in _CORRECTIONS}
    return Directory(directory.order, kept)


def _directory_of_mosaic(stream: BinaryIO, first: Directory) -> Directory:
    """Return the directory with the sensor's samples, which often is not the first."""
    if first.integer(_PHOTOMETRIC) == _COLOUR_FILTERS:
        return first
    for position in first.integers(_FURTHER_DIRECTORIES)[:_MOST_DIRECTORIES]:
        directory = read_directory_at(stream, position, first.order)
        if directory is not None and directory.integer(_PHOTOMETRIC) == _COLOUR_FILTERS:
            return directory
    return first


def tags_of_camera(
    from_xyz: NDArray[np.float32], white_balance: tuple[float, float, float]
) -> Directory:
    """Return what DNG says of a sensor's colours, from what LibRaw knows of it.

    Args:
        from_xyz: (4, 3), from XYZ to the sensor's red, green and blue, under D65.
        white_balance: factors for red, green and blue.
    """
    tags = Directory("<")
    if from_xyz[:3].any():
        parts = [part for v in from_xyz[:3].ravel() for part in (round(_PARTS * float(v)), _PARTS)]
        matrix = struct.pack("<18i", *parts)
        tags.entries[_COLOUR_MATRIX] = Entry(_SIGNED_RATIONAL, 9, matrix)
        tags.add(_ILLUMINANT, SHORT, (_D65,))
    neutral = [part for factor in white_balance for part in (2**20, round(2**20 * factor))]
    tags.add(_NEUTRAL, RATIONAL, tuple(neutral))
    return tags


def write_dng(stream: BinaryIO, picture: Picture) -> None:
    """Write the mosaic of a picture, with 16 bits and every sample as it is.

    Args:
        stream: the file to write, from its beginning; it must allow seeking.
        picture: one with a mosaic.

    Raises:
        PictureError: the picture has no mosaic.
    """
    refuse_without_mosaic(picture)
    mosaic = picture.mosaic
    assert mosaic is not None
    directory = exif.directory_for_tiff(picture.metadata.exif)
    blocks = describe_mosaic(directory, mosaic.samples, _COLOUR_FILTERS)
    directory.add(_ORIENTATION, SHORT, (mosaic.orientation,))
    directory.add(_PATTERN_SIZE, SHORT, (2, 2))
    directory.add(_PATTERN, BYTE, bytes("RGB".index(colour) for colour in mosaic.arrangement))
    directory.add(_VERSION, BYTE, bytes((1, 4, 0, 0)))
    directory.add(_OLDEST_VERSION, BYTE, bytes((1, 1, 0, 0)))
    directory.add(_BLACK_PLACES, SHORT, (2, 2))
    directory.add(_BLACK, LONG, mosaic.black)
    directory.add(_WHITE, LONG, (mosaic.white,))
    if mosaic.crop is not None:
        directory.add(_CROP_ORIGIN, LONG, mosaic.crop[:2])
        directory.add(_CROP_SIZE, LONG, mosaic.crop[2:])
    _add_texts(directory, picture)
    if mosaic.colour_tags is not None:
        for tag, entry in mosaic.colour_tags.entries.items():
            directory.entries[tag] = entry.in_order(mosaic.colour_tags.order, directory.order)
    if _CAMERA not in directory.entries:
        directory.add(_CAMERA, ASCII, _name_of_camera(directory))
    write_directory(stream, directory, [(directory, blocks)])


def _add_texts(directory: Directory, picture: Picture) -> None:
    """Add XMP, which says how the sensor lies, and IPTC."""
    metadata, mosaic = picture.metadata, picture.mosaic
    if metadata.xmp and mosaic is not None:
        height, width = mosaic.samples.shape
        packet = xmp.upright(metadata.xmp, width, height, mosaic.orientation)
        directory.add(_XMP, BYTE, packet)
    if metadata.iptc:
        exif.add_entry_bytes(directory, _IPTC, metadata.iptc)


def refuse_without_mosaic(picture: Picture) -> None:
    """Refuse what cannot be written as DNG.

    Raises:
        PictureError: the picture has no mosaic.
    """
    if picture.mosaic is None:
        raise PictureError(
            "DNG holds what the sensor of a camera saw, and this picture does not: only RAW files "
            "of Bayer sensors can be saved so, denoised before their development; choose .tif."
        )


def _name_of_camera(directory: Directory) -> bytes:
    words = [
        directory.entries[tag].data.strip(b"\0 ")
        for tag in (_MAKER, _MODEL)
        if tag in directory.entries
    ]
    return (b" ".join(words) or b"Unknown camera") + b"\0"
