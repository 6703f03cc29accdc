"""Filters that treat rows and columns alike, as products with a matrix on either side.

A patch is so small that a product with a full matrix is quicker than sliding a window over it.
"""

from __future__ import annotations

import torch
from torch import Tensor


def separable(picture: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Return ``rows @ picture @ columns^T`` of every plane of (..., H, W).

    Args:
        picture: (..., H, W).
        rows, columns: (H', H) and (W', W), what each row and column of the result is made of.

    Returns:
        (..., H', W').
    """
    return rows @ picture @ columns.T


def gaussian_blur(picture: Tensor, sigma: float) -> Tensor:
    r"""Average every plane of (..., H, W) with weights :math:`e^{-d^2 / 2 \sigma^2}`.

    :math:`d` is the distance in pixels. At the border the weights that lie inside are scaled up, so
    that they add up to 1 everywhere.

    Args:
        picture: (..., H, W).
        sigma: in pixels, positive.
    """
    height, width = picture.shape[-2:]
    columns = _gaussian(width, sigma)
    return separable(picture, columns if height == width else _gaussian(height, sigma), columns)


def resized(picture: Tensor, height: int, width: int, scale: float) -> Tensor:
    """Reduce or enlarge every plane of (..., H, W) and keep its middle.

    The kernel is Keys' cubic with a = -1/2, widened where the picture is reduced.

    Args:
        picture: (..., H, W).
        height, width: of the result, at most about ``scale`` times those of ``picture``.
        scale: new size over old size.

    Returns:
        (..., height, width).

    Source: Keys, "Cubic convolution interpolation for digital image processing", IEEE TASSP 1981.
    """
    rows, columns = picture.shape[-2:]
    across = _cubic(columns, width, scale)
    down = across if (rows, height) == (columns, width) else _cubic(rows, height, scale)
    return separable(picture, down, across)


def _gaussian(size: int, sigma: float) -> Tensor:
    places = torch.arange(float(size))
    weights = (places.view(-1, 1) - places).square_().mul_(-0.5 / sigma**2).exp_()
    return weights.div_(weights.sum(1, keepdim=True))


def _cubic(size: int, new_size: int, scale: float) -> Tensor:
    centres = (
        torch.arange(float(new_size)).sub_(new_size / 2 - 0.5).div_(scale).add_(size / 2 - 0.5)
    )
    distance = (centres.view(-1, 1) - torch.arange(float(size))).abs_().mul_(min(scale, 1.0))
    near = (1.5 * distance - 2.5) * distance.square() + 1
    far = ((2.5 - 0.5 * distance) * distance - 4) * distance + 2
    weights = torch.where(distance < 1, near, far).mul_(distance < 2)
    return weights.div_(weights.sum(1, keepdim=True))
