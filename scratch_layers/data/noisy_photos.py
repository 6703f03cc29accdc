"""Batches from noisy photos of which no clean version exists."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.data.batches import Batch, SkipListener, share_of_batch
from scratch_layers.data.patches import SYMMETRIES, apply_symmetry, cut_patches
from scratch_layers.data.seeding import derived_generator, random_integer
from scratch_layers.data.sources import PhotoSource, as_float, weights_of
from scratch_layers.data.subsampling import CHOICES
from scratch_layers.data.visits import Visits
from scratch_layers.noise_estimation import estimate_sigma


class NoisyPhotoBatches:
    """Patches of noisy photos, with random choices for taking them apart.

    The target of a batch is the noisy patch itself: what is learned from it is up to the objective.
    The noise level of each photo is estimated once, from the whole photo.

    Args:
        photos: noisy photos, each at least ``patch_size`` high and wide.
        batch_size: patches in a batch, over all processes.
        patch_size: side of a patch in pixels, even.
        seed: decides order, crops and choices.
    """

    def __init__(self, photos: PhotoSource, batch_size: int, patch_size: int, seed: int) -> None:
        self._photos = photos
        self._batch_size = batch_size
        self._patch_size = patch_size
        self._seed = seed
        self._visits = Visits(weights_of(photos), seed, photos.name, photos.window)
        self._sigmas: dict[int, float] = {}

    def listen_for_skipped(self, listener: SkipListener) -> None:
        """Call ``listener(name, reason)`` from the loading thread for each photo passed over."""
        self._visits.on_skip = listener

    def batch(self, step: int, attempt: int = 0, share: tuple[int, int] = (0, 1)) -> Batch:
        examples = [
            self._example(position, attempt)
            for position in share_of_batch(step, self._batch_size, share)
        ]
        noisy, sigma, choices = (torch.stack(part) for part in zip(*examples, strict=True))
        return Batch(noisy, noisy, sigma, choices)

    def _example(self, position: int, attempt: int) -> tuple[Tensor, Tensor, Tensor]:
        generator = derived_generator(self._seed, "patch", attempt, position)
        patch, sigma = self._visits.load(position, lambda index: self._cut(index, generator))
        noisy = as_float(apply_symmetry(patch, random_integer(SYMMETRIES, generator)))
        cells = self._patch_size // 2, self._patch_size // 2
        return noisy, sigma, torch.randint(CHOICES, cells, generator=generator)

    def _cut(self, index: int, generator: torch.Generator) -> list[Tensor]:
        photo = self._photos.load(index)
        [patch] = cut_patches([photo], self._patch_size, generator)
        if index not in self._sigmas:
            self._sigmas[index] = estimate_sigma(as_float(photo))
        return [patch, torch.tensor(self._sigmas[index])]
