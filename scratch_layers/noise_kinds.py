"""The kinds of synthetic noise and their levels; :mod:`scratch_layers.noise` makes the noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

HIGHEST_SIGMA_255 = 75.0
"""The strongest noise that is made, learned and removed here: standard deviation, 0-255 scale."""


@dataclass(frozen=True)
class NoiseKind:
    """A kind of noise and the levels it may be asked for.

    Attributes:
        title: name for people.
        unit: what the level counts, for people.
        minimum: lowest level allowed.
        maximum: highest level allowed.
        default: level to offer at first.
        highest_of_interest: where a slider may end; above it, levels hardly differ.
    """

    title: str
    unit: str
    minimum: float
    maximum: float
    default: float
    highest_of_interest: float


NOISE_KINDS: Mapping[str, NoiseKind] = MappingProxyType(
    {
        "gaussian": NoiseKind("Gaussian", "of 255", 0, HIGHEST_SIGMA_255, 25, HIGHEST_SIGMA_255),
        "poisson": NoiseKind("Poisson", "photons at white", 1, 10_000, 50, 500),
        "salt-pepper": NoiseKind("Salt and pepper", "% of pixels", 0, 100, 5, 50),
        "speckle": NoiseKind(
            "Speckle", "of 255 at white", 0, HIGHEST_SIGMA_255, 25, HIGHEST_SIGMA_255
        ),
    }
)
"""The kinds of noise by name; levels "of 255" are standard deviations on the 0-255 scale."""
