"""Writing TIFF files of 8 or 16 bits with all their metadata.

Pillow cannot write 16 bits per colour, so both depths are written here, in one way: strips of rows,
compressed with Deflate after differences to the left neighbour were taken. Mosaics of sensors are
written as DNG wants them.

Source: TIFF Revision 6.0 (Adobe, 1992), sections 3-8 and 14; Adobe Photoshop TIFF Technical Notes
(2002) for Deflate; ITU-T T.81 (1992), annex H, for lossless JPEG.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import numpy as np
from PIL import Image

from desktop_app.services.pictures.files.tiff_directory import (
    BYTE,
    LONG,
    RATIONAL,
    SHORT,
    ByteOrder,
    Directory,
    directory_bytes,
    staying_entries,
)
from desktop_app.services.pictures.metadata import exif, tiff_tags
from desktop_app.services.pictures.picture import PictureMetadata, Samples

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIP_OFFSETS, _CHANNELS, _ROWS_PER_STRIP, _STRIP_SIZES = 273, 277, 278, 279
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 282, 283, 296
_PREDICTOR, _EXTRA_SAMPLES = 317, 338
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_SIZES = 322, 323, 324, 325
_SUBSAMPLING, _REFERENCE_BLACK_WHITE = 530, 532
_XMP, _IPTC, _PHOTOSHOP, _ICC_PROFILE = 700, 33723, 34377, 34675

_NO_COMPRESSION, _JPEG, _DEFLATE = 1, 7, 8
_LEFT_NEIGHBOUR = 1
_LARGEST_TILE = 512
_DIFFERENCES = 2
_BLACK_IS_ZERO, _RGB, _YCBCR = 1, 2, 6
_WHOLE_RANGE = (0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1)
_JPEG_QUALITY, _FULL_COLOUR_RESOLUTION = 85, 0
_PER_INCH = 2
_ALPHA_NOT_MULTIPLIED = 2
_STRIP_BYTES = 2**20
_COMPRESSION_LEVEL = 4  # higher ones take three times as long for files 1 % smaller
_LARGEST_FILE = 2**32 - 2**20


def write_tiff(stream: BinaryIO, channels: Samples, metadata: PictureMetadata) -> None:
    """Write a TIFF file.

    Args:
        stream: the file to write, from its beginning; it must allow seeking.
        channels: ``uint8`` or ``uint16`` (H, W, C): gray, gray and alpha, RGB, or RGB and alpha.
        metadata: EXIF, XMP, IPTC, colour profile and resolution are taken from here, and whether to
            compress.

    Raises:
        ValueError: the file would be larger than the 4 GB that TIFF allows.
    """
    directory = exif.directory_for_tiff(metadata.exif)
    photometric = _RGB if channels.shape[2] >= 3 else _BLACK_IS_ZERO
    strips = describe_samples(directory, channels, metadata.compressed, photometric)
    _add_metadata(directory, metadata)
    write_directory(stream, directory, [(directory, strips)])


def write_directory(
    stream: BinaryIO, directory: Directory, held: Iterable[tuple[Directory, Iterable[bytes]]]
) -> None:
    """Write a TIFF file of one directory and those nested in it.

    Args:
        stream: the file to write, from its beginning; it must allow seeking.
        directory: it, or one nested in it, is told where its strips or tiles lie.
        held: the directories with pictures, and their strips or tiles.

    Raises:
        ValueError: the file would be larger than the 4 GB that TIFF allows.
    """
    mark = b"II" if directory.order == "<" else b"MM"
    stream.write(mark + struct.pack(directory.order + "HI", 42, 0))
    _write_staying(stream, directory)
    for holder, blocks in held:
        offsets, sizes = [], []
        for block in blocks:
            offsets.append(stream.tell())
            sizes.append(len(block))
            stream.write(block + b"\0" * (len(block) % 2))
            if stream.tell() > _LARGEST_FILE:
                raise ValueError("a TIFF file cannot be larger than 4 GB")
        are_tiles = _TILE_WIDTH in holder.entries
        holder.add(_TILE_OFFSETS if are_tiles else _STRIP_OFFSETS, LONG, tuple(offsets))
        holder.add(_TILE_SIZES if are_tiles else _STRIP_SIZES, LONG, tuple(sizes))
    position = stream.tell()
    stream.write(directory_bytes(directory, position))
    stream.seek(4)
    stream.write(struct.pack(directory.order + "I", position))


def _write_staying(stream: BinaryIO, directory: Directory) -> None:
    """Write values that must lie where they were, with zeros around them, before all others."""
    for entry in sorted(staying_entries(directory), key=lambda entry: entry.position):
        stream.write(bytes(max(entry.position - stream.tell(), 0)))
        stream.write(entry.data + b"\0" * (len(entry.data) % 2))


def describe_samples(
    directory: Directory, samples: Samples, compressed: bool, photometric: int
) -> Iterator[bytes]:
    """Tell a directory size, depth, compression and kind of samples (H, W[, C]).

    Returns:
        The strips of the samples.
    """
    height, width, count = (*samples.shape, 1)[:3]
    directory.add(_WIDTH, LONG, (width,))
    directory.add(_HEIGHT, LONG, (height,))
    directory.add(_BITS, SHORT, (8 * samples.dtype.itemsize,) * count)
    directory.add(_COMPRESSION, SHORT, (_DEFLATE if compressed else _NO_COMPRESSION,))
    directory.add(_PHOTOMETRIC, SHORT, (photometric,))
    directory.add(_CHANNELS, SHORT, (count,))
    directory.add(_ROWS_PER_STRIP, LONG, (_rows_per_strip(samples),))
    if compressed:
        directory.add(_PREDICTOR, SHORT, (_DIFFERENCES,))
    if count in (2, 4):
        directory.add(_EXTRA_SAMPLES, SHORT, (_ALPHA_NOT_MULTIPLIED,))
    return _strips(samples, directory.order, compressed)


def describe_mosaic(
    directory: Directory, mosaic: Samples, photometric: int, compressed: bool
) -> Iterator[bytes]:
    """Tell a directory size, depth, compression and kind of a sensor's mosaic, ``uint16`` (H, W).

    Where a package can write it, the compression is the lossless JPEG of 1993, which is all that
    DNG allows for whole numbers. Two neighbours of a row are the two channels of a JPEG pixel, so
    that each is predicted from the one before of its own colour, by the one way of prediction that
    every program reads.

    Returns:
        The tiles of the mosaic, or its strips where they are not compressed.
    """
    strips = describe_samples(directory, mosaic, False, photometric)
    encode = _lossless_jpeg() if compressed else None
    if encode is None:
        return strips
    # LibRaw misreads tiles that are wider than the picture, and pictures of less than 22 pixels.
    height, width = (_side_of_tile(extent) for extent in mosaic.shape)
    width = min(width, max(16, mosaic.shape[1] // 16 * 16))
    directory.add(_COMPRESSION, SHORT, (_JPEG,))
    del directory.entries[_ROWS_PER_STRIP]
    directory.add(_TILE_WIDTH, LONG, (width,))
    directory.add(_TILE_HEIGHT, LONG, (height,))
    return (encode(tile.reshape(height, -1, 2)) for tile in _tiles(mosaic, height, width))


def describe_jpeg(directory: Directory, image: Image.Image) -> list[bytes]:
    """Tell a directory of a picture in colour that is compressed as JPEG.

    Returns:
        Its only strip.
    """
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=_JPEG_QUALITY, subsampling=_FULL_COLOUR_RESOLUTION)
    directory.add(_WIDTH, LONG, (image.width,))
    directory.add(_HEIGHT, LONG, (image.height,))
    directory.add(_BITS, SHORT, (8, 8, 8))
    directory.add(_COMPRESSION, SHORT, (_JPEG,))
    directory.add(_PHOTOMETRIC, SHORT, (_YCBCR,))
    directory.add(_CHANNELS, SHORT, (3,))
    directory.add(_ROWS_PER_STRIP, LONG, (image.height,))
    directory.add(_SUBSAMPLING, SHORT, (1, 1))
    directory.add(_REFERENCE_BLACK_WHITE, RATIONAL, _WHOLE_RANGE)
    return [stream.getvalue()]


def _side_of_tile(extent: int) -> int:
    count = -(-extent // _LARGEST_TILE)
    return -(-extent // (16 * count)) * 16


def _lossless_jpeg() -> Callable[[Samples], bytes] | None:
    """Return what encodes ``uint16`` (H, W, 2) as lossless JPEG, if it is installed."""
    try:
        import imagecodecs
    except ImportError:
        return None

    def encode(samples: Samples) -> bytes:
        return bytes(
            imagecodecs.jpeg8_encode(
                samples, lossless=True, predictor=_LEFT_NEIGHBOUR, bitspersample=16
            )
        )

    try:
        encode(np.zeros((16, 8, 2), np.uint16))
    except (TypeError, ValueError, RuntimeError):  # older versions cannot
        return None
    return encode


def _tiles(samples: Samples, height: int, width: int) -> Iterator[Samples]:
    for top in range(0, samples.shape[0], height):
        for left in range(0, samples.shape[1], width):
            tile = samples[top : top + height, left : left + width]
            beyond = [
                (0, whole - own) for whole, own in zip((height, width), tile.shape, strict=True)
            ]
            yield np.pad(tile, beyond, mode="edge")


def _add_metadata(directory: Directory, metadata: PictureMetadata) -> None:
    if metadata.dpi is not None:
        for tag, value in zip((_X_RESOLUTION, _Y_RESOLUTION), metadata.dpi, strict=True):
            directory.add(tag, RATIONAL, (round(value * 1000), 1000))
        directory.add(_RESOLUTION_UNIT, SHORT, (_PER_INCH,))
    if metadata.xmp:
        directory.add(_XMP, BYTE, metadata.xmp)
    if metadata.iptc:
        exif.add_entry_bytes(directory, _IPTC, metadata.iptc)
    if metadata.photoshop:
        directory.add(_PHOTOSHOP, BYTE, metadata.photoshop)
    if metadata.tiff_tags is not None:
        tiff_tags.add_to(directory, metadata.tiff_tags)
    if metadata.icc_profile:
        exif.add_entry_bytes(directory, _ICC_PROFILE, metadata.icc_profile)


def _rows_per_strip(channels: Samples) -> int:
    height = int(channels.shape[0])
    return min(height, max(1, _STRIP_BYTES // int(channels[0].nbytes)))


def _strips(channels: Samples, order: ByteOrder, compressed: bool) -> Iterator[bytes]:
    rows = _rows_per_strip(channels)
    for top in range(0, channels.shape[0], rows):
        strip = channels[top : top + rows]
        if compressed:
            differences = strip.copy()
            differences[:, 1:] -= strip[:, :-1]
            strip = differences
        data = strip.astype(strip.dtype.newbyteorder(order)).tobytes()
        yield _compressed(data, channels.dtype.itemsize) if compressed else data


def _compressed(data: bytes, bytes_per_sample: int) -> bytes:
    # Lower bytes of 16-bit samples are close to noise, in which there are no repetitions to find.
    strategy = zlib.Z_DEFAULT_STRATEGY if bytes_per_sample == 1 else zlib.Z_RLE
    compressor = zlib.compressobj(_COMPRESSION_LEVEL, strategy=strategy)
    return compressor.compress(data) + compressor.flush()


def planes_joined(samples: Samples, alpha: Samples | None) -> Samples:
    """Put alpha beside the colours: (H, W, C) and (H, W) become (H, W, C + 1)."""
    return samples if alpha is None else np.concatenate([samples, alpha[:, :, None]], axis=2)
