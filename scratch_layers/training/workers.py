"""The processes that train one network together, each on its share of every batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor


class Workers(Protocol):
    """All processes of a run; they hold the same weights and apply the same steps.

    Attributes:
        rank: number of this process, from 0; the first one keeps the run's folder.
        count: how many there are.
    """

    rank: int
    count: int

    def average(self, loss: Tensor, gradients: Sequence[Tensor]) -> float:
        """Replace gradients by their means over all processes, in place; return the mean loss.

        Args:
            loss: of this process's share of the batch, one number without axes.
            gradients: of every parameter, in its shape; in the same order everywhere.
        """

    def agree(self, values: Sequence[float]) -> list[float]:
        """Return the values that the first process has."""


class SingleWorker:
    """One process on its own."""

    rank = 0
    count = 1

    def average(self, loss: Tensor, gradients: Sequence[Tensor]) -> float:
        """Return the loss; the gradients are their own means."""
        return float(loss)

    def agree(self, values: Sequence[float]) -> list[float]:
        """Return the values."""
        return list(values)
