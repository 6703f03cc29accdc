"""From photos to the batches one training step learns from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from scratch_layers.data.corruption import Corruption
from scratch_layers.data.order import ShuffledOrder
from scratch_layers.data.patches import SYMMETRIES, apply_symmetry, cut_patches
from scratch_layers.data.seeding import derived_generator, random_integer
from scratch_layers.data.sources import PhotoSource, UnreadablePhotoError, as_float
from scratch_layers.errors import ShapeError


@dataclass(frozen=True)
class Batch:
    """What one step learns from.

    Attributes:
        noisy: (B, 3, H, W) network input, float32.
        target: (B, 3, H, W) what the output is compared with, float32.
        sigma: (B,) standard deviation of the noise in [0, 1] units.
    """

    noisy: Tensor
    target: Tensor
    sigma: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch on ``device``."""
        return Batch(self.noisy.to(device), self.target.to(device), self.sigma.to(device))


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


class _Visits:
    """Goes through photos in shuffled order and passes over those that cannot be used."""

    def __init__(self, count: int, seed: int, name: Callable[[int], str]) -> None:
        self._count = count
        self._order = ShuffledOrder(count, seed)
        self._name = name
        self._skipped: set[int] = set()
        self.on_skip: SkipListener | None = None

    def load(self, position: int, load: Callable[[int], list[Tensor]]) -> list[Tensor]:
        """Return the photo at ``position``, or the next usable one by number."""
        first = self._order[position]
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


class CleanPhotoBatches:
    """Patches of clean photos with synthetic noise; the target is the clean patch.

    Each photo is visited once an epoch, at a random place in one of eight orientations.

    Args:
        photos: clean photos, each at least ``patch_size`` high and wide.
        corruption: makes the noisy patch.
        batch_size: patches in a batch, over all processes.
        patch_size: side of a patch in pixels.
        seed: decides order, crops and noise.
    """

    def __init__(
        self,
        photos: PhotoSource,
        corruption: Corruption,
        batch_size: int,
        patch_size: int,
        seed: int,
    ) -> None:
        self._photos = photos
        self._corruption = corruption
        self._batch_size = batch_size
        self._patch_size = patch_size
        self._seed = seed
        self._visits = _Visits(len(photos), seed, photos.name)

    def listen_for_skipped(self, listener: SkipListener) -> None:
        """Call ``listener(name, reason)`` from the loading thread for each photo passed over."""
        self._visits.on_skip = listener

    def batch(self, step: int, attempt: int = 0, share: tuple[int, int] = (0, 1)) -> Batch:
        examples = [
            self._example(position, attempt)
            for position in share_of_batch(step, self._batch_size, share)
        ]
        return Batch(*(torch.stack(part) for part in zip(*examples, strict=True)))

    def _example(self, position: int, attempt: int) -> tuple[Tensor, Tensor, Tensor]:
        generator = derived_generator(self._seed, "patch", attempt, position)
        [patch] = self._visits.load(
            position,
            lambda index: cut_patches([self._photos.load(index)], self._patch_size, generator),
        )
        symmetry = random_integer(SYMMETRIES, generator)
        clean = as_float(apply_symmetry(patch, symmetry))
        corrupted = self._corruption(clean, generator)
        return corrupted.noisy, corrupted.target, torch.tensor(corrupted.sigma)


class PairBatches:
    """Patches of two shots of one scene, one noisy shot learning to predict the other.

    With independent noise of zero mean in both, the expected gradient is that of a clean target
    (Lehtinen et al., "Noise2Noise", ICML 2018).

    Args:
        inputs, targets: sources of equal length; photo i of one belongs to photo i of the other.
        batch_size, seed: as in :class:`CleanPhotoBatches`.
        patch_size: side of a patch in pixels; ``None`` takes the whole photos, which must all
            have one size.
        swap: also learn the other way round, each with probability 1/2; only right where both
            shots are noisy.
        augment: turn and mirror the patches.
    """

    def __init__(
        self,
        inputs: PhotoSource,
        targets: PhotoSource,
        batch_size: int,
        patch_size: int | None,
        seed: int,
        swap: bool = True,
        augment: bool = True,
    ) -> None:
        if len(inputs) != len(targets):
            raise ShapeError(
                f"Pairs need two photos each, but there are {len(inputs)} inputs and "
                f"{len(targets)} targets."
            )
        self._inputs = inputs
        self._targets = targets
        self._batch_size = batch_size
        self._patch_size = patch_size
        self._seed = seed
        self._swap = swap
        self._augment = augment
        self._visits = _Visits(len(inputs), seed, inputs.name)

    def listen_for_skipped(self, listener: SkipListener) -> None:
        """Call ``listener(name, reason)`` from the loading thread for each pair passed over."""
        self._visits.on_skip = listener

    def batch(self, step: int, attempt: int = 0, share: tuple[int, int] = (0, 1)) -> Batch:
        pairs = [
            self._pair(position, attempt)
            for position in share_of_batch(step, self._batch_size, share)
        ]
        noisy = as_float(torch.stack([first for first, _ in pairs]))
        target = as_float(torch.stack([second for _, second in pairs]))
        return Batch(noisy, target, noise_level_of_pair(noisy, target, both_noisy=self._swap))

    def _pair(self, position: int, attempt: int) -> tuple[Tensor, Tensor]:
        generator: torch.Generator | None = None
        if self._patch_size is not None or self._swap or self._augment:
            generator = derived_generator(self._seed, "patch", attempt, position)
        first, second = self._visits.load(position, lambda index: self._cut(index, generator))
        if self._augment and generator is not None:
            symmetry = random_integer(SYMMETRIES, generator)
            first, second = apply_symmetry(first, symmetry), apply_symmetry(second, symmetry)
        if self._swap and generator is not None and random_integer(2, generator):
            first, second = second, first
        return first, second

    def _cut(self, index: int, generator: torch.Generator | None) -> list[Tensor]:
        photos = [self._inputs.load(index), self._targets.load(index)]
        if self._patch_size is None or generator is None:
            return photos
        return cut_patches(photos, self._patch_size, generator)


def share_of_batch(step: int, batch_size: int, share: tuple[int, int]) -> range:
    """Return the positions in the visiting order that one process handles at ``step``.

    Process ``rank`` of ``world`` takes every ``world``-th position of the joined batch.
    """
    rank, world = share
    return range(step * batch_size + rank, (step + 1) * batch_size, world)


def noise_level_of_pair(first: Tensor, second: Tensor, both_noisy: bool) -> Tensor:
    """Estimate sigma of each (B, C, H, W) pair, as (B,), from the differences of its pixels.

    The difference of two independent noises has variance ``2 sigma^2``; of one noise, ``sigma^2``.
    """
    variance = (first - second).flatten(1).square().mean(1)
    return (variance / 2 if both_noisy else variance).sqrt()
