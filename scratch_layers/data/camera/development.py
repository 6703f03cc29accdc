"""How a camera turns sensor values into the colours of a photo, and back.

Source: Brooks et al., "Unprocessing images for learned raw denoising", CVPR 2019 (order of the
steps, tone curve). White balance: the median and spread of what shot noise gains by it in the
measurements that :mod:`scratch_layers.data.camera.sensor` names, which is the gain itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.data.seeding import happens, log_uniform, random_uniform


@dataclass(frozen=True)
class Transfer:
    """``V = (1 + offset) L^exponent - offset``, and ``V = slope L`` for light below ``toe``.

    Attributes:
        exponent, offset, slope: as in the formula, L and V in [0, 1].
        toe: the light L up to which the curve is straight.
    """

    exponent: float
    offset: float
    slope: float
    toe: float

    def to_photo(self, light: Tensor) -> Tensor:
        """Return V in [0, 1] for light L in [0, 1], of any shape."""
        curve = light.clamp(min=self.toe) ** self.exponent
        curve = curve.mul_(1 + self.offset).sub_(self.offset)
        return torch.where(light <= self.toe, light * self.slope, curve)

    def to_light(self, photo: Tensor) -> Tensor:
        """Return the light L in [0, 1] of values V in [0, 1], of any shape."""
        light = ((photo + self.offset) / (1 + self.offset)) ** (1 / self.exponent)
        return torch.where(photo <= self.toe * self.slope, photo / self.slope, light)


SRGB = Transfer(1 / 2.4, 0.055, 12.92, 0.0031308)
"""Of IEC 61966-2-1, for screens."""

BT709 = Transfer(0.45, 0.099, 4.5, 0.018)
"""Of ITU-R BT.709, for video; what RAW converters built on dcraw use by default."""


_RED_GAIN, _BLUE_GAIN = (math.log(2.2), 0.27), (math.log(1.9), 0.30)


@dataclass(frozen=True)
class Camera:
    """The development of one photo.

    Attributes:
        red_gain, blue_gain: white balance, factors relative to green.
        exposure: digital gain, a factor on all channels.
        saturation: how far colours are pulled apart, from sensor to photo: s in
            ``mean + (1 + s) (colour - mean)``.
        transfer: from light to photo.
        contrast: exponent of the photo's values, above 1 for deeper shadows.
        has_tone_curve: whether an S-shaped curve adds contrast at both ends.
    """

    red_gain: float
    blue_gain: float
    exposure: float
    saturation: float
    transfer: Transfer
    contrast: float
    has_tone_curve: bool

    @classmethod
    def draw(cls, generator: torch.Generator) -> Camera:
        """Return a random camera.

        Args:
            generator: the only source of randomness.
        """
        normal = torch.randn(2, generator=generator).clamp_(-2, 2).tolist()
        return cls(
            red_gain=math.exp(_RED_GAIN[0] + _RED_GAIN[1] * normal[0]),
            blue_gain=math.exp(_BLUE_GAIN[0] + _BLUE_GAIN[1] * normal[1]),
            exposure=log_uniform(1.0, 3.0, generator),
            saturation=random_uniform(0.0, 0.6, generator),
            transfer=SRGB if happens(0.5, generator) else BT709,
            contrast=random_uniform(1.0, 1.4, generator),
            has_tone_curve=happens(0.75, generator),
        )

    def undevelop(self, photo: Tensor, light_gain: float = 1.0) -> Tensor:
        """Return the sensor values that a photo comes from: :meth:`develop` backwards.

        Args:
            photo: (..., 3, H, W) in [0, 1].
            light_gain: how many times as much light there is: below 1 for a darker scene, above 1
                for one whose highlights are clipped.

        Returns:
            (..., 3, H, W), linear, from 0 to 1 / (gain of the colour * exposure).
        """
        light = photo.clamp(0, 1)
        if self.has_tone_curve:
            light = 0.5 - torch.sin(torch.asin(1 - 2 * light) / 3)
        light = self.transfer.to_light(light ** (1 / self.contrast))
        if light_gain != 1.0:
            light = light.mul_(light_gain).clamp_(max=1)
        sensor = self._mix(light, -self.saturation / (1 + self.saturation))
        return sensor.clamp_(0, 1) / self._gains(photo)

    def develop(self, sensor: Tensor, light_gain: float = 1.0) -> Tensor:
        """Return the photo that sensor values give.

        White balance and exposure, saturation, transfer, contrast and tone curve, in this order.

        Args:
            sensor: (..., 3, H, W), linear, full scale 1; what lies outside is clipped.
            light_gain: factor on the developed light.

        Returns:
            (..., 3, H, W) in [0, 1].
        """
        light = self._mix((sensor * self._gains(sensor)).clamp_(0, 1), self.saturation)
        if light_gain != 1.0:
            light = light.mul_(light_gain)
        photo = self.transfer.to_photo(light.clamp_(0, 1)) ** self.contrast
        return photo.square() * (3 - 2 * photo) if self.has_tone_curve else photo

    def _gains(self, like: Tensor) -> Tensor:
        gains = (self.red_gain, 1.0, self.blue_gain)
        return torch.tensor(gains, dtype=like.dtype).mul_(self.exposure).view(3, 1, 1)

    @staticmethod
    def _mix(light: Tensor, saturation: float) -> Tensor:
        """Pull each colour away from the mean of the three; grays stay."""
        mean = light.mean(-3, keepdim=True)
        return torch.lerp(mean, light, 1 + saturation)
