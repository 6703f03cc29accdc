"""Writing PNG files with 16 bits per sample, which Pillow cannot.

Source: Portable Network Graphics Specification (Third Edition), W3C, sections 7 (sample order),
9 (filters) and 10 (compression).
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.services.pictures.files import png_chunks
from desktop_app.services.pictures.picture import Samples

_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
_FILTER_SUB, _FILTER_UP = 1, 2
_BAND_BYTES = 4 * 2**20
# The lower bytes of photos are close to noise: looking for repetitions takes three times as long
# and makes files no smaller.
_STRATEGY = zlib.Z_RLE


def write_deep_png(stream: BinaryIO, channels: Samples, template: bytes) -> None:
    """Write a PNG file with 16 bits per sample.

    Args:
        stream: the file to write.
        channels: ``uint16`` (H, W, C): gray, gray and alpha, RGB, or RGB and alpha.
        template: a PNG file of any picture, whose other chunks (metadata) are taken over.
    """
    height, width, count = channels.shape
    stream.write(png_chunks.SIGNATURE)
    samples_written = False
    source = io.BytesIO(template)
    for kind, size in png_chunks.read_chunks(source):
        if kind == b"IHDR":
            header = struct.pack(">IIBBBBB", width, height, 16, _COLOUR_TYPES[count], 0, 0, 0)
            png_chunks.write_chunk(stream, kind, header)
        elif kind != b"IDAT":
            png_chunks.write_chunk(stream, kind, source.read(size))
        elif not samples_written:
            _write_samples(stream, channels)
            samples_written = True


def _write_samples(stream: BinaryIO, channels: Samples) -> None:
    height, width, count = channels.shape
    bytes_per_row = width * count * 2
    rows_per_band = max(1, _BAND_BYTES // bytes_per_row)
    compressor = zlib.compressobj(strategy=_STRATEGY)
    above = np.zeros(bytes_per_row, np.uint8)
    for top in range(0, height, rows_per_band):
        band = channels[top : top + rows_per_band].astype(">u2")
        rows = band.reshape(band.shape[0], -1).view(np.uint8)
        filtered = _filtered(rows, above, pixel_size=2 * count)
        above = rows[-1]
        packed = compressor.compress(filtered.tobytes())
        if packed:
            png_chunks.write_chunk(stream, b"IDAT", packed)
    png_chunks.write_chunk(stream, b"IDAT", compressor.flush())


def _filtered(
    rows: NDArray[np.uint8], above: NDArray[np.uint8], pixel_size: int
) -> NDArray[np.uint8]:
    """Replace each row by its differences to the left or to the row above, whichever is smaller.

    Returns:
        (rows, 1 + row size) with the number of the filter before each row.
    """
    left = rows.copy()
    left[:, pixel_size:] -= rows[:, :-pixel_size]
    up = rows - np.concatenate([above[None], rows[:-1]])
    # The specification's rule of thumb: the smallest sum of differences, taken as signed.
    take_up = _sizes(up) < _sizes(left)
    result = np.empty((rows.shape[0], 1 + rows.shape[1]), np.uint8)
    result[:, 0] = np.where(take_up, _FILTER_UP, _FILTER_SUB)
    result[:, 1:] = np.where(take_up[:, None], up, left)
    return result


def _sizes(differences: NDArray[np.uint8]) -> NDArray[np.int64]:
    sizes: NDArray[np.int64] = np.minimum(differences, -differences).sum(axis=1, dtype=np.int64)
    return sizes
