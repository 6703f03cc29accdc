"""The order in which training visits photos, as a pure function of the position in it."""

from __future__ import annotations

import torch

from scratch_layers.data.seeding import derived_generator, derived_seed
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


class SlidingOrder:
    """Visits from a window that slides over the shuffled photos, for photos too many for memory.

    At any time only ``window`` photos are visited, so that only those need be in memory. Every
    ``VISITS`` positions one photo leaves the window and the next one enters it. Like
    :class:`ShuffledOrder`, ``order[position]`` depends on nothing but its arguments.

    Args:
        count: number of photos.
        seed: decides the order.
        window: how many photos are visited in turn, at least 1.

    Raises:
        ArgumentError: there are no photos, or the window is empty.
    """

    VISITS = 64

    def __init__(self, count: int, seed: int, window: int) -> None:
        if window < 1:
            raise ArgumentError(f"A window of {window} photos shows nothing to train on.")
        self._entering = ShuffledOrder(count, seed)
        self._seed = seed
        self._window = window

    def __getitem__(self, position: int) -> int:
        place = derived_seed(self._seed, "window", position) % self._window
        return self._entering[position // self.VISITS + place]
