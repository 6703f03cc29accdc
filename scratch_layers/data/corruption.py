"""Ways to make a clean patch noisy, with the noise level drawn at random for each patch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from scratch_layers.data.seeding import random_uniform
from scratch_layers.errors import ArgumentError


class Corruption(Protocol):
    """Makes a noisy version of a clean patch."""

    def __call__(self, clean: Tensor, generator: torch.Generator) -> tuple[Tensor, float]:
        """Return the noisy patch and its noise level.

        Args:
            clean: (3, H, W) in [0, 1]; it is not changed.
            generator: the only source of randomness.

        Returns:
            The noisy patch and the standard deviation of its noise in [0, 1] units.
        """


@dataclass(frozen=True)
class GaussianNoise:
    """White Gaussian noise, not clipped, of a level drawn uniformly for each patch.

    Args:
        lowest_255, highest_255: bounds of the standard deviation on the 0-255 scale.

    Raises:
        ArgumentError: the bounds are negative or the wrong way round.
    """

    lowest_255: float = 0.0
    highest_255: float = 55.0

    def __post_init__(self) -> None:
        if not 0 <= self.lowest_255 <= self.highest_255:
            raise ArgumentError(
                f"Noise levels go from 0 upwards, not from {self.lowest_255} to {self.highest_255}."
            )

    def __call__(self, clean: Tensor, generator: torch.Generator) -> tuple[Tensor, float]:
        sigma = random_uniform(self.lowest_255, self.highest_255, generator) / 255
        noise = torch.randn(clean.shape, generator=generator)
        return noise.mul_(sigma).add_(clean), sigma
