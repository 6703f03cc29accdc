"""Batches from clean photos: noise is added while training."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.data.batches import Batch, SkipListener, share_of_batch
from scratch_layers.data.corruption import Corruption
from scratch_layers.data.patches import SYMMETRIES, apply_symmetry, cut_patches
from scratch_layers.data.seeding import derived_generator, random_integer
from scratch_layers.data.sources import PhotoSource, as_float, weights_of
from scratch_layers.data.visits import Visits


class CleanPhotoBatches:
    """Patches of clean photos with synthetic noise; the target is the clean patch.

    Photos are visited in proportion to their weights, at random places in one of eight
    orientations.

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
        self._visits = Visits(weights_of(photos), seed, photos.name, photos.window)

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
