"""What clipping to [0, 1] does to Gaussian noise, and how strong it was before."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_ROUNDS = 12
_LEAST_SLOPE = 0.1


def clipped_moments(mean: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """The mean and variance of ``clip(N(mean, sigma^2), 0, 1)``, elementwise.

    With ``a = -mean / sigma``, ``b = (1 - mean) / sigma``, the normal density ``f`` and
    distribution ``F``, the first two moments are
    ``mean (F(b) - F(a)) + sigma (f(a) - f(b)) + 1 - F(b)`` and
    ``(mean^2 + sigma^2) (F(b) - F(a)) + 2 mean sigma (f(a) - f(b))
    + sigma^2 (a f(a) - b f(b)) + 1 - F(b)``.
    """
    low, high = -mean / sigma, (1 - mean) / sigma
    inside, above = _distribution(high) - _distribution(low), 1 - _distribution(high)
    density_low, density_high = _density(low), _density(high)
    first = mean * inside + sigma * (density_low - density_high) + above
    second = (
        (mean.square() + sigma**2) * inside
        + 2 * mean * sigma * (density_low - density_high)
        + sigma**2 * (low * density_low - high * density_high)
        + above
    )
    return first, second - first.square()


def unclipped_sigma(clipped_sigma: float, means: Tensor) -> float:
    """The standard deviation of Gaussian noise before it was clipped to [0, 1].

    Solves ``mean(Var(clip(N(m, sigma^2)))) = clipped_sigma^2`` for ``sigma``, where each ``m`` is
    the true value that clipped noise has lifted or lowered to one of the means.

    Args:
        clipped_sigma: root mean square of the noise as it is seen.
        means: the means of what was seen, any shape, in [0, 1].
    """
    sigma = clipped_sigma
    if sigma <= 0:
        return sigma
    true_means = means
    for _ in range(_ROUNDS):
        true_means = _true_means(true_means, means, sigma)
        seen = float(clipped_moments(true_means, sigma)[1].mean())
        sigma *= min(2.0, clipped_sigma / math.sqrt(max(seen, 1e-12)))
    return sigma


def _true_means(start: Tensor, means: Tensor, sigma: float) -> Tensor:
    """One step of Newton's method towards the values whose clipped noise has these means."""
    slope = _distribution((1 - start) / sigma) - _distribution(-start / sigma)
    step = (means - clipped_moments(start, sigma)[0]) / slope.clamp(min=_LEAST_SLOPE)
    return (start + step).clamp(0, 1)


def _density(value: Tensor) -> Tensor:
    return torch.exp(-value.square() / 2) / math.sqrt(2 * math.pi)


def _distribution(value: Tensor) -> Tensor:
    return (1 + (value / math.sqrt(2)).erf()) / 2
