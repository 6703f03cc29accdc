"""What JPEG compression does to a picture, without a file: quantised cosine transforms of blocks.

Source: ITU-T T.81 (the JPEG standard), Annex K tables; quality is scaled as libjpeg does.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError

_BLOCK = 8
_LUMA_TABLE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMA_TABLE = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *(((99,) * 8,) * 4),
)
_TO_YCBCR = (
    (0.299, 0.587, 0.114),
    (-0.168736, -0.331264, 0.5),
    (0.5, -0.418688, -0.081312),
)
_TO_RGB = ((1.0, 0.0, 1.402), (1.0, -0.344136, -0.714136), (1.0, 1.772, 0.0))


def compress(picture: Tensor, quality: int, subsample: bool = True, offset: int = 0) -> Tensor:
    """Return ``picture`` as it looks after being saved as JPEG and opened again.

    Args:
        picture: (3, H, W) RGB in [0, 1].
        quality: 1-100, as libjpeg and Pillow understand it.
        subsample: halve the resolution of the colour differences (4:2:0).
        offset: where the grid of blocks begins, 0-15 pixels before the corner; a patch of a photo
            is rarely cut along the grid.

    Returns:
        (3, H, W) in [0, 1], multiples of 1/255.

    Raises:
        ArgumentError: quality or offset is out of range.
    """
    if not 1 <= quality <= 100:
        raise ArgumentError(f"A JPEG quality lies between 1 and 100, not at {quality}.")
    if not 0 <= offset < 2 * _BLOCK:
        raise ArgumentError(f"The offset of the blocks lies in 0-15, not at {offset}.")
    _, height, width = picture.shape
    padded = _pad_to_grid((picture * 255).round_(), offset)
    ycbcr = _mix(padded, _TO_YCBCR).round_()
    luma = _quantise(ycbcr[:1] - 128, _LUMA_TABLE, quality) + 128
    chroma = _halve(ycbcr[1:]) if subsample else ycbcr[1:]
    chroma = _quantise(chroma, _CHROMA_TABLE, quality)
    if subsample:
        chroma = _double(_double(chroma, 1), 2)
    rgb = _mix(torch.cat([luma, chroma]), _TO_RGB)
    rgb = rgb[:, offset : offset + height, offset : offset + width]
    return rgb.round_().clamp_(0, 255).div_(255)


def _mix(picture: Tensor, matrix: tuple[tuple[float, ...], ...]) -> Tensor:
    weights = torch.tensor(matrix, dtype=picture.dtype, device=picture.device)
    return (weights @ picture.flatten(1)).view(picture.shape)


def _halve(picture: Tensor) -> Tensor:
    channels, height, width = picture.shape
    return picture.view(channels, height // 2, 2, width // 2, 2).mean((2, 4))


def _double(picture: Tensor, dim: int) -> Tensor:
    """Enlarge as libjpeg does: each new sample is 3/4 of the nearer and 1/4 of the farther one."""
    size = picture.shape[dim]
    first, last = picture.narrow(dim, 0, 1), picture.narrow(dim, size - 1, 1)
    before = torch.cat([first, picture.narrow(dim, 0, size - 1)], dim)
    after = torch.cat([picture.narrow(dim, 1, size - 1), last], dim)
    pairs = torch.stack([3 * picture + before, 3 * picture + after], dim + 1)
    return pairs.div_(4).flatten(dim, dim + 1)


def _pad_to_grid(picture: Tensor, offset: int) -> Tensor:
    """Repeat the border until the picture is made of whole 16x16 blocks that begin at -offset."""
    for dim in (1, 2):
        size = picture.shape[dim]
        after = -(offset + size) % (2 * _BLOCK)
        places = torch.arange(-offset, size + after, device=picture.device).clamp_(0, size - 1)
        picture = picture.index_select(dim, places)
    return picture


def _quantise(plane: Tensor, table: tuple[tuple[int, ...], ...], quality: int) -> Tensor:
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    steps = (
        torch.tensor(table, device=plane.device)
        .mul_(scale)
        .add_(50)
        .div_(100, rounding_mode="floor")
    )
    steps = steps.clamp_(1, 255).to(plane.dtype)
    cosines = _cosine_transform(plane)
    channels, height, width = plane.shape
    blocks = plane.reshape(channels, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    blocks = blocks.transpose(2, 3)
    coefficients = cosines @ blocks @ cosines.T
    coefficients = (coefficients / steps).round_().mul_(steps)
    return (cosines.T @ coefficients @ cosines).transpose(2, 3).reshape(plane.shape)


def _cosine_transform(like: Tensor) -> Tensor:
    """The orthonormal matrix of the 8-point discrete cosine transform (DCT-II)."""
    rows = [
        [
            math.sqrt((1 if k == 0 else 2) / _BLOCK)
            * math.cos(math.pi * k * (2 * place + 1) / (2 * _BLOCK))
            for place in range(_BLOCK)
        ]
        for k in range(_BLOCK)
    ]
    return torch.tensor(rows, dtype=like.dtype, device=like.device)
