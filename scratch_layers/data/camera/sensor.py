"""The noise of a sensor: shot noise that grows with the light, read noise, and hot pixels.

The figures are fitted to 6,112 measurements of 364 cameras at all their sensitivities, which the
darktable project publishes (``data/noiseprofiles.json`` of darktable 4.2.1): for each colour the
variance ``a x + b`` of a value x of linear light in [0, 1].
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.data.seeding import random_integer, random_uniform

LOWEST_ISO, HIGHEST_ISO = 800.0, 102400.0
"""Sensitivities at the places 0 and 1 of the range."""

# log a = _SHOT[0] + _SHOT[1] log ISO of green, and the standard deviation between cameras.
_SHOT = (-16.73, 0.889)
_SHOT_SPREAD = 0.81
# log b = _READ[0] + _READ[1] log a, and its standard deviation.
_READ = (-3.24, 1.24)
_READ_SPREAD = 1.03
# The profiles are measured in demosaiced photos, of which the interpolation has smoothed the noise.
# Six times the variance makes 1/a the electrons that full pixels hold (60,000 at ISO 100 and full
# frame, 10,000 in compact cameras), and a that of the raw files in Brooks et al., CVPR 2019.
# With b as it was measured, noise weakens in the dark as it does in real photos.
_SMOOTHED = 6.0
# What differs between colours beyond their white balance, as a standard deviation of log a.
_COLOUR_SPREAD = 0.1

_LEAST_SHOT = 1e-9

_MOST_HOT_PIXELS = 8
_WHOLE_SENSOR = 64 * 64


@dataclass(frozen=True)
class SensorNoise:
    """The noise of one sensor at one sensitivity: variance ``shot * x + read`` of a value x.

    Attributes:
        shot, read: of red, green and blue, not negative; for linear x with black 0 and white 1.
    """

    shot: tuple[float, float, float]
    read: tuple[float, float, float]

    @property
    def level(self) -> float:
        """The strongest colour's standard deviation where it is constant and white is 1.

        ``(sqrt(a + c) + sqrt(c)) / 2`` with ``c = 3/8 a^2 + b``, as in
        :class:`~scratch_layers.stabilisation.Stabilisation`: about what it is in a developed photo.
        """
        roots = (
            (shot, math.sqrt(3 / 8 * shot**2 + read))
            for shot, read in zip(self.shot, self.read, strict=True)
        )
        return max((math.sqrt(shot + root**2) + root) / 2 for shot, root in roots)

    @classmethod
    def draw(cls, place: float, generator: torch.Generator) -> SensorNoise:
        """Return the noise of a random camera.

        Args:
            place: of the sensitivity between :data:`LOWEST_ISO` (0) and :data:`HIGHEST_ISO` (1);
                may lie outside.
            generator: the only source of randomness.
        """
        log_iso = math.log(LOWEST_ISO) + place * math.log(HIGHEST_ISO / LOWEST_ISO)
        normal = torch.randn(5, generator=generator).clamp_(-2, 2).tolist()
        log_shot = _SHOT[0] + _SHOT[1] * log_iso + _SHOT_SPREAD * normal[0]
        red, green, blue = (
            _SMOOTHED * math.exp(log_shot + _COLOUR_SPREAD * deviation) for deviation in normal[2:]
        )
        shot = _SMOOTHED * math.exp(log_shot)
        read = typical_read(shot) * math.exp(_READ_SPREAD * normal[1])
        return cls((red, green, blue), (read, read, read))

    def add(self, sensor: Tensor, generator: torch.Generator) -> Tensor:
        """Return sensor values with Gaussian noise of this variance; not clipped.

        Args:
            sensor: (3, H, W), linear, full scale 1; it is not changed.
            generator: the only source of randomness.
        """
        shot, read = (
            torch.tensor(part, dtype=sensor.dtype).view(3, 1, 1) for part in (self.shot, self.read)
        )
        deviation = (sensor * shot).add_(read).sqrt_()
        return deviation.mul_(torch.randn(sensor.shape, generator=generator)).add_(sensor)


def typical_read(shot: float) -> float:
    """Return the ``read`` that mostly goes with a ``shot``, both as in :class:`SensorNoise`.

    It is :math:`e^{-3.24} (shot / 6)^{1.24}`, the fit to the measurements.
    """
    return math.exp(_READ[0] + _READ[1] * math.log(max(shot, _LEAST_SHOT) / _SMOOTHED))


def add_hot_pixels(sensor: Tensor, generator: torch.Generator) -> Tensor:
    """Return the sensor's values with a few brighter ones, up to 8 in 64x64 pixels.

    Each becomes brighter by up to a bound, which is drawn from 0.1 to 1 of full scale.

    Args:
        sensor: (3, H, W), full scale 1; it is not changed.
        generator: the only source of randomness.
    """
    most = max(1, _MOST_HOT_PIXELS * sensor.numel() // (3 * _WHOLE_SENSOR))
    count = 1 + random_integer(most, generator)
    places = torch.randint(sensor.numel(), (count,), generator=generator)
    extra = torch.rand(count, generator=generator).mul_(random_uniform(0.1, 1.0, generator))
    brighter = sensor.flatten().index_add(0, places, extra.to(sensor.dtype))
    return brighter.view(sensor.shape)
