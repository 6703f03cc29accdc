"""Batches from two shots of each scene."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.data.batches import Batch, SkipListener, share_of_batch
from scratch_layers.data.patches import SYMMETRIES, apply_symmetry, cut_patches
from scratch_layers.data.seeding import derived_generator, random_integer
from scratch_layers.data.sources import PhotoSource, as_float, weights_of
from scratch_layers.data.visits import Visits
from scratch_layers.errors import ShapeError


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
        self._visits = Visits(weights_of(inputs), seed, inputs.name, inputs.window)

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


def noise_level_of_pair(first: Tensor, second: Tensor, both_noisy: bool) -> Tensor:
    """Estimate sigma of each (B, C, H, W) pair, as (B,), from the differences of its pixels.

    The difference of two independent noises has variance ``2 sigma^2``; of one noise, ``sigma^2``.
    """
    variance = (first - second).flatten(1).square().mean(1)
    return (variance / 2 if both_noisy else variance).sqrt()
