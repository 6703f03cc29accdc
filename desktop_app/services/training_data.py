"""From the plain description of training data to what the trainer needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch

from desktop_app.services.training_images import (
    SkippedPicture,
    TrainingDataError,
    find_photos,
    read_thumbnail_sheets,
)
from scratch_layers.data.batches import BatchMaker
from scratch_layers.data.clean_photos import CleanPhotoBatches
from scratch_layers.data.corruption import GaussianNoise
from scratch_layers.data.pairs import PairBatches
from scratch_layers.data.seeding import derived_generator
from scratch_layers.data.sources import PhotoSubset, TensorPhotos, split_indices
from scratch_layers.models.registry import architecture
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.validation import Example, noisy_examples

KINDS = ("photo", "miniproject")
THUMBNAIL_SIZE = 32
VALIDATION_SHEET = "val.png"
HIGHEST_SIGMA_255 = 75.0

_VALIDATION_PHOTOS = 8
_VALIDATION_SIZE = 256
_VALIDATION_THUMBNAILS = 200


@dataclass(frozen=True)
class DataConfig:
    """What a run learns from.

    Attributes:
        kind: "photo" (clean photos, synthetic noise) or "miniproject" (sheets of thumbnails, made
            into pairs of noisy pictures).
        folders: where the pictures lie.
        patch_size: side of a training patch in pixels.
        sigma_255: range of noise levels, 0-255 scale; both ends equal for a fixed level.
        validation_sigma_255: noise level of the validation pictures.

    Raises:
        TrainingDataError: a value cannot be used.
    """

    kind: str
    folders: tuple[str, ...]
    patch_size: int = 64
    sigma_255: tuple[float, float] = (0.0, 55.0)
    validation_sigma_255: float = 25.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise TrainingDataError(
                f"Training data is one of {', '.join(KINDS)}, not {self.kind!r}."
            )
        if not self.folders:
            raise TrainingDataError("Training needs at least one folder of pictures.")
        if self.patch_size < 1:
            raise TrainingDataError(f"A patch of {self.patch_size} pixels cannot be cut.")
        for sigma_255 in (*self.sigma_255, self.validation_sigma_255):
            if not 0 <= sigma_255 <= HIGHEST_SIGMA_255:
                raise TrainingDataError(
                    f"The noise level {sigma_255:g} lies outside 0-{HIGHEST_SIGMA_255:g}."
                )
        if self.sigma_255[0] > self.sigma_255[1]:
            raise TrainingDataError(
                f"Noise levels go from low to high, not from {self.sigma_255[0]:g} to "
                f"{self.sigma_255[1]:g}."
            )

    def to_json(self) -> dict[str, Any]:
        """Return the description as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> DataConfig:
        """Rebuild a description.

        Raises:
            TrainingDataError: a name is unknown or missing, or a value cannot be used.
        """
        known = {item.name for item in fields(cls)}
        try:
            tuples = {name: tuple(values[name]) for name in ("folders", "sigma_255")}
            return cls(**{**values, **tuples})
        except (TypeError, KeyError) as problem:
            raise TrainingDataError(
                f"The description of the training data cannot be used ({problem}); "
                f"it needs {', '.join(sorted(known))}."
            ) from problem


@dataclass(frozen=True)
class TrainingData:
    """Training data, ready for the trainer.

    Attributes:
        batches: makes the batch of any step.
        examples: the validation set.
        skipped: pictures that are not used.
        picture_count: how many pictures are learned from.
    """

    batches: BatchMaker
    examples: list[Example]
    skipped: list[SkippedPicture]
    picture_count: int


def open_training_data(data: DataConfig, training: TrainingConfig) -> TrainingData:
    """Find the pictures, hold some out for validation, and prepare batches from the others.

    Raises:
        TrainingDataError: the pictures cannot be used, or patches do not fit the network.
        PictureError: a folder does not exist or cannot be read.
    """
    multiple = architecture(training.architecture).size_multiple(training.configuration)
    if data.patch_size % multiple:
        raise TrainingDataError(
            f"A patch of {data.patch_size} pixels does not fit the network "
            f"{training.architecture}; use a multiple of {multiple}."
        )
    if data.kind == "miniproject":
        return _thumbnail_pairs(data, training)
    return _clean_photos(data, training, multiple)


def _clean_photos(data: DataConfig, training: TrainingConfig, multiple: int) -> TrainingData:
    photos, skipped = find_photos([Path(folder) for folder in data.folders], data.patch_size)
    # Of a handful of photos none can be spared: they are then validated on as well.
    held_out = min(_VALIDATION_PHOTOS, len(photos) // 5)
    learned, kept = split_indices(len(photos), held_out, training.seed)
    examples = noisy_examples(
        PhotoSubset(photos, kept or learned[:_VALIDATION_PHOTOS]),
        GaussianNoise(data.validation_sigma_255, data.validation_sigma_255),
        _VALIDATION_SIZE,
        multiple,
        training.seed,
    )
    batches = CleanPhotoBatches(
        PhotoSubset(photos, learned),
        GaussianNoise(*data.sigma_255),
        training.batch_size,
        data.patch_size,
        training.seed,
    )
    return TrainingData(batches, examples, skipped, len(learned))


def _thumbnail_pairs(data: DataConfig, training: TrainingConfig) -> TrainingData:
    [folder] = data.folders[:1]
    clean, skipped = read_thumbnail_sheets(
        Path(folder), THUMBNAIL_SIZE, lambda path: path.name != VALIDATION_SHEET
    )
    unseen, _ = read_thumbnail_sheets(
        Path(folder), THUMBNAIL_SIZE, lambda path: path.name == VALIDATION_SHEET
    )
    sigma = data.sigma_255[1]
    first, second = (
        TensorPhotos(noisy_shot(clean, sigma, derived_generator(training.seed, "shot", number)))
        for number in (1, 2)
    )
    unseen = unseen[:_VALIDATION_THUMBNAILS]
    noisy = noisy_shot(unseen, sigma, derived_generator(training.seed, "validation"))
    examples = [
        Example(shot.float() / 255, truth.float() / 255, sigma / 255)
        for shot, truth in zip(noisy, unseen, strict=True)
    ]
    batches = PairBatches(
        first, second, training.batch_size, None, training.seed, swap=False, augment=False
    )
    return TrainingData(batches, examples, skipped, len(clean))


def noisy_shot(photos: torch.Tensor, sigma_255: float, generator: torch.Generator) -> torch.Tensor:
    """Return one noisy picture of each, as a file would hold it: rounded and clipped to 8 bits.

    Args:
        photos: (N, 3, H, W) uint8.
        sigma_255: standard deviation of the Gaussian noise, 0-255 scale.
        generator: the source of randomness.
    """
    noisy = torch.empty_like(photos)
    for start in range(0, len(photos), 1000):
        part = photos[start : start + 1000]
        noise = torch.randn(part.shape, generator=generator).mul_(sigma_255)
        noisy[start : start + 1000] = noise.add_(part).round_().clamp_(0, 255).to(torch.uint8)
    return noisy
