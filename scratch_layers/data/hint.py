"""What a network is told about the noise of a patch while it learns to judge for itself."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.data.seeding import happens, random_uniform

BLIND_SHARE = 0.2
"""How many patches come without a hint, as sigma 0."""

LOWEST_HINT, HIGHEST_HINT = 0.5, 1.2
"""Bounds of the hint as a part of the true change."""


def draw_hint(noisy: Tensor, target: Tensor, generator: torch.Generator) -> float:
    """Return a rough measure of the noise, or 0.

    It is the root mean square of ``noisy - target`` times a factor uniform between
    :data:`LOWEST_HINT` and :data:`HIGHEST_HINT`. Noise that neighbours share and JPEG has smoothed
    is hard to measure in a photo: a network that learns from such hints looks at the photo first,
    and works when it is told nothing.
    """
    if happens(BLIND_SHARE, generator):
        return 0.0
    change = float((noisy - target).square().mean().sqrt())
    return change * random_uniform(LOWEST_HINT, HIGHEST_HINT, generator)
