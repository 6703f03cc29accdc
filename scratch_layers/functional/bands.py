"""Whole images, a band of rows at a time: what keeps the fast convolutions inside the cache.

Inside the fast algorithms pixels lie *channels last*: the channels of one pixel are neighbours in
memory, so that a row of an image is already a matrix of pixels by channels.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from torch import Tensor

from scratch_layers.functional.geometry import Geometry, span


@dataclass(frozen=True)
class Band:
    """Some whole output rows of one image, or all rows of several images.

    Attributes:
        images: which images of the batch.
        rows: which output rows.
        pixels: number of output pixels in the band.
    """

    images: slice
    rows: slice
    pixels: int

    @property
    def image_count(self) -> int:
        """Number of images in the band."""
        return int(self.images.stop - self.images.start)

    @property
    def row_count(self) -> int:
        """Number of output rows in the band."""
        return int(self.rows.stop - self.rows.start)


def bands(batch: int, height: int, width: int, pixels: int, multiple: int = 1) -> Iterator[Band]:
    """Cut a batch of outputs into bands of about ``pixels`` pixels.

    Args:
        batch, height, width: extent of the output.
        pixels: wished size of a band; a band is never less than one row of ``multiple``.
        multiple: every band but the last of an image has a multiple of this many rows.
    """
    if not batch * height * width:
        return
    if height * width <= pixels:
        images = max(1, pixels // (height * width))
        for first in range(0, batch, images):
            last = min(first + images, batch)
            whole = slice(0, height)
            yield Band(slice(first, last), whole, (last - first) * height * width)
        return
    rows = max(1, pixels // (width * multiple)) * multiple
    for image in range(batch):
        for top in range(0, height, rows):
            bottom = min(top + rows, height)
            yield Band(slice(image, image + 1), slice(top, bottom), (bottom - top) * width)


def channels_last(image: Tensor) -> Tensor:
    """Return (B, C, H, W) as a contiguous (B, H, W, C): a view where memory allows it."""
    return image.permute(0, 2, 3, 1).contiguous()


def empty_channels_last(like: Tensor, channels: int, size: tuple[int, int]) -> Tensor:
    """Return an unwritten (B, channels, H, W) image whose memory is channels last."""
    shape = (like.shape[0], *size, channels)
    return like.new_empty(shape).permute(0, 3, 1, 2)


def as_matrix(image: Tensor, band: Band) -> Tensor:
    """Return a band of a (B, C, H, W) image as a matrix of pixels by channels.

    The result is a view where the image's memory is channels last.
    """
    pixels = image.permute(0, 2, 3, 1)[band.images, band.rows]
    return pixels.reshape(-1, image.shape[1])


@contextmanager
def write_band(image: Tensor, band: Band) -> Iterator[Tensor]:
    """Lend a matrix of pixels by channels whose content becomes a band of (B, C, H, W).

    Where the image's memory allows it the matrix is a view of the image itself.
    """
    place = image.permute(0, 2, 3, 1)[band.images, band.rows]
    if place.is_contiguous():
        yield place.view(-1, image.shape[1])
        return
    matrix = image.new_empty((band.pixels, image.shape[1]))
    yield matrix
    place.copy_(matrix.view(place.shape))


class BandReader:
    """Copies the input rows that a band reads, zero padding included, into one reused buffer.

    Args:
        input: (B, C, H, W), in any memory format.
        geometry: where the convolution reads.
        multiple: output rows and columns are read as if rounded up to a multiple of this.
    """

    def __init__(self, input: Tensor, geometry: Geometry, multiple: int = 1) -> None:
        self._input = input.permute(0, 2, 3, 1)
        self._geometry = geometry
        self._multiple = multiple
        self._reach = span(geometry.kernel, geometry.dilation)
        self._width = self._read_extent(geometry.output_size[1], axis=1)
        self._lines: Tensor | None = None

    def _read_extent(self, outputs: int, axis: int) -> int:
        rounded = -(-outputs // self._multiple) * self._multiple
        return (rounded - 1) * self._geometry.stride[axis] + self._reach[axis]

    def read(self, band: Band) -> Tensor:
        """Return the padded input rows of ``band``, (images, rows, columns, C).

        Where nothing is padded and memory is channels last already, this is a view of the input.
        """
        rows = self._read_extent(band.row_count, axis=0)
        first = band.rows.start * self._geometry.stride[0] - self._geometry.before[0]
        height, width = self._geometry.input_size
        inside = first >= 0 and first + rows <= height
        if inside and self._geometry.before[1] == 0 and self._width <= width:
            lines = self._input[band.images, first : first + rows, : self._width]
            if lines.stride(2) == lines.shape[3] and lines.stride(3) == 1:
                return lines
        target = self._take_buffer(band.image_count, rows)
        top, bottom = min(max(-first, 0), rows), min(max(height - first, 0), rows)
        left = min(max(self._geometry.before[1], 0), self._width)
        right = max(left, min(self._width, width + self._geometry.before[1]))
        if top > 0:
            target[:, :top].zero_()
        if bottom < rows:
            target[:, bottom:].zero_()
        if top < bottom and left < right:
            source_left = left - self._geometry.before[1]
            target[:, top:bottom, left:right] = self._input[
                band.images,
                first + top : first + bottom,
                source_left : source_left + right - left,
            ]
        return target

    def _take_buffer(self, images: int, rows: int) -> Tensor:
        """Return room for some lines; columns outside the image were zeroed once and stay zero."""
        lines = images * rows
        if self._lines is None or len(self._lines) < lines:
            self._lines = self._input.new_zeros((lines, self._width, self._input.shape[3]))
        return self._lines[:lines].view(images, rows, self._width, -1)
