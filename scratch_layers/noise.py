"""Synthetic noise, reproducible from a seed; and what clipping does to Gaussian noise."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.noise_kinds import NOISE_KINDS

NoiseFunction = Callable[[Tensor, float, torch.Generator | None], Tensor]


_ROUNDS = 12
_LEAST_SLOPE = 0.1


def add_noise(
    image: Tensor, kind: str, level: float, generator: torch.Generator | None = None
) -> Tensor:
    """Return a noisy copy of an image. The result is not clipped to [0, 1].

    Args:
        image: floating-point tensor (C, H, W) or (B, C, H, W), range [0, 1].
        kind: a key of :data:`~scratch_layers.noise_kinds.NOISE_KINDS`.
        level: how much noise, in the unit and range of that kind.
        generator: source of randomness, torch's global one by default. The noise depends on its
            seed and device only, not on the device and dtype of the image.

    Raises:
        ArgumentError: the kind is unknown, or the level is out of its range.
        ShapeError: the image has another shape or is not a floating-point tensor.
    """
    if kind not in NOISE_KINDS:
        raise ArgumentError(
            f"Unknown kind of noise {kind!r}; choose from {', '.join(NOISE_KINDS)}."
        )
    spec = NOISE_KINDS[kind]
    if not spec.minimum <= level <= spec.maximum:
        raise ArgumentError(
            f"The level of {kind} noise must lie between {spec.minimum:g} and {spec.maximum:g} "
            f"({spec.unit}), got {level:g}."
        )
    if image.dim() not in (3, 4) or not image.is_floating_point():
        raise ShapeError(
            "Noise is added to floating-point images (C, H, W) or (B, C, H, W), "
            f"got {image.dtype} {tuple(image.shape)}."
        )
    return _FUNCTIONS[kind](image, level, generator)


def seeded_generator(seed: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a random generator that starts from ``seed``."""
    return torch.Generator(device).manual_seed(seed)


def _gaussian(image: Tensor, sigma_255: float, generator: torch.Generator | None) -> Tensor:
    """``image + sigma * n`` with standard normal ``n``."""
    return image + _standard_normal(image, generator) * (sigma_255 / 255)


def _speckle(image: Tensor, sigma_255: float, generator: torch.Generator | None) -> Tensor:
    """``image * (1 + sigma * n)`` with standard normal ``n``."""
    return image + image * _standard_normal(image, generator) * (sigma_255 / 255)


def _poisson(image: Tensor, photons: float, generator: torch.Generator | None) -> Tensor:
    """Photon counts with mean ``photons * image``, scaled back; negative values count as black."""
    expected = image.clamp(min=0).to(_draw_device(image, generator), torch.float32) * photons
    return (torch.poisson(expected, generator=generator) / photons).to(image)


def _salt_and_pepper(image: Tensor, percent: float, generator: torch.Generator | None) -> Tensor:
    """Turn ``percent`` of the pixels black or white, all channels together, with equal chances."""
    one_channel = image.narrow(-3, 0, 1)
    chance = torch.rand(
        one_channel.shape, generator=generator, device=_draw_device(image, generator)
    ).to(image.device)
    share = percent / 100
    return image.masked_fill(chance < share, 1.0).masked_fill(chance < share / 2, 0.0)


def _standard_normal(image: Tensor, generator: torch.Generator | None) -> Tensor:
    device = _draw_device(image, generator)
    return torch.randn(image.shape, generator=generator, device=device).to(image)


def _draw_device(image: Tensor, generator: torch.Generator | None) -> torch.device:
    """A generator works on its own device only."""
    return image.device if generator is None else generator.device


_FUNCTIONS: dict[str, NoiseFunction] = {
    "gaussian": _gaussian,
    "poisson": _poisson,
    "salt-pepper": _salt_and_pepper,
    "speckle": _speckle,
}


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
