"""What cameras and people do to a developed photo: noise reduction, sharpening, muting colours."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.data.camera.filters import gaussian_blur
from scratch_layers.data.jpeg import to_rgb, to_ycbcr
from scratch_layers.data.seeding import happens, log_uniform, random_uniform


@dataclass(frozen=True)
class Finishing:
    """How one photo is finished; the defaults leave it as it is.

    Attributes:
        luma_median: how much of the luma is replaced by its median over 3x3 pixels, 0-1.
        sharpening: how much of the luma's difference from its blurred self is added to it.
        sharpening_sigma: of that blur, in pixels.
        chroma_sigma: of the blur of the colour differences, in pixels; 0 for none.
        colourfulness: factor of the colour differences; 0 makes a gray photo.
    """

    luma_median: float = 0.0
    sharpening: float = 0.0
    sharpening_sigma: float = 1.0
    chroma_sigma: float = 0.0
    colourfulness: float = 1.0

    @classmethod
    def draw(cls, generator: torch.Generator) -> Finishing:
        """Return random settings of a camera; some photos are made gray or nearly gray."""
        return cls(
            luma_median=random_uniform(0.2, 0.8, generator) if happens(0.15, generator) else 0.0,
            sharpening=random_uniform(0.1, 1.0, generator) if happens(0.4, generator) else 0.0,
            sharpening_sigma=random_uniform(0.5, 1.3, generator),
            chroma_sigma=log_uniform(0.4, 3.0, generator) if happens(0.35, generator) else 0.0,
            colourfulness=_draw_colourfulness(generator),
        )

    def __call__(self, photos: Tensor) -> Tensor:
        """Return finished (..., 3, H, W) photos, clipped to [0, 1]."""
        if self == Finishing(sharpening_sigma=self.sharpening_sigma):
            return photos
        luma, chroma = to_ycbcr(photos).split([1, 2], -3)
        if self.luma_median:
            luma = torch.lerp(luma, median_3x3(luma), self.luma_median)
        if self.sharpening:
            luma = torch.lerp(gaussian_blur(luma, self.sharpening_sigma), luma, 1 + self.sharpening)
        if self.chroma_sigma and self.colourfulness:
            chroma = gaussian_blur(chroma, self.chroma_sigma)
        if self.colourfulness != 1.0:
            chroma = chroma * self.colourfulness
        return to_rgb(torch.cat([luma, chroma], -3)).clamp_(0, 1)


def _draw_colourfulness(generator: torch.Generator) -> float:
    if not happens(0.12, generator):
        return 1.0
    return 0.0 if happens(0.6, generator) else random_uniform(0.02, 0.4, generator)


def median_3x3(plane: Tensor) -> Tensor:
    """Return the median over rows of three, then over columns of three, of (..., H, W)."""
    return _median_of_three(_median_of_three(plane, -1), -2)


def _median_of_three(plane: Tensor, dim: int) -> Tensor:
    size = plane.shape[dim]
    first, last = plane.narrow(dim, 0, 1), plane.narrow(dim, size - 1, 1)
    before = torch.cat([first, plane.narrow(dim, 0, size - 1)], dim)
    after = torch.cat([plane.narrow(dim, 1, size - 1), last], dim)
    low, high = torch.minimum(before, after), torch.maximum(before, after)
    return torch.maximum(low, torch.minimum(high, plane))


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
        """Return random settings: three of four cameras reduce noise, mostly in luma and colours.

        From 0.04 to 0.24 cycles a pixel the power of luma noise then falls to 0.45, as a median; in
        28 real photos of RENOIR it falls to 0.43, in 24 of PolyU to 0.16.
        """
        if not happens(0.75, generator):
            return cls()
        is_perfect, in_chroma = happens(0.12, generator), happens(0.7, generator)
        return cls(
            luma_strength=random_uniform(0.3, 1.0, generator) if happens(0.8, generator) else 0.0,
            luma_sigma=log_uniform(0.5, 2.0, generator),
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
