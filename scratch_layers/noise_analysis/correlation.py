"""How noise hangs together: between neighbouring pixels and between channels."""

from __future__ import annotations

import torch
from torch import Tensor

_LAGS = 4


def autocorrelation(residuals: Tensor) -> tuple[float, ...]:
    """The correlation of noise with itself, 0 to 4 pixels apart, rows and columns together.

    ``r(d) = mean(n(x) n(x + d)) / mean(n(x)^2)``: white noise has 1, 0, 0, 0, 0.

    Args:
        residuals: noise (N, C, k, k) with mean 0.
    """
    power = residuals.square().mean().clamp(min=1e-20)
    values = [1.0]
    for lag in range(1, _LAGS + 1):
        along_rows = (residuals[..., lag:] * residuals[..., :-lag]).mean()
        along_columns = (residuals[..., lag:, :] * residuals[..., :-lag, :]).mean()
        values.append(float((along_rows + along_columns) / (2 * power)))
    return tuple(values)


def grain(correlation: tuple[float, ...]) -> float:
    """The width of the grain in pixels, ``1 + 2 sum r(d)``: 1 for white noise.

    It is the width of an equally strong noise of square, constant grains.
    """
    return 1 + 2 * sum(max(0.0, value) for value in correlation[1:])


def independent_values(size: int, correlation: tuple[float, ...]) -> float:
    """How many independent values have as sure a variance as those of a block: ``k^2 / sum r^2``.

    The correlation over the plane is taken as the product of those along rows and columns.
    """
    line = 1 + 2 * sum(max(0.0, value) ** 2 for value in correlation[1:])
    return max(4.0, (size**2 - 3) / line**2)


def channel_correlation(residuals: Tensor) -> float:
    """The mean correlation of noise (N, C, k, k) between pairs of channels; 0 for one channel."""
    channels = residuals.shape[1]
    if channels == 1:
        return 0.0
    flat = residuals.movedim(1, 0).flatten(1)
    scale = flat.square().mean(1).sqrt().clamp(min=1e-10)
    matrix = (flat @ flat.T) / flat.shape[1] / torch.outer(scale, scale)
    return float((matrix.sum() - matrix.diagonal().sum()) / (channels * (channels - 1)))
