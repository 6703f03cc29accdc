"""What noise does to the mean of each shade: clipping at black brightens the dark."""

from __future__ import annotations

import torch
from torch import Tensor

_KNOTS = 12
# As if this many pixels without any shift belonged to each knot, so that few noisy ones count less.
_PRIOR_PIXELS = 40.0


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
