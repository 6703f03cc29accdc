"""Between linear light and the values of a photo: transfer functions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Transfer:
    """``V = (1 + offset) L^exponent - offset``, and ``V = slope L`` for light below ``toe``.

    Attributes:
        exponent, offset, slope, toe: as in the formula.
    """

    exponent: float
    offset: float
    slope: float
    toe: float

    def to_photo(self, light: Tensor) -> Tensor:
        """Apply the function to light in [0, 1]."""
        curve = light.clamp(min=self.toe) ** self.exponent
        curve = curve.mul_(1 + self.offset).sub_(self.offset)
        return torch.where(light <= self.toe, light * self.slope, curve)

    def to_light(self, photo: Tensor) -> Tensor:
        """Undo the function on values in [0, 1]."""
        light = ((photo + self.offset) / (1 + self.offset)) ** (1 / self.exponent)
        return torch.where(photo <= self.toe * self.slope, photo / self.slope, light)


SRGB = Transfer(1 / 2.4, 0.055, 12.92, 0.0031308)
"""Of IEC 61966-2-1, for screens."""

BT709 = Transfer(0.45, 0.099, 4.5, 0.018)
"""Of ITU-R BT.709, for video; what RAW converters built on dcraw use by default."""
