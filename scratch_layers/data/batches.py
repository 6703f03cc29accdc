"""What one training step learns from, and who makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """What one step learns from.

    Attributes:
        noisy: (B, 3, H, W) network input, float32.
        target: (B, 3, H, W) what the output is compared with, float32.
        sigma: (B,) standard deviation of the noise in [0, 1] units.
        choices: (B, H/2, W/2) random choices for
            :func:`scratch_layers.data.subsampling.neighbour_pair`, or None.
    """

    noisy: Tensor
    target: Tensor
    sigma: Tensor
    choices: Tensor | None = None

    def to(self, device: torch.device) -> Batch:
        """Return the batch on ``device``."""
        choices = None if self.choices is None else self.choices.to(device)
        return Batch(self.noisy.to(device), self.target.to(device), self.sigma.to(device), choices)


SkipListener = Callable[[str, str], None]


class BatchMaker(Protocol):
    """Makes the batch of any step, from nothing but the step's number and the run's seed."""

    def listen_for_skipped(self, listener: SkipListener) -> None:
        """Call ``listener(name, reason)`` for each photo passed over, from whichever thread."""

    def batch(self, step: int, attempt: int = 0, share: tuple[int, int] = (0, 1)) -> Batch:
        """Return the batch of ``step``.

        Args:
            step: number of the step, from 0.
            attempt: how often training was rolled back; other attempts get other crops and noise.
            share: (rank, world size): with several processes, each makes its part of the batch.

        Raises:
            UnreadablePhotoError: none of the photos can be used.
        """


def share_of_batch(step: int, batch_size: int, share: tuple[int, int]) -> range:
    """Return the positions in the visiting order that one process handles at ``step``.

    Process ``rank`` of ``world`` takes every ``world``-th position of the joined batch.
    """
    rank, world = share
    return range(step * batch_size + rank, (step + 1) * batch_size, world)
