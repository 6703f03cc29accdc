r"""Winograd's F(4, 3) along one axis: 4 outputs of 3 taps with 6 multiplications instead of 12.

Six neighbouring inputs :math:`x` and three taps :math:`w` are each taken to six numbers in which
convolution is multiplication, and four outputs are taken back:

.. math::
    y = A^T \left[ (G w) \odot (B^T x) \right]

The matrices evaluate polynomials at 0, ±1, ±2 and infinity. They are mostly zeros and small
integers, so each is written out as a few additions of whole blocks of pixels, two blocks at a time
where the same is done to both. The first dimension of every argument counts the numbers of a tile;
the rest may have any shape, all tiles of a block at once.

Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016).
"""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.functional.fast.constants import constant

OUTPUTS = 4
"""Outputs of a tile; tiles begin this many pixels apart."""

INPUTS = 6
"""Inputs of a tile, and numbers that stand for it."""

SPARE = 4
"""Pieces of memory that a transform needs to work with."""

_TAPS = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)

CONSTANT = 1
"""Adding a constant to this one of the six numbers adds it to all four outputs."""


def tap_matrix(like: Tensor) -> Tensor:
    """Return G, (6, 3), which takes three taps to six numbers."""
    return constant(_TAPS, like)


def transform_inputs(x: Tensor, out: Tensor, spare: Tensor) -> None:
    """Write the six numbers :math:`B^T x` of six neighbouring inputs to ``out``.

    Args:
        x, out: (6, ...).
        spare: (4, ...), memory to work with.
    """
    odd, even = spare[1], spare[2]
    torch.sub(x[3:5], x[1:3], alpha=4, out=spare[1:3])
    torch.add(even, odd, out=out[1])
    torch.sub(even, odd, out=out[2])
    torch.sub(x[3:5], x[1:3], out=spare[1:3])
    torch.add(even, odd, alpha=2, out=out[3])
    torch.sub(even, odd, alpha=2, out=out[4])
    torch.sub(x[2::3], x[:4:3], out=spare[::3])
    torch.sub(spare[2], spare[0], alpha=4, out=out[0])
    torch.sub(spare[3], spare[1], alpha=4, out=out[5])


def transform_outputs(m: Tensor, out: Tensor, spare: Tensor) -> None:
    """Write the four outputs :math:`A^T m` that six numbers stand for to ``out``.

    Args:
        m: (6, ...).
        out, spare: (4, ...).
    """
    # even and odd sum up the points 1 and -1, far_even and far_odd the points 2 and -2.
    even, far_even, odd, far_odd = spare
    torch.add(m[1:5:2], m[2:5:2], out=spare[:2])
    torch.sub(m[1:5:2], m[2:5:2], out=spare[2:])
    torch.add(odd, far_odd, alpha=2, out=out[1])
    torch.add(even, far_even, alpha=4, out=out[2])
    even.add_(far_even)
    odd.add_(far_odd, alpha=8)
    torch.add(spare[::2], m[::5], out=out[::3])


def transform_gradients(y: Tensor, out: Tensor, spare: Tensor) -> None:
    """Write the six numbers :math:`A y` of four gradients: the transpose of the outputs' way.

    Args:
        y, spare: (4, ...).
        out: (6, ...).
    """
    even, odd = spare[0], spare[1]
    out[0].copy_(y[0])
    out[5].copy_(y[3])
    torch.add(y[:2], y[2:], out=spare[:2])
    torch.add(even, odd, out=out[1])
    torch.sub(even, odd, out=out[2])
    torch.add(y[:2], y[2:], alpha=4, out=spare[:2])
    torch.add(even, odd, alpha=2, out=out[3])
    torch.sub(even, odd, alpha=2, out=out[4])
