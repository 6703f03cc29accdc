"""Muon: momentum whose every step is an orthogonal matrix."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError
from scratch_layers.optim import Adam

ORTHOGONAL_FROM = 16
"""From this many rows and columns on a parameter is taken as a matrix, else Adam moves it."""

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5


def orthogonalized(matrix: Tensor) -> Tensor:
    r"""Return about the nearest matrix with orthonormal rows (or columns, if those are fewer).

    Of the singular value decomposition :math:`U S V^T` this keeps :math:`U V^T`, without computing
    it: each iteration takes every singular value :math:`s` to
    :math:`a s + b s^3 + c s^5`, which drives them towards one, into about [0.7, 1.2]; those below
    a thousandth of the largest stay smaller. The factors :math:`a I + b X X^T + c (X X^T)^2` of
    all iterations commute, so they are multiplied first, in the matrix's smaller dimension.

    Args:
        matrix: (rows, columns) in floating point. Zeros stay zeros.

    Source: the Newton-Schulz iteration with the coefficients of Jordan et al., "Muon" (2024).
    """
    a, b, c = _COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    wide = matrix.t() if tall else matrix
    wide = wide / wide.norm().clamp(min=1e-30)
    gram = wide @ wide.t()
    factor = torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    for _ in range(_ITERATIONS):
        polynomial = (b * gram).addmm_(gram, gram, alpha=c)
        polynomial.diagonal().add_(a)
        factor = polynomial @ factor
        gram = polynomial @ gram @ polynomial
    result: Tensor = factor @ wide
    return result.t() if tall else result


class Muon(Adam):
    r"""Momentum, orthogonalized: every direction of a weight matrix learns equally fast.

    A convolution's weight (O, C, k, k) is taken as the matrix of O rows and C k k columns. With
    the gradient :math:`g`, at each step::

        velocity = momentum * velocity + g
        value   -= lr * sqrt(max(1, rows / columns)) * orthogonalized(g + momentum * velocity)

    Gradients of convolutions are dominated by few directions; steps that weigh all directions
    alike reach the same loss in a fraction of the steps. Biases and matrices with fewer than
    :data:`ORTHOGONAL_FROM` rows or columns are moved by :class:`~scratch_layers.optim.Adam`.

    Args:
        lr: step of the orthogonalized matrices, not negative.
        momentum: share of the former direction that is kept, in [0, 1).
        adam_share: Adam's learning rate for everything else, as a share of ``lr``.
        weight_decay: matrices shrink by ``1 - lr * weight_decay`` at each step, the rest by
            ``1 - lr * adam_share * weight_decay``.

    Raises:
        ArgumentError: an argument is out of its range.

    Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024).
    """

    def __init__(
        self,
        lr: float = 0.02,
        momentum: float = 0.95,
        adam_share: float = 0.05,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay, decoupled=True)
        for name, value in (("momentum", momentum), ("adam_share", adam_share)):
            if not 0 <= value < 1:
                raise ArgumentError(f"{name} must be at least 0 and below 1, got {value}.")
        self.momentum = momentum
        self.adam_share = adam_share

    def _move(self, value: Tensor, gradient: Tensor, scratch: Tensor, *state: Tensor) -> None:
        if not _is_matrix(value):
            self._move_by_adam(value, gradient, scratch, self.lr * self.adam_share, *state)
            return
        if self.weight_decay:
            value.mul_(1 - self.lr * self.weight_decay)
        velocity = state[0].mul_(self.momentum).add_(gradient)
        ahead = scratch.copy_(gradient).add_(velocity, alpha=self.momentum)
        step = orthogonalized(ahead.view(value.shape[0], -1))
        rows, columns = step.shape
        value.view(rows, columns).add_(step, alpha=-self.lr * math.sqrt(max(1.0, rows / columns)))


def _is_matrix(value: Tensor) -> bool:
    if value.dim() < 2:
        return False
    rows = value.shape[0]
    return min(rows, value.numel() // max(rows, 1)) >= ORTHOGONAL_FROM
