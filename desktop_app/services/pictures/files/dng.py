"""Writing what a sensor saw as a DNG file, for other programs to develop; what DNG says of colours.

Source: Digital Negative Specification, version 1.4 (Adobe, 2012).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

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
from desktop_app.services.pictures.files.tiff_writing import (
    describe_jpeg,
    describe_mosaic,
    write_directory,
)
from desktop_app.services.pictures.metadata import exif, xmp
from desktop_app.services.pictures.mosaic import Mosaic
from desktop_app.services.pictures.picture import Picture, PictureMetadata, Samples, eight_bits

_KIND, _COLOURS_OF_PREVIEW = 254, 50970
_PHOTOMETRIC, _MAKER, _MODEL, _ORIENTATION, _FURTHER_DIRECTORIES = 262, 271, 272, 274, 330
_XMP, _IPTC = 700, 33723
_PATTERN_SIZE, _PATTERN = 33421, 33422
VERSION, _OLDEST_VERSION, _CAMERA = 50706, 50707, 50708
_BLACK_PLACES, _BLACK, _WHITE, _CROP_ORIGIN, _CROP_SIZE = 50713, 50714, 50717, 50719, 50720
_COLOUR_MATRIX, _NEUTRAL, _ILLUMINANT, _ACTIVE_AREA = 50721, 50728, 50778, 50829
_COLOUR_FILTERS = 32803
_OF_SENSORS = (_COLOUR_FILTERS, 34892)
_STRIP_OFFSETS, _STRIP_SIZES, _TILE_OFFSETS, _TILE_SIZES = 273, 279, 324, 325
_D65, _SRGB, _REDUCED_COPY = 21, 2, 1
_SIDE_OF_PREVIEW = 1024
# How an upright picture becomes one of each orientation.
_BACK = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
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
    if directory is None or VERSION not in directory.entries:
        return None
    kept = {tag: entry for tag, entry in directory.entries.items() if tag in _COLOUR_TAGS}
    mosaic = directory_of_mosaic(stream, directory)
    top, left = (*mosaic.integers(_ACTIVE_AREA), 0, 0)[:2]
    if top % 2 == left % 2 == 0:  # else the decoder begins elsewhere, and places are not the same
        kept |= {tag: entry for tag, entry in mosaic.entries.items() if tag in _CORRECTIONS}
    return Directory(directory.order, kept)


def refuse_cut_short(stream: BinaryIO) -> None:
    """Refuse a DNG file that ends before its samples do: decoders take what is missing for black.

    Raises:
        EOFError: it does.
    """
    first = read_first_directory(stream)
    if first is None or VERSION not in first.entries:
        return
    samples = directory_of_mosaic(stream, first)
    offsets, sizes = (
        samples.integers(tiles) or samples.integers(strips)
        for tiles, strips in ((_TILE_OFFSETS, _STRIP_OFFSETS), (_TILE_SIZES, _STRIP_SIZES))
    )
    ends = (offset + size for offset, size in zip(offsets, sizes, strict=False))
    if max(ends, default=0) > stream.seek(0, io.SEEK_END):
        raise EOFError("the file ends before its samples do")


def directory_of_mosaic(stream: BinaryIO, first: Directory) -> Directory:
    """Return the directory with the sensor's samples, which often is not the first.

    Returns:
        The first where there is none.
    """
    if holds_mosaic(first):
        return first
    for position in first.integers(_FURTHER_DIRECTORIES)[:_MOST_DIRECTORIES]:
        directory = read_directory_at(stream, position, first.order)
        if directory is not None and holds_mosaic(directory):
            return directory
    return first


def holds_mosaic(directory: Directory) -> bool:
    """Whether a directory is one of a sensor's samples, by its colours."""
    return directory.integer(_PHOTOMETRIC) in _OF_SENSORS


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

    The first directory holds what describes the photo and a small copy of the picture, which
    programs show that do not develop; the mosaic is in one below it.

    Args:
        stream: the file to write, from its beginning; it must allow seeking.
        picture: one with a mosaic.

    Raises:
        PictureError: the picture has no mosaic.
    """
    refuse_without_mosaic(picture)
    mosaic = picture.mosaic
    assert mosaic is not None
    first = exif.directory_for_tiff(picture.metadata.exif)
    preview = describe_jpeg(first, _preview(picture.samples, mosaic.orientation))
    first.add(_KIND, LONG, (_REDUCED_COPY,))
    first.add(_COLOURS_OF_PREVIEW, LONG, (_SRGB,))
    _add_texts(first, picture.metadata, mosaic)
    main = first.nested[_FURTHER_DIRECTORIES] = Directory(first.order)
    blocks = _describe_mosaic(main, mosaic, compressed=True)
    _describe_camera(first, main, mosaic)
    write_directory(stream, first, [(first, preview), (main, blocks)])


def write_bare_dng(stream: BinaryIO, mosaic: Mosaic) -> None:
    """Write nothing but a mosaic and what its development needs, for a decoder in this process.

    Args:
        stream: the file to write, from its beginning; it must allow seeking.
        mosaic: what to write.
    """
    only = Directory("<")
    blocks = _describe_mosaic(only, mosaic, compressed=False)
    _describe_camera(only, only, mosaic)
    write_directory(stream, only, [(only, blocks)])


def _describe_camera(first: Directory, main: Directory, mosaic: Mosaic) -> None:
    """Add versions, orientation and colours: to the first directory, or to the mosaic's own."""
    first.add(_ORIENTATION, SHORT, (mosaic.orientation,))
    first.add(VERSION, BYTE, bytes((1, 4, 0, 0)))
    first.add(_OLDEST_VERSION, BYTE, bytes((1, 1, 0, 0)))
    if mosaic.colour_tags is not None:
        for tag, entry in mosaic.colour_tags.entries.items():
            holder = main if tag in _CORRECTIONS else first
            holder.entries[tag] = entry.in_order(mosaic.colour_tags.order, first.order)
    if _CAMERA not in first.entries:
        first.add(_CAMERA, ASCII, _name_of_camera(first))


def _describe_mosaic(directory: Directory, mosaic: Mosaic, compressed: bool) -> Iterator[bytes]:
    blocks = describe_mosaic(directory, mosaic.samples, _COLOUR_FILTERS, compressed)
    directory.add(_KIND, LONG, (0,))
    directory.add(_PATTERN_SIZE, SHORT, (2, 2))
    directory.add(_PATTERN, BYTE, bytes("RGB".index(colour) for colour in mosaic.arrangement))
    directory.add(_BLACK_PLACES, SHORT, (2, 2))
    directory.add(_BLACK, LONG, mosaic.black)
    directory.add(_WHITE, LONG, (mosaic.white,))
    if mosaic.crop is not None:
        directory.add(_CROP_ORIGIN, LONG, mosaic.crop[:2])
        directory.add(_CROP_SIZE, LONG, mosaic.crop[2:])
    return blocks


def _preview(samples: Samples, orientation: int) -> Image.Image:
    """Return a small copy of an upright picture, as the sensor lies."""
    # Every other pixel or fewer, in place of a whole copy with 8 bits.
    step = -(-max(samples.shape) // (2 * _SIDE_OF_PREVIEW))
    image = Image.fromarray(eight_bits(samples[::step, ::step]))
    image.thumbnail((_SIDE_OF_PREVIEW, _SIDE_OF_PREVIEW))
    turn = _BACK.get(orientation)
    return image if turn is None else image.transpose(turn)


def _add_texts(directory: Directory, metadata: PictureMetadata, mosaic: Mosaic) -> None:
    """Add XMP, which says how the sensor lies, and IPTC."""
    if metadata.xmp:
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
