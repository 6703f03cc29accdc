"""Between linear light and the values of a photo: the transfer function of sRGB."""

from __future__ import annotations

import torch
from torch import Tensor


def srgb_to_linear(photo: Tensor) -> Tensor:
    """Undo the transfer function of sRGB (IEC 61966-2-1) on values in [0, 1]."""
    return torch.where(photo <= 0.04045, photo / 12.92, ((photo + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(light: Tensor) -> Tensor:
    """Apply the transfer function of sRGB (IEC 61966-2-1) to values in [0, 1]."""
    curve = 1.055 * light.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(light <= 0.0031308, light * 12.92, curve)
