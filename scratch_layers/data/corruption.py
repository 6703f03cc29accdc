"""Ways to make a clean patch noisy, with the noise level drawn at random for each patch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from scratch_layers.data.seeding import happens, random_uniform
from scratch_layers.errors import ArgumentError

# Below this mean brightness, shot noise of the level asked for would need less than a photon.
_DARKEST_MEAN = 0.05

_GRAY_SHARE = 0.6  # of the patches whose channels share one noise
BLIND_SHARE = 0.2
"""How many patches come without a hint, as sigma 0."""


@dataclass(frozen=True)
class Corrupted:
    """A patch to learn from.

    Attributes:
        noisy: (C, H, W) what the network gets.
        target: (C, H, W) what it should make of it.
        sigma: standard deviation of the noise in [0, 1] units, one number or a map (1, H, W).
    """

    noisy: Tensor
    target: Tensor
    sigma: float | Tensor


class Corruption(Protocol):
    """Makes a noisy version of a clean patch."""

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Corrupted:
        """Return the noisy patch and its target.

        Args:
            clean: (3, H, W) in [0, 1]; it is not changed.
            generator: the only source of randomness.
        """


@dataclass(frozen=True)
class GaussianNoise:
    """White Gaussian noise of a level drawn uniformly for each patch.

    By itself the noise is independent in every channel and not clipped. Pictures that people have
    also hold one noise in all three channels (gray photos, scans, luma noise), and files round and
    clip: ``shared_share`` and ``rounded_share`` teach both.

    Args:
        lowest_255, highest_255: bounds of the standard deviation on the 0-255 scale, before
            clipping.
        shared_share: of the patches, 0-1; one noise in all channels, in 6 of 10 of a gray photo.
        rounded_share: of the patches, 0-1; clipped to [0, 1] and rounded to 8 bits.

    Raises:
        ArgumentError: the bounds are negative or the wrong way round.
    """

    lowest_255: float = 0.0
    highest_255: float = 55.0
    shared_share: float = 0.0
    rounded_share: float = 0.0

    def __post_init__(self) -> None:
        _check_range(self.lowest_255, self.highest_255)

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Corrupted:
        sigma = random_uniform(self.lowest_255, self.highest_255, generator) / 255
        shape: tuple[int, ...] = clean.shape
        if self.shared_share and happens(self.shared_share, generator):
            shape = (1, *clean.shape[1:])
            if happens(_GRAY_SHARE, generator):
                clean = clean.mean(0, keepdim=True).expand_as(clean)
        noisy = torch.randn(shape, generator=generator).mul_(sigma).add(clean)
        if self.rounded_share and happens(self.rounded_share, generator):
            noisy = noisy.clamp_(0, 1).mul_(255).round_().div_(255)
        return Corrupted(noisy, clean, sigma)


@dataclass(frozen=True)
class PoissonGaussianNoise:
    """Shot noise that grows with brightness, and read noise that does not; not clipped.

    ``noisy = gain * Poisson(clean / gain) + Normal(0, read^2)``, so the variance is
    ``gain * clean + read^2``. For each patch the level at its mean brightness is drawn uniformly,
    and so is the part of the variance that is shot noise.

    Args:
        lowest_255, highest_255: bounds of the level on the 0-255 scale.

    Raises:
        ArgumentError: the bounds are negative or the wrong way round.

    Source: Foi, Trimeche, Katkovnik, Egiazarian, "Practical Poissonian-Gaussian noise modeling and
    fitting for single-image raw-data", IEEE TIP 2008.
    """

    lowest_255: float = 0.0
    highest_255: float = 55.0

    def __post_init__(self) -> None:
        _check_range(self.lowest_255, self.highest_255)

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Corrupted:
        sigma = random_uniform(self.lowest_255, self.highest_255, generator) / 255
        shot_part = random_uniform(0.0, 1.0, generator)
        clean = clean.clamp(0, 1)
        gain = max(shot_part * sigma**2 / max(float(clean.mean()), _DARKEST_MEAN), 1e-7)
        read = (1 - shot_part) ** 0.5 * sigma
        noisy = torch.poisson(clean / gain, generator=generator).mul_(gain)
        noisy.add_(torch.randn(clean.shape, generator=generator), alpha=read)
        return Corrupted(noisy, clean, sigma)


def _check_range(lowest_255: float, highest_255: float) -> None:
    if not 0 <= lowest_255 <= highest_255:
        raise ArgumentError(
            f"Noise levels go from 0 upwards, not from {lowest_255} to {highest_255}."
        )


LOWEST_HINT, HIGHEST_HINT = 0.5, 1.2
"""Bounds of the hint as a part of the true change."""


def draw_hint(noisy: Tensor, target: Tensor, generator: torch.Generator) -> float:
    """Return a rough measure of the noise of a patch in [0, 1] units, or 0 for no hint.

    It is the root mean square of ``noisy - target`` times a factor uniform between
    :data:`LOWEST_HINT` and :data:`HIGHEST_HINT`. Noise that neighbours share and JPEG has smoothed
    is hard to measure in a photo: a network that learns from such hints looks at the photo first,
    and works when it is told nothing.

    Args:
        noisy, target: (3, H, W) in [0, 1].
        generator: the only source of randomness.
    """
    if happens(BLIND_SHARE, generator):
        return 0.0
    change = float((noisy - target).square().mean().sqrt())
    return change * random_uniform(LOWEST_HINT, HIGHEST_HINT, generator)
