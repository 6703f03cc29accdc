"""Dividing a block among the cores once for all its operations, so that each core keeps its caches.

Torch divides every operation among the cores anew: a sum along the first dimension of what it
writes, a stack of matrix products along the stack. Where two operations divide the same numbers
differently, one core reads what lies in the cache of another, which takes several times as long as
the arithmetic. So the numbers of a part lie together here, part after part, in every intermediate
result: then both ways of dividing are the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.functional.fast.row_blocks import RowBlock
from scratch_layers.functional.memory import workspace


def core_count(like: Tensor) -> int:
    """Return how many cores compute with ``like``; an accelerator shares its cache and is one."""
    return torch.get_num_threads() if like.device.type == "cpu" else 1


@dataclass(frozen=True)
class Partition:
    """Equal parts of a block: one for each core or, where that does not come out even, fewer.

    Attributes:
        image_parts: parts in which the images are divided.
        row_parts: parts in which the tile rows of an image are divided.
        images, rows: images in a part, and tile rows of each.
    """

    image_parts: int
    row_parts: int
    images: int
    rows: int

    @classmethod
    def of(cls, block: RowBlock, tile_height: int, like: Tensor) -> Partition:
        """Return the parts of a block whose tile rows have this many rows."""
        cores = core_count(like)
        tile_rows = -(-block.row_count // tile_height)
        image_parts = math.gcd(cores, block.image_count)
        row_parts = math.gcd(cores // image_parts, tile_rows)
        return cls(image_parts, row_parts, block.image_count // image_parts, tile_rows // row_parts)

    @property
    def count(self) -> int:
        """Number of parts."""
        return self.image_parts * self.row_parts

    @property
    def tile_rows(self) -> int:
        """Tile rows of a whole image."""
        return self.row_parts * self.rows

    @property
    def lines(self) -> int:
        """Tile rows of a part, of all its images."""
        return self.images * self.rows

    def divide(self, lines: Tensor) -> Tensor:
        """View the numbers of tiles part by part.

        Args:
            lines: (numbers, ..., images, tile rows, width, channels).

        Returns:
            (numbers, :attr:`image_parts`, :attr:`row_parts`, ..., :attr:`images`, :attr:`rows`,
            width, channels).
        """
        number, *between, image, row, pixel, channel = lines.stride()
        return lines.as_strided(
            (
                len(lines),
                self.image_parts,
                self.row_parts,
                *lines.shape[1:-4],
                self.images,
                self.rows,
                *lines.shape[-2:],
            ),
            (
                number,
                self.images * image,
                self.rows * row,
                *between,
                image,
                row,
                pixel,
                channel,
            ),
            lines.storage_offset(),
        )

    def numbers(self, stack: Tensor) -> Tensor:
        """View (parts x numbers, ...) as (numbers, :attr:`image_parts`, :attr:`row_parts`, ...)."""
        return stack.view(self.image_parts, self.row_parts, -1, *stack.shape[1:]).movedim(2, 0)

    def take(self, name: str, count: int, like: Tensor) -> Tensor:
        """Return memory from the workspace that is divided, for ``count`` numbers of each tile.

        Args:
            like: (numbers, :attr:`image_parts`, :attr:`row_parts`, ...).
        """
        return workspace.take(name, (*like.shape[1:3], count, *like.shape[3:]), like).movedim(2, 0)
