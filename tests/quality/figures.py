"""What is measured of a denoised picture beside PSNR and SSIM: texture kept, and colour shifted."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from scratch_layers.metrics import psnr, ssim

_FINE = 3
"""Side in pixels of the mean that fine detail is the difference to."""


@dataclass(frozen=True)
class Figures:
    """How close a result is to the truth.

    Attributes:
        psnr: in dB.
        ssim: structural similarity, 1 where equal.
        texture: energy of the result's fine detail as a share of the truth's; below 1 where it was
            smoothed away, above where noise was left.
        colour_shift: largest difference of a channel's mean, 0-255 scale.
    """

    psnr: float
    ssim: float
    texture: float
    colour_shift: float


def measure(result: Tensor, clean: Tensor) -> Figures:
    """Compare a result with the truth, both (1, 3, H, W); the result is clamped to [0, 1]."""
    result = result.clamp(0, 1)
    shift = (result.mean((0, 2, 3)) - clean.mean((0, 2, 3))).abs().max()
    return Figures(
        psnr(result, clean),
        ssim(result, clean),
        float(_fine_energy(result) / _fine_energy(clean).clamp(min=1e-12)),
        255 * float(shift),
    )


def _fine_energy(image: Tensor) -> Tensor:
    """The mean square of what a mean over 3x3 pixels takes away."""
    windows = image.unfold(2, _FINE, 1).unfold(3, _FINE, 1).mean((-1, -2))
    edge = _FINE // 2
    return (image[:, :, edge:-edge, edge:-edge] - windows).square().mean()
