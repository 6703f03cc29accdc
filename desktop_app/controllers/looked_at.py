"""What is looked at while one learns: the open photo or the sample, and the model at work on it."""

from __future__ import annotations

from dataclasses import dataclass

from desktop_app.controllers.noise import SAMPLE_NOISE
from desktop_app.services import pictures
from desktop_app.services.denoising.noising import add_noise_to_picture
from desktop_app.services.pictures.pyramid import ImagePyramid, Pixels, to_display
from desktop_app.services.resources import sample_picture

LARGEST_SIDE = 256
"""Of the part that is shown, in pixels: maps of more could not be told apart."""


@dataclass(frozen=True)
class LookedAt:
    """A picture and the model that works on it.

    Attributes:
        pyramid: of the picture, ``None`` for the sample with noise.
        model: name or path.
        sigma_255: the noise level that the network is told; estimated where ``None``.
    """

    pyramid: ImagePyramid | None
    model: str
    sigma_255: float | None

    def pixels(self) -> Pixels:
        """Return the middle of the picture (H, W, 3) as it is: reduced, it would lose noise."""
        if self.pyramid is not None:
            return middle(self.pyramid.levels[0])
        sample = pictures.open_picture(sample_picture())
        noisy = add_noise_to_picture(sample, *SAMPLE_NOISE)
        return middle(to_display(noisy.samples))


def middle(pixels: Pixels) -> Pixels:
    """Return the middle of a picture (H, W, 3), at most :data:`LARGEST_SIDE` pixels a side."""
    height, width = pixels.shape[:2]
    top, left = max(0, height - LARGEST_SIDE) // 2, max(0, width - LARGEST_SIDE) // 2
    return pixels[top : top + LARGEST_SIDE, left : left + LARGEST_SIDE]


def clean_sample() -> Pixels:
    """Return the whole sample (H, W, 3) without noise."""
    return to_display(pictures.open_picture(sample_picture()).samples)
