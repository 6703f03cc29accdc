"""Sensors that see one colour at each pixel, and the interpolation of the other two."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

import torch
from torch import Tensor

from scratch_layers.data.camera.filters import gaussian_blur
from scratch_layers.errors import ArgumentError

RGGB = ((0, 1), (1, 2))
"""The Bayer filter that begins with red: 0 red, 1 green, 2 blue."""

_FIRST_RED = {"RGGB": (0, 0), "GRBG": (0, 1), "GBRG": (1, 0), "BGGR": (1, 1)}
# Of Fujifilm's X-Trans filter, 6x6 pixels: 0 red, 1 green, 2 blue.
_XTRANS = (
    (1, 0, 2, 1, 2, 0),
    (2, 1, 1, 0, 1, 1),
    (0, 1, 1, 2, 1, 1),
    (1, 2, 0, 1, 0, 2),
    (0, 1, 1, 2, 1, 1),
    (2, 1, 1, 0, 1, 1),
)
# As wide as the gaps between two greens, and between two reds or blues.
_XTRANS_SIGMA = (1.2, 0.7, 1.2)


class Interpolation(Enum):
    """How the colours that a Bayer filter kept away are interpolated."""

    BILINEAR = "means of the two or four nearest values of each colour"
    GRADIENT_CORRECTED = "means, corrected by the second derivative of the colour that was seen"


def first_red(arrangement: str) -> tuple[int, int]:
    """Return row and column of the first red pixel, 0 or 1 each.

    Args:
        arrangement: the first two colours of the first two rows of a Bayer filter, such as "GRBG".

    Raises:
        ArgumentError: it is none of the four.
    """
    if arrangement not in _FIRST_RED:
        raise ArgumentError(
            f"A Bayer filter begins with {', '.join(_FIRST_RED)}, not with {arrangement!r:.40}."
        )
    return _FIRST_RED[arrangement]


def rggb_mosaic(sensor: Tensor) -> Tensor:
    """Keep the one colour that each pixel sees under an RGGB filter.

    Args:
        sensor: (..., 3, H, W), in any unit.

    Returns:
        (..., 1, H, W), a copy.
    """
    mosaic = sensor[..., 1:2, :, :].clone()
    mosaic[..., 0, ::2, ::2] = sensor[..., 0, ::2, ::2]
    mosaic[..., 0, 1::2, 1::2] = sensor[..., 2, 1::2, 1::2]
    return mosaic


def demosaic_bayer(
    sensor: Tensor, phase: tuple[int, int], interpolation: Interpolation = Interpolation.BILINEAR
) -> Tensor:
    """Keep one colour at each pixel, as under a Bayer filter, and interpolate the other two.

    Args:
        sensor: (..., 3, H, W), at least 3x3.
        phase: row and column of the first red pixel, 0 or 1 each.
        interpolation: bilinear, or gradient-corrected.

    Returns:
        (..., 3, H, W).

    Source: Malvar, He, Cutler, "High-quality linear interpolation for demosaicing of
    Bayer-patterned color images", ICASSP 2004.
    """
    height, width = sensor.shape[-2:]
    masks = _bayer_masks(height, width, *phase)
    red, green, blue = sensor.unbind(-3)
    seen = red * masks.red + green * masks.green + blue * masks.blue
    missing = _ESTIMATES[interpolation](seen, _Neighbours(seen))
    return torch.stack(
        [
            (seen * masks.red)
            .addcmul_(missing.beside, masks.green_by_red)
            .addcmul_(missing.above, masks.green_by_blue)
            .addcmul_(missing.diagonal, masks.blue),
            (seen * masks.green).addcmul_(missing.green, masks.red + masks.blue),
            (seen * masks.blue)
            .addcmul_(missing.beside, masks.green_by_blue)
            .addcmul_(missing.above, masks.green_by_red)
            .addcmul_(missing.diagonal, masks.red),
        ],
        -3,
    )


def demosaic_xtrans(sensor: Tensor, phase: tuple[int, int]) -> Tensor:
    """Keep one colour at each pixel, as under an X-Trans filter, and interpolate the other two.

    Missing values are means of the seen ones around, with Gaussian weights.

    Args:
        sensor: (..., 3, H, W), in any unit.
        phase: row and column where the pattern of 6x6 pixels begins, 0-5 each.

    Returns:
        (..., 3, H, W).
    """
    height, width = sensor.shape[-2:]
    seen = _xtrans_masks(height, width, *phase)
    planes = []
    for colour, sigma in enumerate(_XTRANS_SIGMA):
        mask, plane = seen[colour], sensor[..., colour, :, :]
        known = plane * mask
        around = gaussian_blur(known, sigma) / gaussian_blur(mask, sigma)
        planes.append(torch.where(mask > 0, plane, around))
    return torch.stack(planes, -3)


class _BayerMasks(NamedTuple):
    """1 where a pixel is of one kind, else 0: (H, W) each."""

    red: Tensor
    blue: Tensor
    green_by_red: Tensor  # in the rows with red pixels
    green_by_blue: Tensor

    @property
    def green(self) -> Tensor:
        return self.green_by_red + self.green_by_blue


class _Missing(NamedTuple):
    """Estimates of a colour that a pixel does not see, from the places where it is seen."""

    green: Tensor  # at a red or blue pixel
    beside: Tensor  # red or blue at a green pixel that has it left and right
    above: Tensor  # ... that has it above and below
    diagonal: Tensor  # blue at a red pixel, red at a blue one


class _Neighbours:
    """Sums of pairs of pixels around each pixel of (..., H, W), reflected at the border."""

    def __init__(self, plane: Tensor) -> None:
        padded = _reflect(_reflect(plane, -1), -2)
        rows, columns = padded[..., 2:-2, :], padded[..., 2:-2]
        self.beside = rows[..., 1:-3] + rows[..., 3:-1]
        self.above = columns[..., 1:-3, :] + columns[..., 3:-1, :]
        self.two_beside = rows[..., :-4] + rows[..., 4:]
        self.two_above = columns[..., :-4, :] + columns[..., 4:, :]
        pairs = padded[..., 1:-3] + padded[..., 3:-1]
        self.diagonal = pairs[..., 1:-3, :] + pairs[..., 3:-1, :]


def _bilinear(seen: Tensor, around: _Neighbours) -> _Missing:
    return _Missing(
        green=(around.beside + around.above) / 4,
        beside=around.beside / 2,
        above=around.above / 2,
        diagonal=around.diagonal / 4,
    )


def _gradient_corrected(seen: Tensor, around: _Neighbours) -> _Missing:
    two_away = around.two_beside + around.two_above
    own = 5 * seen - around.diagonal
    return _Missing(
        green=(4 * seen + 2 * (around.beside + around.above) - two_away) / 8,
        beside=(own + 4 * around.beside - around.two_beside + around.two_above / 2) / 8,
        above=(own + 4 * around.above - around.two_above + around.two_beside / 2) / 8,
        diagonal=(6 * seen + 2 * around.diagonal - 1.5 * two_away) / 8,
    )


_ESTIMATES = {
    Interpolation.BILINEAR: _bilinear,
    Interpolation.GRADIENT_CORRECTED: _gradient_corrected,
}


def _reflect(plane: Tensor, dim: int) -> Tensor:
    """Continue by two samples at either end by reflection, which keeps the filter's pattern."""
    size = plane.shape[dim]
    before, after = plane.narrow(dim, 1, 2).flip(dim), plane.narrow(dim, size - 3, 2).flip(dim)
    return torch.cat([before, plane, after], dim)


def _bayer_masks(height: int, width: int, top: int, left: int) -> _BayerMasks:
    rows = (torch.arange(float(height)) + top).remainder_(2).view(-1, 1)
    columns = (torch.arange(float(width)) + left).remainder_(2).view(1, -1)
    return _BayerMasks(
        red=(1 - rows) * (1 - columns),
        blue=rows * columns,
        green_by_red=(1 - rows) * columns,
        green_by_blue=rows * (1 - columns),
    )


def _xtrans_masks(height: int, width: int, top: int, left: int) -> Tensor:
    """1 where a pixel sees red, green, blue: (3, H, W)."""
    rows = (torch.arange(height) + top) % 6
    columns = (torch.arange(width) + left) % 6
    colours = torch.tensor(_XTRANS)[rows][:, columns]
    return torch.stack([colours == colour for colour in range(3)]).to(torch.float32)
