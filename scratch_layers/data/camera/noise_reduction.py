"""What a camera's own noise reduction leaves of the noise."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.data.camera.filters import gaussian_blur
from scratch_layers.data.jpeg import to_rgb, to_ycbcr
from scratch_layers.data.seeding import happens, log_uniform, random_uniform


@dataclass(frozen=True)
class NoiseReduction:
    """Smoothing that spares edges: it blurs the noise and keeps the photo.

    The defaults leave the noise as it is.

    Attributes:
        luma_strength: how much of the luma noise is replaced by its blurred self, 0-1.
        luma_sigma: of that blur, in pixels.
        chroma_sigma: of the blur of the noise in the colour differences; 0 for none.
        keeps_luma, keeps_chroma: whether any noise is left in luma, and in the colour differences.
    """

    luma_strength: float = 0.0
    luma_sigma: float = 1.0
    chroma_sigma: float = 0.0
    keeps_luma: bool = True
    keeps_chroma: bool = True

    @classmethod
    def draw(cls, generator: torch.Generator) -> NoiseReduction:
        """Return random settings: half of the cameras reduce noise, most of them colour noise."""
        if not happens(0.5, generator):
            return cls()
        is_perfect, in_chroma = happens(0.12, generator), happens(0.7, generator)
        return cls(
            luma_strength=random_uniform(0.2, 1.0, generator) if happens(0.5, generator) else 0.0,
            luma_sigma=log_uniform(0.5, 1.5, generator),
            chroma_sigma=log_uniform(0.8, 4.0, generator) if happens(0.85, generator) else 0.0,
            keeps_luma=not is_perfect or in_chroma,
            keeps_chroma=not is_perfect or not in_chroma,
        )

    def __call__(self, target: Tensor, noisy: Tensor) -> Tensor:
        """Return ``noisy`` (3, H, W) with less noise, clipped to [0, 1]; ``target`` has none."""
        if self == NoiseReduction():
            return noisy
        luma, chroma = to_ycbcr(noisy - target).split([1, 2])
        if self.luma_strength:
            luma = torch.lerp(luma, gaussian_blur(luma, self.luma_sigma), self.luma_strength)
        if self.chroma_sigma:
            chroma = gaussian_blur(chroma, self.chroma_sigma)
        noise = torch.cat([luma * self.keeps_luma, chroma * self.keeps_chroma])
        return to_rgb(noise).add_(target).clamp_(0, 1)
