"""All the noise that photos bring along: that of cameras, white noise, and none."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.data.camera import CameraNoise
from scratch_layers.data.corruption import Corrupted, GaussianNoise, draw_hint
from scratch_layers.data.jpeg import compress
from scratch_layers.data.seeding import happens, random_integer, random_uniform
from scratch_layers.errors import ArgumentError

_WHITE = GaussianNoise(0, 60, shared_share=0.3, rounded_share=0.6)


@dataclass(frozen=True)
class MixedNoise:
    """Mostly camera noise, in some patches white noise or next to none.

    White noise is as strong as sigma 60 of 255; in part of the patches it is clipped and rounded to
    8 bits, in part of them it is one noise in all three channels, often of a gray photo. Clean
    patches are there to be left alone; some of them are finely compressed.

    Args:
        white_share, clean_share: of the patches, 0-1; the others have camera noise.

    Raises:
        ArgumentError: the shares are negative or more than 1 together.
    """

    white_share: float = 0.15
    clean_share: float = 0.06

    def __post_init__(self) -> None:
        if min(self.white_share, self.clean_share) < 0 or self.white_share + self.clean_share > 1:
            raise ArgumentError(
                "Shares of white noise and clean patches are positive and at most 1 together, not "
                f"{self.white_share} and {self.clean_share}."
            )

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Corrupted:
        kind = random_uniform(0, 1, generator)
        if kind < self.white_share:
            white = _WHITE(clean, generator)
            target, noisy = white.target, white.noisy
        elif kind < self.white_share + self.clean_share:
            target, noisy = clean, _saved(clean, generator)
        else:
            return CameraNoise()(clean, generator)
        return Corrupted(noisy, target, draw_hint(noisy, target, generator))


def _saved(clean: Tensor, generator: torch.Generator) -> Tensor:
    """Return a clean patch as it is, or as a JPEG of high quality."""
    if happens(0.5, generator):
        return clean
    quality, offset = 93 + random_integer(8, generator), random_integer(16, generator)
    return compress(clean, quality, subsample=False, offset=offset)
