"""The eight ways to lay a square on itself, by mirroring and transposing."""

from __future__ import annotations

from torch import Tensor

SYMMETRIES = 8


def apply_symmetry(image: Tensor, symmetry: int) -> Tensor:
    """Mirror (..., H, W) from left to right, upside down, and transpose it.

    Args:
        image: any number of planes.
        symmetry: 0-7, the sum of 1 for left to right, 2 for upside down, and 4 for exchanging
            height and width after that; 0 leaves everything in place.
    """
    mirrored = image.flip([axis for axis, bit in ((-1, 1), (-2, 2)) if symmetry & bit])
    return mirrored.transpose(-1, -2) if symmetry & 4 else mirrored


def undo_symmetry(image: Tensor, symmetry: int) -> Tensor:
    """Return what :func:`apply_symmetry` made ``image`` of."""
    straight = image.transpose(-1, -2) if symmetry & 4 else image
    return apply_symmetry(straight, symmetry & 3)
