"""Telling what people drew, frames around photos included, from what a camera saw."""

from __future__ import annotations

import torch
from torch import Tensor

# Noise makes neighbours equal by chance only; drawings, frames and text are made of equal ones.
_EQUAL_SHARE = 1 / 3
_MOST_COLOURS = 64
_MAXIMUM_PIXELS = 50_000
_ISOLATED_SHARE = 0.5


def are_drawn(patches: Tensor) -> Tensor:
    """Mark the patches (N, C, k, k) that show exactly equal neighbours in a few chosen colours.

    A clean sky has equal neighbours too, in many colours: it says that there is no noise, where a
    frame around a photo says nothing.
    """
    equal = _equal_to_neighbour(patches)
    return equal if _few_colours(patches[equal]) else torch.zeros_like(equal)


def has_chosen_colours(blocks: Tensor) -> bool:
    """Whether blocks (N, C, k, k), range [0, 1], show few colours far from each other.

    Noise fills the levels between the colours of a picture; dither, pixel art and one-bit pictures
    leave them empty. A level (of 256) is isolated if neither of its neighbours occurs.
    """
    step = max(1, blocks[:, 0].numel() // _MAXIMUM_PIXELS)
    pixels = (blocks[::step].movedim(1, -1).flatten(0, -2) * 255).round().long()
    codes = (pixels * 256 ** torch.arange(pixels.shape[1])).sum(1)
    if len(codes) == 0 or len(codes.unique()) > _MOST_COLOURS:
        return False
    return all(_isolated_share(levels) > _ISOLATED_SHARE for levels in pixels.unbind(1))


def _equal_to_neighbour(patches: Tensor) -> Tensor:
    along_rows = (patches[..., 1:] == patches[..., :-1]).all(1).float().mean((1, 2))
    along_columns = (patches[..., 1:, :] == patches[..., :-1, :]).all(1).float().mean((1, 2))
    return torch.maximum(along_rows, along_columns) > _EQUAL_SHARE


def _few_colours(patches: Tensor) -> bool:
    """Whether four colours make half of the centres of patches, or few ones all of them."""
    middle = patches.shape[-1] // 2
    colours, counts = patches[:, :, middle, middle].unique(dim=0, return_counts=True)
    most = counts.sort(descending=True).values[:4].sum()
    return len(colours) <= min(_MOST_COLOURS, len(patches) / 4) or bool(2 * most >= len(patches))


def _isolated_share(levels: Tensor) -> float:
    counts = torch.bincount(levels, minlength=256)
    used = counts > 0
    neighbour = torch.zeros_like(used)
    neighbour[1:] |= used[:-1]
    neighbour[:-1] |= used[1:]
    return float(counts[used & ~neighbour].sum() / counts.sum())
