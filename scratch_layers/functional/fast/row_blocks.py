"""Whole images, a block of rows at a time: what keeps the fast convolutions inside the cache.

Inside the fast algorithms pixels lie *channels last*: the channels of one pixel are neighbours in
memory, so that a row of an image is already a matrix of pixels by channels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.functional.fast import tuning
from scratch_layers.functional.geometry import Geometry, Pair, span
from scratch_layers.functional.memory import Take, take_memory


@dataclass(frozen=True)
class RowBlock:
    """Some whole output rows of one image, or all rows of several images.

    Attributes:
        images: which images of the batch.
        rows: which output rows.
    """

    images: slice
    rows: slice

    @property
    def image_count(self) -> int:
        """Number of images in the block."""
        return int(self.images.stop - self.images.start)

    @property
    def row_count(self) -> int:
        """Number of output rows in the block."""
        return int(self.rows.stop - self.rows.start)


def row_blocks(
    batch: int, height: int, width: int, pixels: int, multiple: int = 1
) -> list[RowBlock]:
    """Cut a batch of outputs into blocks of about ``pixels`` pixels.

    Args:
        batch, height, width: extent of the output.
        pixels: wished size of a block; a block is never less than one row of ``multiple``.
        multiple: every block but the last of an image has a multiple of this many rows.
    """
    if not batch * height * width:
        return []
    if height * width <= pixels:
        most = pixels // (height * width)
        images = _even_part(batch, most)
        whole = slice(0, height)
        return [
            RowBlock(slice(first, min(first + images, batch)), whole)
            for first in range(0, batch, images)
        ]
    blocks = -(-height // multiple)
    rows = multiple * _even_part(blocks, max(1, pixels // (width * multiple)))
    return [
        RowBlock(slice(image, image + 1), slice(top, min(top + rows, height)))
        for image in range(batch)
        for top in range(0, height, rows)
    ]


def _even_part(total: int, most: int) -> int:
    """Return the size, at most ``most``, that cuts ``total`` into parts as even as possible."""
    return -(-total // -(-total // most))


def block_pixels(elements: int, elements_per_pixel: int, least: int, like: Tensor) -> int:
    """Return how many pixels a block should have.

    Args:
        elements: what the cache of one core holds; torch divides every operation among the cores.
        elements_per_pixel: what an algorithm reads or writes for a pixel at a time.
        least: a smaller block would be slow for its many short operations.
        like: on the device that computes. Where that is not the processor, operations must be long
            to be worth their start, and memory is all that bounds them.
    """
    cores = torch.get_num_threads() if like.device.type == "cpu" else tuning.ACCELERATOR_CORES
    return max(least, elements * cores // elements_per_pixel)


def core_count(like: Tensor) -> int:
    """Return how many cores compute with ``like``; an accelerator shares its cache and is one."""
    return torch.get_num_threads() if like.device.type == "cpu" else 1


def _fresh(shape: tuple[int, ...], like: Tensor) -> Tensor:
    return like.new_empty(shape)


def zero_sums(shape: tuple[int, ...], like: Tensor, take: Take = _fresh) -> Tensor:
    """Return zeros to sum up many blocks in: of the dtype of ``like``, but at least 32 bits."""
    dtype = torch.promote_types(like.dtype, torch.float32)
    return take(shape, like.new_empty(0, dtype=dtype)).zero_()


def add_product(total: Tensor, first: Tensor, second: Tensor) -> None:
    """Add the products of two stacks of matrices to ``total``, which may have more bits.

    A single product of long rows and a small result leaves nothing to divide among the cores; it is
    cut into several along the sum.
    """
    parts = min(tuning.MOST_SUMMED_PARTS, first.shape[2] // tuning.SUMMED_LENGTH)
    if len(first) == 1 and parts > 1:
        length = first.shape[2] // parts
        even = parts * length
        columns = first[0, :, :even].unflatten(1, (parts, length)).transpose(0, 1)
        rows = second[0, :even].unflatten(0, (parts, length))
        total.add_(torch.bmm(columns, rows).sum(0, dtype=total.dtype))
        first, second = first[:, :, even:], second[:, even:]
    if len(first) == 1:
        # A stack of one is copied before it is multiplied in bfloat16, a matrix is not.
        add_matrix_product(total[0], first[0], second[0])
    elif second.shape[2] < tuning.WIDE:
        total.add_(torch.bmm(second.transpose(1, 2), first.transpose(1, 2)).transpose(1, 2))
    elif total.dtype == first.dtype:
        total.baddbmm_(first, second)
    else:
        total.add_(torch.bmm(first, second))


def add_matrix_product(total: Tensor, first: Tensor, second: Tensor) -> None:
    """Add the product of two matrices to ``total``, which may have more bits."""
    if second.shape[1] < tuning.WIDE:
        total.add_(torch.mm(second.t(), first.t()).t())
    elif total.dtype == first.dtype:
        total.addmm_(first, second)
    else:
        total.add_(torch.mm(first, second))


def empty_channels_last(like: Tensor, channels: int, size: tuple[int, int]) -> Tensor:
    """Return an unwritten (B, channels, H, W) image whose memory is channels last."""
    shape = (like.shape[0], *size, channels)
    return take_memory(math.prod(shape), like).view(shape).permute(0, 3, 1, 2)


def pixels_last(image: Tensor) -> Tensor:
    """Return (B, C, H, W) as (B, H, W, C), a view."""
    return image.permute(0, 2, 3, 1)


def read_window(source: Tensor, images: slice, rows: range, columns: range, target: Tensor) -> None:
    """Copy pixels of an image to ``target``; those outside the image are zeros.

    Args:
        source: (B, H, W, C).
        images: which images of the batch.
        rows, columns: positions in the image, rising; they may begin before it and end behind it.
        target: (images, len(rows), len(columns), C).
    """
    inner_rows, *kept_rows = _inside(rows, source.shape[1])
    inner_columns, *kept_columns = _inside(columns, source.shape[2])
    middle = _without_margins(target, 1, *kept_rows)
    middle = _without_margins(middle, 2, *kept_columns)
    if middle.numel():
        middle.copy_(source[images, inner_rows, inner_columns])


def _without_margins(pixels: Tensor, axis: int, first: int, last: int) -> Tensor:
    """Fill what lies outside of ``first..last`` along an axis with zeros; return what is inside."""
    size = pixels.shape[axis]
    if first == 0 and last == size:
        return pixels
    if first:
        pixels.narrow(axis, 0, first).zero_()
    if last < size:
        pixels.narrow(axis, last, size - last).zero_()
    return pixels.narrow(axis, first, last - first)


def write_window(source: Tensor, rows: range, columns: range, target: Tensor) -> None:
    """Copy to an image (B, H, W, C) what :func:`read_window` would read from it."""
    inner_rows, *kept_rows = _inside(rows, target.shape[1])
    inner_columns, *kept_columns = _inside(columns, target.shape[2])
    part = source[:, slice(*kept_rows), slice(*kept_columns)]
    if part.numel():
        target[:, inner_rows, inner_columns].copy_(part)


def read_windows(
    source: Tensor, block: RowBlock, geometry: Geometry, like: Tensor, take: Take
) -> Tensor:
    """Copy what a block of outputs reads, in the dtype of ``like``, and view it as windows.

    Args:
        source: (B, H, W, C).

    Returns:
        (images, rows, columns, kernel height, kernel width, C).
    """
    reach = span(geometry.kernel, geometry.dilation)
    size = (block.row_count, geometry.output_size[1])
    rows, columns = ((size[axis] - 1) * geometry.stride[axis] + reach[axis] for axis in (0, 1))
    pixels = take((block.image_count, rows, columns, source.shape[3]), like)
    top, left = block.rows.start * geometry.stride[0] - geometry.before[0], -geometry.before[1]
    read_window(source, block.images, range(top, top + rows), range(left, left + columns), pixels)
    return windows_of(pixels, geometry, size)


def windows_of(pixels: Tensor, geometry: Geometry, size: Pair) -> Tensor:
    """View contiguous pixels (B, H, W, C) as so many windows down and across, from the first on."""
    image, line, pixel, _ = pixels.stride()
    (down, along), (below, beside) = geometry.stride, geometry.dilation
    return pixels.as_strided(
        (len(pixels), *size, *geometry.kernel, pixels.shape[3]),
        (image, line * down, pixel * along, line * below, pixel * beside, 1),
    )


def _inside(positions: range, size: int) -> tuple[slice, int, int]:
    """Return the part of ``positions`` in ``range(size)`` as a slice, and where it lies in them."""
    step = positions.step
    first = min(max(0, -(positions.start // step)), len(positions))
    last = max(first, min(len(positions), -((positions.start - size) // step)))
    start = positions.start + first * step
    return slice(start, positions.start + (last - 1) * step + 1, step), first, last
