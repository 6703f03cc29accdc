"""Adding synthetic noise to pictures."""

from __future__ import annotations

from desktop_app.services.image_files import Picture
from desktop_app.services.pixels import samples_to_tensor, tensor_to_picture
from scratch_layers.noise import NOISE_KINDS, add_noise, seeded_generator


def add_noise_to_picture(
    picture: Picture, kind: str, level: float | None = None, seed: int = 0
) -> Picture:
    """Return a noisy copy of a picture; the same seed gives the same noise.

    Args:
        picture: the clean picture; alpha and metadata are kept.
        kind: a key of :data:`scratch_layers.noise.NOISE_KINDS`.
        level: how much, in the unit of that kind; its default where None.
        seed: any whole number from 0 to 2^63 - 1.

    Raises:
        scratch_layers.errors.ArgumentError: the kind is unknown or the level is out of its range.
    """
    if level is None and kind in NOISE_KINDS:
        level = NOISE_KINDS[kind].default
    # A gray picture gets noise in its one channel: averaged from three, it would be weaker.
    clean = samples_to_tensor(picture)
    noisy = add_noise(clean, kind, level if level is not None else 0.0, seeded_generator(seed))
    return tensor_to_picture(noisy, picture)
