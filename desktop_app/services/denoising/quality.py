"""How close a picture is to the truth; needs torch, and is imported on worker threads only."""

from __future__ import annotations

from desktop_app.services.pictures import Picture
from desktop_app.services.pictures.pixels import samples_to_tensor
from scratch_layers.metrics import psnr, ssim


def measure(picture: Picture, truth: Picture) -> tuple[float, float]:
    """Return PSNR in dB and SSIM of ``picture`` against ``truth``, a picture of the same size."""
    first, second = samples_to_tensor(picture), samples_to_tensor(truth)
    return psnr(first, second), ssim(first, second)
