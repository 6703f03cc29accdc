"""Small square pieces of photos, at random places and in random orientations."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from scratch_layers.data.seeding import random_integer
from scratch_layers.errors import ShapeError

SYMMETRIES = 8


def cut_patches(photos: Sequence[Tensor], size: int, generator: torch.Generator) -> list[Tensor]:
    """Cut the same random ``size`` x ``size`` square out of every photo.

    Args:
        photos: (C, H, W) tensors of one common height and width, for example two shots of a scene.
        size: side of the square in pixels.

    Returns:
        One (C, size, size) view for each photo.

    Raises:
        ShapeError: the photos differ in size, or are smaller than the square.
    """
    height, width = photos[0].shape[-2:]
    for photo in photos:
        if photo.shape[-2:] != (height, width):
            raise ShapeError(
                f"Photos of one scene must have one size, but one has {width}x{height} pixels and "
                f"another {photo.shape[-1]}x{photo.shape[-2]}."
            )
    if min(height, width) < size:
        raise ShapeError(
            f"A photo of {width}x{height} pixels is smaller than a {size}x{size} patch."
        )
    top = random_integer(height - size + 1, generator)
    left = random_integer(width - size + 1, generator)
    return [photo[..., top : top + size, left : left + size] for photo in photos]


def apply_symmetry(patch: Tensor, symmetry: int) -> Tensor:
    """Turn (..., H, W) by ``symmetry % 4`` quarter turns, mirrored first where it is 4 or more."""
    if symmetry >= SYMMETRIES // 2:
        patch = patch.flip(-1)
    return patch.rot90(symmetry % 4, (-2, -1))
