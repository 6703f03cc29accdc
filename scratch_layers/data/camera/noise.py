"""The noise that photos bring along: that of a camera's whole chain, white noise, and none."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.data.camera.development import Camera
from scratch_layers.data.camera.filters import resized
from scratch_layers.data.camera.finishing import Finishing, NoiseReduction
from scratch_layers.data.camera.mosaic import Interpolation, demosaic_bayer, demosaic_xtrans
from scratch_layers.data.camera.sensor import SensorNoise, add_hot_pixels
from scratch_layers.data.corruption import Corrupted, GaussianNoise, draw_hint
from scratch_layers.data.jpeg import compress
from scratch_layers.data.seeding import happens, log_uniform, random_integer, random_uniform
from scratch_layers.errors import ArgumentError

_KNOTS = 12
# As if this many pixels without any shift belonged to each knot, so that few noisy ones count less.
_PRIOR_PIXELS = 40.0


_WHITE = GaussianNoise(0, 60, shared_share=0.3, rounded_share=0.6)


@dataclass(frozen=True)
class CameraNoise:
    """The noise of a random camera at a random sensitivity; the target is its noiseless photo.

    Both go through the same development, and only the noisy one through rounding and compression,
    which are to be undone too. The target keeps the mean that noise gives each shade.

    Args:
        weakest, strongest: part of the range of sensitivities that is used, 0-1.
        jpeg_share: how many photos are compressed.
        lowest_quality: of the compression, to 100.
        resized_share: how many are reduced or enlarged after development, 0.5-1.5 times.

    Raises:
        ArgumentError: a share or quality is out of range.
    """

    weakest: float = 0.0
    strongest: float = 1.0
    jpeg_share: float = 0.8
    lowest_quality: int = 60
    resized_share: float = 0.3

    def __post_init__(self) -> None:
        for share in (self.weakest, self.strongest, self.jpeg_share, self.resized_share):
            if not 0 <= share <= 1:
                raise ArgumentError(f"A share lies between 0 and 1, not at {share}.")
        if self.weakest > self.strongest:
            raise ArgumentError(f"{self.weakest} is not weaker than {self.strongest}.")
        if not 1 <= self.lowest_quality <= 100:
            raise ArgumentError(
                f"A JPEG quality lies between 1 and 100, not at {self.lowest_quality}."
            )

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Corrupted:
        height, width = clean.shape[-2:]
        scale = self._draw_scale(generator)
        if scale < 1:  # noise comes at full size, so the scene must have that
            clean = resized(clean, round(height / scale), round(width / scale), 1 / scale)
        target, noisy = self._take(clean, generator)
        target = with_means_of_shades(target, noisy)
        noisy = NoiseReduction.draw(generator)(target, noisy)
        target, noisy = Finishing.draw(generator)(torch.stack([target, noisy]))
        if scale != 1 or happens(0.1, generator):
            noisy = self._compress(noisy, generator)
        if scale != 1:
            pair = resized(torch.stack([target, noisy]), height, width, scale)
            target, noisy = pair.clamp_(0, 1)
        noisy = self._compress(noisy.mul(255).round_().div_(255), generator)
        return Corrupted(noisy, target, draw_hint(noisy, target, generator))

    def _take(self, clean: Tensor, generator: torch.Generator) -> Tensor:
        """Return the photos without and with noise that a camera takes of a scene: (2, 3, H, W)."""
        camera = Camera.draw(generator)
        sensor = camera.undevelop(clean, _draw_light(generator))
        noise = SensorNoise.draw(random_uniform(self.weakest, self.strongest, generator), generator)
        exposed = noise.add(sensor, generator)
        if happens(0.1, generator):
            exposed = add_hot_pixels(exposed, generator)
        # Some cameras keep values below black until colours are mixed, others cut them off.
        exposed.clamp_(0 if happens(0.5, generator) else -1, 1)
        pair = _demosaic(torch.stack([sensor, exposed]), generator)
        darkened = log_uniform(0.1, 1.0, generator) if happens(0.2, generator) else 1.0
        return camera.develop(pair, darkened)

    def _draw_scale(self, generator: torch.Generator) -> float:
        if not happens(self.resized_share, generator):
            return 1.0
        return log_uniform(0.5, 1.5, generator)

    def _compress(self, photo: Tensor, generator: torch.Generator) -> Tensor:
        if not happens(self.jpeg_share, generator):
            return photo
        # Most photos are saved at high quality.
        worse = (101 - self.lowest_quality) * random_uniform(0, 1, generator) ** 2.5
        return compress(
            photo,
            100 - int(worse),
            subsample=happens(0.6, generator),
            offset=random_integer(16, generator),
        )


def _draw_light(generator: torch.Generator) -> float:
    """Draw how much more light there is than in the clean photo: mostly as much, sometimes less."""
    place = random_uniform(0, 1, generator)
    if place < 0.75:
        return 1.0
    return log_uniform(0.05, 1.0, generator) if place < 0.88 else log_uniform(1.0, 2.0, generator)


def _demosaic(sensor: Tensor, generator: torch.Generator) -> Tensor:
    """Interpolate as one of several cameras, or not at all, as in a photo reduced much."""
    kind = random_uniform(0, 1, generator)
    if kind < 0.15:
        return sensor
    if kind < 0.25:
        return demosaic_xtrans(sensor, (random_integer(6, generator), random_integer(6, generator)))
    interpolation = Interpolation.BILINEAR if kind < 0.5 else Interpolation.GRADIENT_CORRECTED
    phase = random_integer(2, generator), random_integer(2, generator)
    return demosaic_bayer(sensor, phase, interpolation)


def with_means_of_shades(target: Tensor, noisy: Tensor) -> Tensor:
    """Return ``target`` with each shade moved to the mean that it has in ``noisy``.

    Where a sensor's noise is cut off at black, the mean of the photo rises, and nothing in the
    photo tells by how much: a network that learned to undo it would tint the dark parts of photos
    in which nothing was cut off. The shift of a channel is a piecewise linear function of the
    square root of its value, at 12 knots the mean of ``noisy - target`` around the knot.

    Args:
        target, noisy: (3, H, W) in [0, 1].
    """
    places = target.clamp(0, 1).sqrt_().mul_(_KNOTS - 1)
    lower = places.floor().clamp_(max=_KNOTS - 2)
    upper_part = (places - lower).flatten()
    first = torch.arange(3.0).mul_(_KNOTS).view(3, 1, 1)
    knots = lower.add_(first).to(torch.int64).flatten()
    change = (noisy - target).flatten()
    count, total = (
        _spread(knots, upper_part, weight) for weight in (torch.ones_like(change), change)
    )
    shift = total.div_(count.add_(_PRIOR_PIXELS))
    moved = torch.lerp(shift[knots], shift[knots + 1], upper_part)
    return moved.view(target.shape).add_(target).clamp_(0, 1)


def _spread(knots: Tensor, upper_part: Tensor, weight: Tensor) -> Tensor:
    """Sum weights at the knots below and above each value, in proportion to its nearness."""
    upper = upper_part * weight
    sums = torch.bincount(knots, weight - upper, minlength=3 * _KNOTS)
    return sums + torch.bincount(knots + 1, upper, minlength=3 * _KNOTS)


@dataclass(frozen=True)
class MixedNoise:
    """Mostly camera noise, in some patches white noise or next to none.

    White noise is as strong as sigma 60 of 255; in part of the patches it is clipped and rounded to
    8 bits, in part of them it is one noise in all three channels, often of a gray photo. Clean
    patches are there to be left alone; some of them are finely compressed.

    Args:
        white_share, clean_share: of the patches, 0-1; the others have camera noise.

    Raises:
        ArgumentError: the shares are negative or more than 1 together.
    """

    white_share: float = 0.15
    clean_share: float = 0.06

    def __post_init__(self) -> None:
        if min(self.white_share, self.clean_share) < 0 or self.white_share + self.clean_share > 1:
            raise ArgumentError(
                "Shares of white noise and clean patches are positive and at most 1 together, not "
                f"{self.white_share} and {self.clean_share}."
            )

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Corrupted:
        kind = random_uniform(0, 1, generator)
        if kind < self.white_share:
            white = _WHITE(clean, generator)
            target, noisy = white.target, white.noisy
        elif kind < self.white_share + self.clean_share:
            target, noisy = clean, _saved(clean, generator)
        else:
            return CameraNoise()(clean, generator)
        return Corrupted(noisy, target, draw_hint(noisy, target, generator))


def _saved(clean: Tensor, generator: torch.Generator) -> Tensor:
    """Return a clean patch as it is, or as a JPEG of high quality."""
    if happens(0.5, generator):
        return clean
    quality, offset = 93 + random_integer(8, generator), random_integer(16, generator)
    return compress(clean, quality, subsample=False, offset=offset)
