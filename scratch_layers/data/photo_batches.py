"""Batches of patches: of clean photos, which are made noisy, of noisy photos, and of pairs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from scratch_layers.data.batches import Batch, SkipListener, share_of_batch
from scratch_layers.data.corruption import Corruption
from scratch_layers.data.seeding import derived_generator, random_integer
from scratch_layers.data.sources import PhotoSource, as_float, weights_of
from scratch_layers.data.subsampling import CHOICES
from scratch_layers.data.visits import Visits
from scratch_layers.errors import ShapeError
from scratch_layers.noise_estimation import estimate_sigma
from scratch_layers.symmetries import SYMMETRIES, apply_symmetry


class _PhotoBatches:
    """Goes through photos for the batches of :class:`scratch_layers.data.batches.BatchMaker`."""

    def __init__(self, photos: PhotoSource, batch_size: int, seed: int) -> None:
        self._photos = photos
        self._batch_size = batch_size
        self._seed = seed
        self._visits = Visits(weights_of(photos), seed, photos.name, photos.window)

    def listen_for_skipped(self, listener: SkipListener) -> None:
        """Call ``listener(name, reason)`` from the loading thread for each photo passed over."""
        self._visits.on_skip = listener

    def batch(self, step: int, attempt: int = 0, share: tuple[int, int] = (0, 1)) -> Batch:
        """Return the batch of ``step``."""
        examples = [
            self._example(position, derived_generator(self._seed, "patch", attempt, position))
            for position in share_of_batch(step, self._batch_size, share)
        ]
        return self._joined(*(torch.stack(part) for part in zip(*examples, strict=True)))

    def _example(self, position: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        """Return the tensors of the example at ``position`` in the visiting order."""
        raise NotImplementedError

    def _joined(self, *parts: Tensor) -> Batch:
        """Make a batch of what :meth:`_example` returned, stacked."""
        return Batch(*parts)


class CleanPhotoBatches(_PhotoBatches):
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
        super().__init__(photos, batch_size, seed)
        self._corruption = corruption
        self._patch_size = patch_size

    def _example(self, position: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        [patch] = self._visits.load(
            position,
            lambda index: cut_patches([self._photos.load(index)], self._patch_size, generator),
        )
        symmetry = random_integer(SYMMETRIES, generator)
        clean = as_float(apply_symmetry(patch, symmetry))
        corrupted = self._corruption(clean, generator)
        return corrupted.noisy, corrupted.target, torch.as_tensor(corrupted.sigma)


class NoisyPhotoBatches(_PhotoBatches):
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
        super().__init__(photos, batch_size, seed)
        self._patch_size = patch_size
        self._sigmas: dict[int, float] = {}

    def _joined(self, *parts: Tensor) -> Batch:
        noisy, sigma, choices = parts
        return Batch(noisy, noisy, sigma, choices)

    def _example(self, position: int, generator: torch.Generator) -> tuple[Tensor, ...]:
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


class PairBatches(_PhotoBatches):
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

    Raises:
        ShapeError: the sources differ in length.
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
        super().__init__(inputs, batch_size, seed)
        self._targets = targets
        self._patch_size = patch_size
        self._swap = swap
        self._augment = augment

    def _joined(self, *parts: Tensor) -> Batch:
        noisy, target = map(as_float, parts)
        return Batch(noisy, target, noise_level_of_pair(noisy, target, both_noisy=self._swap))

    def _example(self, position: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        first, second = self._visits.load(position, lambda index: self._cut(index, generator))
        if self._augment:
            symmetry = random_integer(SYMMETRIES, generator)
            first, second = apply_symmetry(first, symmetry), apply_symmetry(second, symmetry)
        if self._swap and random_integer(2, generator):
            first, second = second, first
        return first, second

    def _cut(self, index: int, generator: torch.Generator) -> list[Tensor]:
        photos = [self._photos.load(index), self._targets.load(index)]
        return (
            photos if self._patch_size is None else cut_patches(photos, self._patch_size, generator)
        )


def noise_level_of_pair(first: Tensor, second: Tensor, both_noisy: bool) -> Tensor:
    """Estimate sigma of each (B, C, H, W) pair, as (B,), from the differences of its pixels.

    The difference of two independent noises has variance ``2 sigma^2``; of one noise, ``sigma^2``.
    """
    variance = (first - second).flatten(1).square().mean(1)
    return (variance / 2 if both_noisy else variance).sqrt()


def cut_patches(photos: Sequence[Tensor], size: int, generator: torch.Generator) -> list[Tensor]:
    """Cut the same random ``size`` x ``size`` square out of every photo.

    Args:
        photos: (C, H, W) tensors of one common height and width, for example two shots of a scene.
        size: side of the square in pixels.

    Returns:
        One (C, size, size) view for each photo.

    Raises:
        ShapeError: the photos differ in size, or are smaller than the square.
    """
    height, width = photos[0].shape[-2:]
    for photo in photos:
        if photo.shape[-2:] != (height, width):
            raise ShapeError(
                f"Photos of one scene must have one size, but one has {width}x{height} pixels and "
                f"another {photo.shape[-1]}x{photo.shape[-2]}."
            )
    if min(height, width) < size:
        raise ShapeError(
            f"A photo of {width}x{height} pixels is smaller than a {size}x{size} patch."
        )
    top = random_integer(height - size + 1, generator)
    left = random_integer(width - size + 1, generator)
    return [photo[..., top : top + size, left : left + size] for photo in photos]
