"""Measuring a denoiser on the same noisy pictures again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.data.corruption import Corruption
from scratch_layers.data.photo_batches import noise_level_of_pair
from scratch_layers.data.seeding import derived_generator
from scratch_layers.data.sources import PhotoSource, UnreadablePhotoError, as_float
from scratch_layers.data.subsampling import CHOICES, neighbour_pair
from scratch_layers.losses import MSE, Loss
from scratch_layers.metrics import psnr, ssim
from scratch_layers.noise_estimation import estimate_sigma
from scratch_layers.training.objective import Restorer


@dataclass(frozen=True)
class Example:
    """One noisy picture with what it should look like.

    Attributes:
        noisy, target: (C, H, W) float32.
        sigma: noise level in [0, 1] units, one number or a map (1, H, W).
    """

    noisy: Tensor
    target: Tensor
    sigma: float | Tensor


@dataclass(frozen=True)
class Measurement:
    """Means over the examples: loss, PSNR in dB, SSIM."""

    loss: float
    psnr: float
    ssim: float


def noisy_examples(
    photos: PhotoSource, corruption: Corruption, size: int, multiple: int, seed: int
) -> list[Example]:
    """Cut the centre of each photo and add noise that depends on ``seed`` and its number only.

    Args:
        photos: clean photos; unreadable ones are passed over.
        corruption: makes the noise.
        size: largest height and width of an example, in pixels.
        multiple: heights and widths are multiples of this.
        seed: the same one gives the same noise.
    """
    examples = []
    for index in range(len(photos)):
        try:
            clean = as_float(centre_crop(photos.load(index), size, multiple)).contiguous()
        except UnreadablePhotoError:
            continue
        corrupted = corruption(clean, derived_generator(seed, "validation", index))
        examples.append(Example(corrupted.noisy, corrupted.target, corrupted.sigma))
    return examples


def pair_examples(
    inputs: PhotoSource, targets: PhotoSource, size: int, multiple: int, both_noisy: bool
) -> list[Example]:
    """Cut the centre of both shots of each pair; sigma comes from their difference.

    Args:
        inputs, targets: of equal length; pairs that cannot be loaded are passed over.
        size, multiple: as in :func:`noisy_examples`.
        both_noisy: whether the targets are noisy too.
    """
    examples = []
    for index in range(len(inputs)):
        try:
            shots = [source.load(index) for source in (inputs, targets)]
        except UnreadablePhotoError:
            continue
        noisy, target = (as_float(centre_crop(shot, size, multiple)) for shot in shots)
        sigma = noise_level_of_pair(noisy[None], target[None], both_noisy)
        examples.append(Example(noisy.contiguous(), target.contiguous(), float(sigma)))
    return examples


def neighbour_examples(photos: PhotoSource, size: int, multiple: int, seed: int) -> list[Example]:
    """Take the centre of each noisy photo apart: one half-size picture is to predict the other.

    Figures of such examples lie far below those against clean targets, but rise and fall with them.

    Args:
        photos: noisy photos; unreadable ones are passed over.
        size: largest height and width before taking apart.
        multiple: heights and widths before taking apart are multiples of this.
        seed: decides, with the photo's number, which neighbours are taken.
    """
    examples = []
    for index in range(len(photos)):
        try:
            photo = photos.load(index)
        except UnreadablePhotoError:
            continue
        noisy = as_float(centre_crop(photo, size, multiple))[None]
        cells = (1, noisy.shape[2] // 2, noisy.shape[3] // 2)
        generator = derived_generator(seed, "validation", index)
        first, second = neighbour_pair(
            noisy.contiguous(), torch.randint(CHOICES, cells, generator=generator)
        )
        examples.append(Example(first[0], second[0], estimate_sigma(as_float(photo))))
    return examples


def centre_crop(photo: Tensor, size: int, multiple: int) -> Tensor:
    """Return the centre of (C, H, W), at most ``size`` a side, sides multiples of ``multiple``."""
    height, width = (min(length, size) // multiple * multiple for length in photo.shape[-2:])
    top, left = (photo.shape[-2] - height) // 2, (photo.shape[-1] - width) // 2
    return photo[..., top : top + height, left : left + width]


def restore(restorer: Restorer, example: Example, device: torch.device) -> Tensor:
    """Return the estimate of one example as (C, H, W) on the CPU, clamped to [0, 1]."""
    sigma = torch.as_tensor(example.sigma)[None].to(device)
    return restorer.forward(example.noisy[None].to(device), sigma)[0].clamp(0, 1).cpu()


def measure(
    restorer: Restorer,
    examples: Sequence[Example],
    device: torch.device,
    loss: Loss | None = None,
) -> Measurement:
    """Restore every example and compare with its target; NaN where there are none.

    Args:
        restorer: the network that is measured.
        examples: what it restores.
        device: where it computes.
        loss: how estimates are compared, as in training; by default the mean squared error.
    """
    compare = (loss or MSE()).eval()
    losses, psnrs, ssims = [], [], []
    for example in examples:
        estimate = restore(restorer, example, device)[None]
        target = example.target[None]
        losses.append(float(compare(estimate, target)))
        psnrs.append(float(psnr(estimate, target)))
        ssims.append(float(ssim(estimate, target)))
    return Measurement(*(_mean(values) for values in (losses, psnrs, ssims)))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
