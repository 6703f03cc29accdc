"""What the flattest blocks of a picture say, before it is judged how much of it is noise."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.noise_analysis.blocks import Blocks, hold_structure
from scratch_layers.noise_analysis.correlation import (
    autocorrelation,
    channel_correlation,
    grain,
    independent_values,
)
from scratch_layers.noise_analysis.level import ChannelNoise, channel_noise

_FLATTEST_SHARE = 0.1


@dataclass(frozen=True)
class Evidence:
    """What was measured in the blocks of a picture; levels are standard deviations in [0, 1].

    Attributes:
        channels: level and curve of each channel.
        colour_sigmas: levels of the differences of channels; of the channel itself in gray.
        colour_correlation: correlation between neighbours in those differences.
        autocorrelation: of the channels with themselves, 0 to 4 pixels apart.
        grain: width of the grain in pixels, 1 for white noise.
        channel_correlation: mean correlation between channels; 1 in gray.
        structured: whether even the flattest blocks hold letters, boards or stripes.
    """

    channels: list[ChannelNoise]
    colour_sigmas: list[float]
    colour_correlation: float
    autocorrelation: tuple[float, ...]
    grain: float
    channel_correlation: float
    structured: bool

    @property
    def sigma(self) -> float:
        """Root mean square of the level over the channels."""
        return root_mean_square([channel.sigma for channel in self.channels])

    @property
    def confidence(self) -> float:
        """The share of the picture where noise could be told from texture."""
        return sum(channel.trusted_share for channel in self.channels) / len(self.channels)


def gather_evidence(blocks: Blocks, gray: bool) -> Evidence:
    """Measure blocks (N, C, k, k).

    Args:
        blocks: at least one.
        gray: whether their channels are equal.
    """
    residuals = blocks.residuals()
    means = blocks.values.mean((2, 3))
    powers = _powers(residuals)
    flat = residuals[_are_flattest(powers)]
    correlation = autocorrelation(flat)
    width = grain(correlation)
    freedom = independent_values(blocks.size, correlation)
    differences = [residuals[:, :1]] if gray else _colour_differences(residuals)
    colour_powers = torch.cat([_powers(difference) for difference in differences], 1)
    flattest = residuals[_are_flattest(colour_powers)]
    colour = flattest if gray else torch.cat([*_colour_differences(flattest)], 1)
    return Evidence(
        channels=[
            channel_noise(mean, variance, freedom)
            for mean, variance in zip(
                means.unbind(1), _variances(powers, blocks.size, width).unbind(1), strict=True
            )
        ],
        colour_sigmas=[
            channel_noise(means.mean(1), variance, freedom).sigma
            for variance in _variances(colour_powers, blocks.size, width).unbind(1)
        ],
        colour_correlation=autocorrelation(colour)[1],
        autocorrelation=correlation,
        grain=width,
        channel_correlation=1.0 if gray else channel_correlation(flat),
        structured=hold_structure(flat),
    )


def root_mean_square(values: list[float]) -> float:
    """``sqrt(mean(v^2))``."""
    return math.sqrt(sum(value**2 for value in values) / len(values))


def _powers(residuals: Tensor) -> Tensor:
    """The sum of squares in each block and channel, (N, C), of residuals (N, C, k, k)."""
    norms: Tensor = torch.linalg.vector_norm(residuals, dim=(2, 3))
    return norms.square()


def _variances(powers: Tensor, size: int, width: float) -> Tensor:
    """The variance of noise in each block and channel, (N, C), from the sums of squares.

    The plane has taken three of k*k values, and noise is ``width^2`` times as strong in what is as
    smooth as a plane as in what is not.
    """
    return powers / (size**2 - 3 * min(width, size / 4) ** 2)


def _are_flattest(powers: Tensor) -> Tensor:
    power = powers.mean(1)
    return power <= power.quantile(_FLATTEST_SHARE)


def _colour_differences(residuals: Tensor) -> Iterator[Tensor]:
    """Yield ``(c - d) / sqrt(2)`` (N, 1, k, k) of all pairs of channels: noise with less texture.

    The channels of a picture vary together, and independent noise does not.
    """
    for first, second in itertools.combinations(residuals.split(1, 1), 2):
        yield (first - second).div_(math.sqrt(2))
