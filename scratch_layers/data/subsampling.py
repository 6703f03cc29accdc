"""Two noisy half-size pictures out of one: neighbouring pixels differ mostly in their noise."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.errors import ShapeError

# Of the four pixels of a 2x2 cell, numbered row by row, the ordered pairs that share an edge.
_NEIGHBOURS = ((0, 1), (1, 0), (2, 3), (3, 2), (0, 2), (2, 0), (1, 3), (3, 1))
CHOICES = len(_NEIGHBOURS)


def neighbour_pair(picture: Tensor, choices: Tensor) -> tuple[Tensor, Tensor]:
    """Take two neighbouring pixels out of each 2x2 cell, one for each result.

    Args:
        picture: (B, C, H, W), H and W even.
        choices: (B, H/2, W/2) integers in 0-7, which of the eight ordered pairs to take.

    Returns:
        Two pictures (B, C, H/2, W/2).

    Source: Huang et al., "Neighbor2Neighbor: self-supervised denoising from single noisy images",
    CVPR 2021.
    """
    cells = _cells(picture)
    table = torch.tensor(_NEIGHBOURS, device=picture.device)
    index = table[choices.long()][:, None].expand(*cells.shape[:4], 2)
    first, second = cells.gather(4, index).unbind(4)
    return first, second


def diagonal_pair(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Average the two diagonals of each 2x2 cell, one for each result.

    Args:
        picture: (B, C, H, W), H and W even.

    Returns:
        Two pictures (B, C, H/2, W/2): of the rising diagonal, and of the falling one.

    Source: Mansour, Heckel, "Zero-shot Noise2Noise: efficient image denoising without any data",
    CVPR 2023.
    """
    top_left, top_right, bottom_left, bottom_right = _cells(picture).unbind(4)
    return (top_right + bottom_left) / 2, (top_left + bottom_right) / 2


def diagonal_pair_backward(rising: Tensor, falling: Tensor) -> Tensor:
    """Return the gradient of the picture, given those of :func:`diagonal_pair`'s results.

    A pixel gets half of the gradient of the one value that it went into.

    Args:
        rising, falling: (B, C, H/2, W/2).

    Returns:
        (B, C, H, W).
    """
    count, channels, height, width = rising.shape
    cells = torch.stack([falling, rising, rising, falling], 4).div_(2)
    cells = cells.view(count, channels, height, width, 2, 2).transpose(3, 4)
    return cells.reshape(count, channels, 2 * height, 2 * width)


def _cells(picture: Tensor) -> Tensor:
    """The pixels of each 2x2 cell, row by row: (B, C, H/2, W/2, 4)."""
    count, channels, height, width = picture.shape
    if height % 2 or width % 2:
        raise ShapeError(f"A picture of {width}x{height} pixels is not made of 2x2 cells.")
    cells = picture.view(count, channels, height // 2, 2, width // 2, 2)
    return cells.transpose(3, 4).flatten(4)
