"""Going through photos in shuffled order, and past those that cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from scratch_layers.data.batches import SkipListener
from scratch_layers.data.seeding import derived_generator, derived_seed
from scratch_layers.data.sources import UnreadablePhotoError
from scratch_layers.errors import ArgumentError, ShapeError

_MOST_ENTRIES = 1 << 16


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


class Visits:
    """The photos in the order in which training visits them: more often those that weigh more.

    Each epoch, the lightest photo is visited once and the others as often as they outweigh it.

    Args:
        weights: of each photo, positive; in training on patches, its number of pixels.
        seed: decides the order.
        name: returns what people call a photo.
        window: how many photos fit into memory; None where all do.

    Attributes:
        on_skip: called with name and reason, once for each photo that is passed over.
    """

    def __init__(
        self,
        weights: Sequence[float],
        seed: int,
        name: Callable[[int], str],
        window: int | None = None,
    ) -> None:
        self._count = len(weights)
        self._entries = _entries(weights)
        count = len(self._entries)
        self._order: ShuffledOrder | SlidingOrder = (
            ShuffledOrder(count, seed) if window is None else SlidingOrder(count, seed, window)
        )
        self._name = name
        self._skipped: set[int] = set()
        self.on_skip: SkipListener | None = None

    def load(self, position: int, load: Callable[[int], list[Tensor]]) -> list[Tensor]:
        """Return the photo at ``position``, or the next usable one by number.

        Args:
            position: in the visiting order, from 0.
            load: returns what is wanted of the photo with a number.

        Returns:
            What ``load`` returned.

        Raises:
            UnreadablePhotoError: none of the photos can be used.
        """
        first = self._entries[self._order[position]]
        for offset in range(self._count):
            index = (first + offset) % self._count
            if index in self._skipped:
                continue
            try:
                return load(index)
            except (UnreadablePhotoError, ShapeError) as problem:
                self._skipped.add(index)
                if self.on_skip is not None:
                    self.on_skip(self._name(index), str(problem))
        raise UnreadablePhotoError("None of the photos can be used for training.")


def _entries(weights: Sequence[float]) -> list[int]:
    """Return the numbers of the photos, each as often as an epoch visits it."""
    if not weights:
        return []
    unit = max(min(weights), sum(weights) / _MOST_ENTRIES)
    return [
        index for index, weight in enumerate(weights) for _ in range(max(1, round(weight / unit)))
    ]
