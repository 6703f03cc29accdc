"""What JPEG compression does to a picture, without a file: quantised cosine transforms of blocks.

Source: ITU-T T.81 (the JPEG standard), Annex K tables; quality is scaled as libjpeg does.
"""

from __future__ import annotations

import math
from functools import lru_cache

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

    The transform of a plane P is the product ``A P B^T``, with matrices as large as the picture's
    sides: quick for patches, slow for whole photos.

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
    ycbcr = to_ycbcr((picture * 255).round_()).round_()
    luma = _quantise(ycbcr[:1] - 128, _LUMA_TABLE, quality, offset, halve=False)
    chroma = _quantise(ycbcr[1:], _CHROMA_TABLE, quality, offset, subsample)
    rgb = to_rgb(torch.cat([luma.add_(128), chroma]))
    return rgb.round_().clamp_(0, 255).div_(255)


def to_ycbcr(picture: Tensor) -> Tensor:
    """Split RGB into luma, ``0.299 R + 0.587 G + 0.114 B``, and two colour differences around 0.

    Args:
        picture: (..., 3, H, W), in any unit, which the result has too.

    Source: ITU-R BT.601, which JPEG files use (ITU-T T.871).
    """
    return _mix(picture, _TO_YCBCR)


def to_rgb(ycbcr: Tensor) -> Tensor:
    """Return the RGB (..., 3, H, W) of which :func:`to_ycbcr` makes ``ycbcr``; not clipped."""
    return _mix(ycbcr, _TO_RGB)


def _mix(picture: Tensor, matrix: tuple[tuple[float, ...], ...]) -> Tensor:
    weights = torch.tensor(matrix, dtype=picture.dtype)
    return (weights @ picture.flatten(-2)).view(picture.shape)


def _quantise(
    planes: Tensor, table: tuple[tuple[int, ...], ...], quality: int, offset: int, halve: bool
) -> Tensor:
    """Round the cosine coefficients of (C, H, W) planes, which may be halved in between."""
    (rows, rows_back), (columns, columns_back) = (
        _block_transform(size, offset, halve, planes.dtype) for size in planes.shape[1:]
    )
    steps = _steps(table, quality).to(planes.dtype)
    steps = steps.repeat(len(rows) // _BLOCK, len(columns) // _BLOCK)
    coefficients = rows @ planes @ columns.T
    coefficients.div_(steps).round_().mul_(steps)
    return rows_back @ coefficients @ columns_back.T


@lru_cache(maxsize=32)
def _steps(table: tuple[tuple[int, ...], ...], quality: int) -> Tensor:
    """The (8, 8) distances between the values that each coefficient can have."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    steps = torch.tensor(table).mul_(scale).add_(50).div_(100, rounding_mode="floor")
    return steps.clamp_(1, 255)


@lru_cache(maxsize=128)
def _block_transform(
    size: int, offset: int, halve: bool, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    """Return the matrices from ``size`` samples to the coefficients of all blocks, and back.

    The border is repeated until there are whole blocks of 16 samples, the first ``offset`` samples
    before the corner; halved planes have one block of coefficients for 16 samples.
    """
    whole = -(-(offset + size) // (2 * _BLOCK)) * 2 * _BLOCK
    places = torch.arange(-offset, whole - offset).clamp_(0, size - 1)
    forth = torch.eye(size, dtype=torch.float64)[places]
    back = torch.eye(whole, dtype=torch.float64)[offset : offset + size]
    if halve:
        forth = forth.view(whole // 2, 2, size).mean(1)
        back = back @ _doubling(whole // 2)
    blocks = torch.block_diag(*[_cosine_transform()] * (len(forth) // _BLOCK))
    return (blocks @ forth).to(dtype), (back @ blocks.T).to(dtype)


def _doubling(size: int) -> Tensor:
    """Return the (2 size, size) matrix that enlarges as libjpeg does.

    Each new sample is 3/4 of the nearer and 1/4 of the farther one.
    """
    places = torch.arange(2 * size)
    near = places // 2
    far = (near + 2 * (places % 2) - 1).clamp_(0, size - 1)
    samples = torch.eye(size, dtype=torch.float64)
    return 0.75 * samples[near] + 0.25 * samples[far]


def _cosine_transform() -> Tensor:
    """The orthonormal matrix of the 8-point discrete cosine transform (DCT-II)."""
    rows = [
        [
            math.sqrt((1 if k == 0 else 2) / _BLOCK)
            * math.cos(math.pi * k * (2 * place + 1) / (2 * _BLOCK))
            for place in range(_BLOCK)
        ]
        for k in range(_BLOCK)
    ]
    return torch.tensor(rows, dtype=torch.float64)
