"""What a network learns from that cleans the mosaics of sensors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.data.camera.development import Camera
from scratch_layers.data.camera.mosaic import rggb_mosaic
from scratch_layers.data.camera.sensor import SensorNoise, add_hot_pixels
from scratch_layers.data.corruption import Corrupted
from scratch_layers.data.seeding import happens, log_uniform, random_uniform
from scratch_layers.stabilisation import Stabilisation

_NOISELESS = (-2.0, -0.6)
_NOISE_ERROR = 0.08
_GAIN_ERROR = 0.1


@dataclass(frozen=True)
class MosaicNoise:
    """The RGGB mosaic of a random camera at a random sensitivity, without and with noise.

    A clean photo goes back to the sensor's light: tone curve, colours and white balance undone, as
    much light as in a dark scene or one with clipped highlights. White clips, and black does not.
    Some of the photos are averaged over 2x2 pixels first: what neither demosaicing nor JPEG has
    smoothed shows as much detail as a sensor sees. Both mosaics are stabilised, and so is the noise
    level that the network is told, by a noise that is known with an error, as one that was measured
    in a file would be, and a white balance that need not fit the scene.

    Args:
        weakest, strongest: part of the range of sensitivities, see :meth:`SensorNoise.draw`.
        clean_share: of the patches, 0-1, with hardly any noise, to be left alone.
        reduced_share: of the photos, 0-1, reduced by half; of the others, the middle is taken.
    """

    weakest: float = 0.15
    strongest: float = 1.2
    clean_share: float = 0.03
    reduced_share: float = 0.35

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Corrupted:
        """Return stabilised mosaics of a photo, noisy and clean.

        Args:
            clean: (3, H, W) in [0, 1], sides multiples of 4; it is not changed.
            generator: the only source of randomness.

        Returns:
            Mosaics (1, H/2, W/2), and as a map of this shape the noise that the network is told,
            all in the unit of :class:`~scratch_layers.stabilisation.Stabilisation`.
        """
        camera = Camera.draw(generator)
        light = camera.exposure * _draw_light(generator)
        scene = _reduced(clean) if happens(self.reduced_share, generator) else _middle(clean)
        sensor = camera.undevelop(scene).mul_(light).clamp_(max=1)
        noise = self._draw_noise(generator)
        exposed = noise.add(sensor, generator)
        if happens(0.1, generator):
            exposed = add_hot_pixels(exposed, generator)
        # Some cameras cut off what lies below black.
        exposed.clamp_(0 if happens(0.1, generator) else -1, 1)
        stabilisation = Stabilisation(_misjudged(noise, generator), _draw_gains(camera, generator))
        return Corrupted(
            stabilisation.apply(rggb_mosaic(exposed)),
            stabilisation.expected(rggb_mosaic(sensor)),
            stabilisation.sigma_map(*sensor.shape[1:]),
        )

    def _draw_noise(self, generator: torch.Generator) -> SensorNoise:
        is_clean = happens(self.clean_share, generator)
        places = _NOISELESS if is_clean else (self.weakest, self.strongest)
        return SensorNoise.draw(random_uniform(*places, generator), generator)


def _draw_light(generator: torch.Generator) -> float:
    """Draw how bright the scene's white is on the sensor; highlights above 1 are clipped."""
    if happens(0.25, generator):
        return log_uniform(1.0, 3.0, generator)
    return log_uniform(0.08, 1.0, generator)


def _reduced(photo: Tensor) -> Tensor:
    colours, height, width = photo.shape
    return photo.reshape(colours, height // 2, 2, width // 2, 2).mean((2, 4))


def _middle(photo: Tensor) -> Tensor:
    height, width = photo.shape[-2] // 2, photo.shape[-1] // 2
    top, left = height // 2 // 2 * 2, width // 2 // 2 * 2
    return photo[..., top : top + height, left : left + width]


def _misjudged(noise: SensorNoise, generator: torch.Generator) -> SensorNoise:
    shot, read = torch.randn(2, generator=generator).mul_(_NOISE_ERROR).exp_().tolist()
    red, green, blue = noise.shot
    return SensorNoise(
        (shot * red, shot * green, shot * blue),
        (read * noise.read[0], read * noise.read[1], read * noise.read[2]),
    )


def _draw_gains(camera: Camera, generator: torch.Generator) -> tuple[float, float, float]:
    if happens(0.05, generator):
        return (1.0, 1.0, 1.0)
    red, blue = torch.randn(2, generator=generator).mul_(_GAIN_ERROR).tolist()
    return (camera.red_gain * math.exp(red), 1.0, camera.blue_gain * math.exp(blue))
