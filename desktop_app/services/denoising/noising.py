"""Adding synthetic noise to pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scratch_layers.errors import ArgumentError
from scratch_layers.noise_kinds import NOISE_KINDS, NoiseKind

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from desktop_app.services.pictures import Picture

PICTURE_NOISES = {
    **NOISE_KINDS,
    "camera": NoiseKind("Camera at high sensitivity", "% of its range", 0, 100, 50, 100),
}
"""The kinds of noise by name: those of the library, and the chain of a whole camera."""


def add_noise_to_picture(
    picture: Picture, kind: str, level: float | None = None, seed: int = 0
) -> Picture:
    """Return a noisy copy of a picture; the same seed gives the same noise.

    Args:
        picture: the clean picture; alpha and metadata are kept.
        kind: a key of :data:`PICTURE_NOISES`.
        level: how much, in the unit of that kind; its default where None.
        seed: any whole number from 0 to 2^63 - 1.

    Raises:
        scratch_layers.errors.ArgumentError: the kind is unknown or the level is out of its range.
    """
    from desktop_app.services.pictures.pixels import samples_to_tensor, tensor_to_picture
    from scratch_layers.noise import add_noise, seeded_generator

    if level is None:
        level = PICTURE_NOISES[kind].default if kind in PICTURE_NOISES else 0.0
    # A gray picture gets noise in its one channel: averaged from three, it would be weaker.
    clean, generator = samples_to_tensor(picture), seeded_generator(seed)
    if kind == "camera":
        noisy = _camera(clean, level, generator)
    elif kind in NOISE_KINDS:
        noisy = add_noise(clean, kind, level, generator)
    else:
        raise ArgumentError(
            f"Unknown kind of noise {kind!r}; choose from {', '.join(PICTURE_NOISES)}."
        )
    return tensor_to_picture(noisy, picture)


def _camera(image: Tensor, percent: float, generator: torch.Generator) -> Tensor:
    """Add what a camera's sensor would have added at ``percent`` of the sensitivities.

    With t and n the photo that the simulated camera develops without and with sensor noise, the
    result is ``image + n - t``: what demosaicing blurs in both of them stays out of the comparison
    with the clean picture.
    """
    import torch

    from scratch_layers.data.camera.development import Camera
    from scratch_layers.data.camera.mosaic import demosaic_bayer
    from scratch_layers.data.camera.sensor import SensorNoise
    from scratch_layers.data.seeding import random_integer

    if not 0 <= percent <= 100:
        raise ArgumentError(
            f"The level of camera noise lies between 0 and 100, not at {percent:g}."
        )
    if min(image.shape[-2:]) < 3:
        raise ArgumentError("Camera noise needs a picture of at least 3 x 3 pixels.")
    camera = Camera.draw(generator)
    sensor = camera.undevelop(image[0].expand(3, -1, -1))
    exposed = SensorNoise.draw(percent / 100, generator).add(sensor, generator)
    phase = random_integer(2, generator), random_integer(2, generator)
    target, noisy = camera.develop(demosaic_bayer(torch.stack([sensor, exposed]), phase))
    change: Tensor = (noisy - target)[None]
    if image.shape[1] == 1:
        change = change.mean(1, keepdim=True)
    return image + change
