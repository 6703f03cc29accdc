"""The standard deviation of noise as a function of brightness, from the flattest blocks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from torch import Tensor

_LOW_QUANTILE = 0.05
_MIDDLE_QUANTILE = 0.25
_BLOCKS_PER_BIN = 40
_MAXIMUM_BINS = 8
# The spread of the blocks' levels, against that of pure noise, from which a bin counts as texture.
_TEXTURE_SPREAD = 1.2


@dataclass(frozen=True)
class CurvePoint:
    """The noise at one brightness.

    Attributes:
        brightness: mean of the channel, [0, 1].
        sigma: standard deviation of the noise there, [0, 1].
    """

    brightness: float
    sigma: float


@dataclass(frozen=True)
class ChannelNoise:
    """The noise of one channel.

    Attributes:
        sigma: root mean square over the picture, [0, 1].
        curve: by rising brightness.
        trusted_share: the share of the blocks in bins whose flattest blocks vary no more than noise
            does; the others are textured, and what is read there may be texture.
    """

    sigma: float
    curve: tuple[CurvePoint, ...]
    trusted_share: float


def channel_noise(means: Tensor, variances: Tensor, freedom: float) -> ChannelNoise:
    """Measure one channel's noise from the means and variances (N,) of its blocks.

    Blocks are sorted into bins of equal number by brightness. The variance of pure noise in a block
    follows ``sigma^2 chi^2(d) / d``, so in each bin ``sigma^2`` is a low quantile of the variances,
    divided by the same quantile of ``chi^2(d) / d``: texture raises the high quantiles first. Where
    a higher quantile says nearly the same, the mean of both is taken, since cameras smooth the
    flattest places most.

    Args:
        means: brightness of the blocks.
        variances: of the blocks, each less its plane.
        freedom: d, the number of independent values in a block.
    """
    bins = min(_MAXIMUM_BINS, max(1, len(means) // _BLOCKS_PER_BIN))
    order = means.argsort()
    points, weights, trusted = [], [], []
    for members in order.tensor_split(bins):
        low = _quantile(variances[members], _LOW_QUANTILE) / chi_square_quantile(
            _LOW_QUANTILE, freedom
        )
        middle = _quantile(variances[members], _MIDDLE_QUANTILE) / chi_square_quantile(
            _MIDDLE_QUANTILE, freedom
        )
        trust = middle <= _TEXTURE_SPREAD**2 * low
        power = (low + middle) / 2 if trust else low
        points.append(CurvePoint(float(means[members].mean()), math.sqrt(power)))
        weights.append(len(members) / len(means))
        trusted.append(trust)
    points = _without_texture(points, trusted)
    power = sum(weight * point.sigma**2 for weight, point in zip(weights, points, strict=True))
    share = sum(weight for weight, known in zip(weights, trusted, strict=True) if known)
    return ChannelNoise(math.sqrt(power), tuple(points), share)


def chi_square_quantile(quantile: float, freedom: float) -> float:
    """The quantile of ``chi^2(d) / d``, as approximated by Wilson and Hilferty."""
    spread = 2 / (9 * freedom)
    return (1 - spread + NormalDist().inv_cdf(quantile) * math.sqrt(spread)) ** 3


def _without_texture(points: list[CurvePoint], trusted: list[bool]) -> list[CurvePoint]:
    """Lower the textured points to what the nearest trusted ones have."""
    known = [point for point, keep in zip(points, trusted, strict=True) if keep]
    if not known:
        return points

    def nearest(point: CurvePoint) -> float:
        return min(known, key=lambda other: abs(other.brightness - point.brightness)).sigma

    return [CurvePoint(p.brightness, min(p.sigma, nearest(p))) for p in points]


def _quantile(values: Tensor, quantile: float) -> float:
    return float(values.kthvalue(max(1, round(quantile * len(values)))).values)
