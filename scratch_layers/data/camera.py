"""The noise of real cameras: photos are taken back to the sensor, made noisy there, and developed.

``photo -> linear light -> sensor colours -> mosaic + shot and read noise -> demosaicing -> white
balance -> photo colours -> tone curve -> 8 bits -> JPEG``, with random parameters at every stage.

Source: Brooks et al., "Unprocessing images for learned raw denoising", CVPR 2019 (noise levels,
white balance, tone curve); Guo et al., "Toward convolutional blind denoising of real photographs"
(CBDNet), CVPR 2019 (demosaicing and JPEG).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.data.corruption import Corrupted
from scratch_layers.data.jpeg import compress
from scratch_layers.data.seeding import random_integer, random_uniform
from scratch_layers.errors import ArgumentError

# Natural logarithms of the shot-noise gain of Brooks et al.: base to high sensitivities.
_LOWEST_LOG_SHOT = math.log(1e-4)
_HIGHEST_LOG_SHOT = math.log(1.2e-2)

HIGHEST_HINT = 1.2
"""Largest part of the true change that a patch is said to have."""


@dataclass(frozen=True)
class CameraNoise:
    """The noise of a random camera at a random sensitivity; the target is its noiseless photo.

    Of each noisy patch, ``sigma`` is a random part, up to :data:`HIGHEST_HINT`, of the root mean
    square of all that the chain changed. Noise that neighbours share and JPEG has smoothed is hard
    to measure in a photo; a network that learns from such hints judges for itself, and takes the
    level it is told as the least that it should expect.

    Args:
        weakest, strongest: part of the range of sensitivities that is used, 0-1.
        mosaic_share: how many of the patches come from a sensor that sees one colour at each pixel;
            the others stand for photos that were reduced in size.
        jpeg_share: how many are compressed.
        lowest_quality: of the compression, to 100.

    Raises:
        ArgumentError: a share or quality is out of range.
    """

    weakest: float = 0.0
    strongest: float = 1.0
    mosaic_share: float = 0.8
    jpeg_share: float = 0.8
    lowest_quality: int = 75

    def __post_init__(self) -> None:
        for share in (self.weakest, self.strongest, self.mosaic_share, self.jpeg_share):
            if not 0 <= share <= 1:
                raise ArgumentError(f"A share lies between 0 and 1, not at {share}.")
        if self.weakest > self.strongest:
            raise ArgumentError(f"{self.weakest} is not weaker than {self.strongest}.")
        if not 1 <= self.lowest_quality <= 100:
            raise ArgumentError(
                f"A JPEG quality lies between 1 and 100, not at {self.lowest_quality}."
            )

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Corrupted:
        camera = Camera.draw(generator)
        sensor = camera.undevelop(clean)
        exposed = add_sensor_noise(sensor, *self._draw_noise(generator), generator)
        if random_uniform(0, 1, generator) < self.mosaic_share:
            phase = random_integer(2, generator), random_integer(2, generator)
            sensor, exposed = (demosaic(picture, phase) for picture in (sensor, exposed))
        target = camera.develop(sensor)
        noisy = camera.develop(exposed).mul_(255).round_().div_(255)
        if random_uniform(0, 1, generator) < self.jpeg_share:
            noisy = compress(
                noisy,
                self.lowest_quality + random_integer(101 - self.lowest_quality, generator),
                subsample=bool(random_integer(2, generator)),
                offset=random_integer(16, generator),
            )
        changed = float((noisy - target).square().mean().sqrt())
        return Corrupted(noisy, target, changed * random_uniform(0, HIGHEST_HINT, generator))

    def _draw_noise(self, generator: torch.Generator) -> tuple[float, float]:
        """Draw shot gain and read variance; stronger cameras' settings raise both together."""
        place = random_uniform(self.weakest, self.strongest, generator)
        log_shot = _LOWEST_LOG_SHOT + place * (_HIGHEST_LOG_SHOT - _LOWEST_LOG_SHOT)
        spread = 0.26 * float(torch.randn((), generator=generator))
        return math.exp(log_shot), math.exp(2.18 * log_shot + 1.20 + spread)


@dataclass(frozen=True)
class Camera:
    """How a camera turns sensor values into a photo, and back.

    Attributes:
        red_gain, blue_gain: white balance, relative to green.
        exposure: digital gain on all channels.
        saturation: how far colours are pulled apart, from sensor to photo.
        has_tone_curve: whether an S-shaped curve adds contrast.
    """

    red_gain: float
    blue_gain: float
    exposure: float
    saturation: float
    has_tone_curve: bool

    @classmethod
    def draw(cls, generator: torch.Generator) -> Camera:
        """Return a random camera."""
        return cls(
            red_gain=random_uniform(1.9, 2.4, generator),
            blue_gain=random_uniform(1.5, 1.9, generator),
            exposure=1 / random_uniform(0.6, 1.0, generator),
            saturation=random_uniform(0.0, 0.6, generator),
            has_tone_curve=bool(random_integer(2, generator)),
        )

    def undevelop(self, photo: Tensor) -> Tensor:
        """Return the sensor values that a (3, H, W) photo in [0, 1] comes from."""
        light = photo.clamp(0, 1)
        if self.has_tone_curve:
            light = 0.5 - torch.sin(torch.asin(1 - 2 * light) / 3)
        light = srgb_to_linear(light)
        sensor = self._mix(light, -self.saturation / (1 + self.saturation))
        return sensor.clamp_(0, 1) / self._gains(photo)

    def develop(self, sensor: Tensor) -> Tensor:
        """Return the photo that (3, H, W) sensor values give, clipped to [0, 1]."""
        light = self._mix((sensor * self._gains(sensor)).clamp_(0, 1), self.saturation)
        photo = linear_to_srgb(light.clamp_(0, 1))
        return photo.square() * (3 - 2 * photo) if self.has_tone_curve else photo

    def _gains(self, like: Tensor) -> Tensor:
        gains = (self.red_gain, 1.0, self.blue_gain)
        return torch.tensor(gains, dtype=like.dtype).mul_(self.exposure).view(3, 1, 1)

    @staticmethod
    def _mix(light: Tensor, saturation: float) -> Tensor:
        """Pull each colour away from the mean of the three; grays stay."""
        return light + saturation * (light - light.mean(0, keepdim=True))


def add_sensor_noise(
    sensor: Tensor, shot: float, read: float, generator: torch.Generator
) -> Tensor:
    """Add Gaussian noise of variance ``shot * sensor + read`` to each value."""
    deviation = (sensor * shot + read).sqrt_()
    return deviation.mul_(torch.randn(sensor.shape, generator=generator)).add_(sensor)


def demosaic(sensor: Tensor, phase: tuple[int, int]) -> Tensor:
    """Keep one colour at each pixel, as under a Bayer filter, and interpolate the other two.

    Args:
        sensor: (3, H, W), at least 2x2.
        phase: row and column of the first red pixel, 0 or 1 each.

    Returns:
        (3, H, W), bilinear interpolation.
    """
    _, height, width = sensor.shape
    rows = (torch.arange(-1, height + 1) + phase[0]).remainder_(2).view(-1, 1)
    columns = (torch.arange(-1, width + 1) + phase[1]).remainder_(2).view(1, -1)
    red, blue = (rows + columns == 0), (rows + columns == 2)
    red_seen, green_seen, blue_seen = _reflect(sensor) * torch.stack([red, ~(red | blue), blue])
    # A green pixel has its own value; elsewhere its four neighbours are all green.
    cross = _sides(green_seen, 0)[:, 1:-1] + _sides(green_seen, 1)[1:-1]
    green = green_seen[1:-1, 1:-1] + cross / 4
    return torch.stack([_spread(red_seen), green, _spread(blue_seen)])


def _reflect(picture: Tensor) -> Tensor:
    """Continue by one pixel on every side by reflection, which keeps the filter's pattern."""
    for dim in (1, 2):
        size = picture.shape[dim]
        ends = picture.narrow(dim, 1, 1), picture.narrow(dim, size - 2, 1)
        picture = torch.cat([ends[0], picture, ends[1]], dim)
    return picture


def _sides(plane: Tensor, dim: int) -> Tensor:
    """The sum of the two neighbours along ``dim``, for all but the first and last place."""
    size = plane.shape[dim] - 2
    return plane.narrow(dim, 0, size) + plane.narrow(dim, 2, size)


def _spread(plane: Tensor) -> Tensor:
    """Interpolate a plane known at every second pixel of every second row, zero elsewhere."""
    plane = plane[1:-1] + _sides(plane, 0) / 2
    return plane[:, 1:-1] + _sides(plane, 1) / 2


def srgb_to_linear(photo: Tensor) -> Tensor:
    """Undo the transfer function of sRGB (IEC 61966-2-1) on values in [0, 1]."""
    return torch.where(photo <= 0.04045, photo / 12.92, ((photo + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(light: Tensor) -> Tensor:
    """Apply the transfer function of sRGB (IEC 61966-2-1) to values in [0, 1]."""
    curve = 1.055 * light.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(light <= 0.0031308, light * 12.92, curve)
