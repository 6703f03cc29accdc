"""The order in which training visits photos, as a pure function of the position in it."""

from __future__ import annotations

import torch

from scratch_layers.data.seeding import derived_generator
from scratch_layers.errors import ArgumentError


class ShuffledOrder:
    """Every photo once an epoch, each epoch shuffled anew.

    ``order[position]`` depends on nothing but ``count``, ``seed`` and ``position``, so training can
    go on from any position without knowing how it got there.

    Raises:
        ArgumentError: there are no photos.
    """

    def __init__(self, count: int, seed: int) -> None:
        if count < 1:
            raise ArgumentError("There are no photos to train on.")
        self._count = count
        self._seed = seed
        self._epoch = -1
        self._permutation: list[int] = []

    def __getitem__(self, position: int) -> int:
        epoch, place = divmod(position, self._count)
        if epoch != self._epoch:
            generator = derived_generator(self._seed, "order", epoch)
            self._permutation = torch.randperm(self._count, generator=generator).tolist()
            self._epoch = epoch
        return self._permutation[place]
