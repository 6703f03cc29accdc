"""From the description of training data to batches and validation pictures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from desktop_app.services.training.data import DataConfig
from desktop_app.services.training.files import (
    SkippedPicture,
    TrainingDataError,
    smallest_side_of,
)
from desktop_app.services.training.images import FolderPhotos, find_photos
from desktop_app.services.training.pairs import compare_shots, find_pairs
from desktop_app.services.training.thumbnails import noisy_shot, open_thumbnails, validation_shot
from desktop_app.services.training.validation_split import Record, Split, split_photos
from scratch_layers.data.batches import BatchMaker
from scratch_layers.data.camera.mosaic_noise import MosaicNoise
from scratch_layers.data.camera.noise import MixedNoise
from scratch_layers.data.corruption import Corruption, GaussianNoise, PoissonGaussianNoise
from scratch_layers.data.photo_batches import CleanPhotoBatches, NoisyPhotoBatches, PairBatches
from scratch_layers.data.seeding import derived_generator
from scratch_layers.data.sources import PhotoSubset, TensorPhotos
from scratch_layers.models.registry import architecture
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.validation import (
    Example,
    neighbour_examples,
    noisy_examples,
    pair_examples,
)

_VALIDATION_SIZE = 256
_VALIDATION_THUMBNAILS = 200
_NO_EXAMPLES = (
    "None of the photos that are kept aside to measure on can be read: nothing is measured, and no "
    "samples are shown. Take damaged photos out of the folder and start anew."
)


@dataclass(frozen=True)
class TrainingData:
    """Training data, ready for the trainer.

    Attributes:
        batches: makes the batch of any step.
        examples: the validation set.
        skipped: pictures that are not used.
        picture_count: how many pictures are learned from.
        validation: which photos validate the run, to be written down with it.
        notices: sentences about the data that people should know.
    """

    batches: BatchMaker
    examples: list[Example]
    skipped: list[SkippedPicture]
    picture_count: int
    validation: Record = ()
    notices: tuple[str, ...] = ()


def open_training_data(data: DataConfig, training: TrainingConfig) -> TrainingData:
    """Find the pictures, hold some out for validation, and prepare batches from the others.

    Raises:
        TrainingDataError: the pictures cannot be used, or patches do not fit the network.
        PictureError: a folder does not exist or cannot be read.
    """
    if training.objective != data.objective:
        raise TrainingDataError(
            f"Training data of the kind {data.kind} is for the objective {data.objective}, "
            f"not {training.objective}."
        )
    multiple = architecture(training.architecture).size_multiple(training.configuration)
    if data.objective != "supervised" or data.kind == "raw":
        multiple *= 2  # the network gets pictures of half the size
    if data.patch_size % multiple:
        raise TrainingDataError(
            f"A patch of {data.patch_size} pixels does not fit the network "
            f"{training.architecture}; use a multiple of {multiple}."
        )
    openers = {
        "photo": _open_clean_photos,
        "raw": _open_clean_photos,
        "pairs": _open_pairs,
        "noisy": _open_noisy_photos,
        "adapt": _open_single_photo,
        "miniproject": _open_thumbnails,
    }
    return openers[data.kind](data, training, multiple)


def _open_clean_photos(data: DataConfig, training: TrainingConfig, multiple: int) -> TrainingData:
    photos, skipped = find_photos(_paths(data), data.patch_size)
    split = split_photos(photos, data.validation)
    low, high = data.sigma_255
    level = data.validation_sigma_255
    noises: dict[str, tuple[Corruption, Corruption]] = {
        "gaussian": (
            GaussianNoise(low, high, shared_share=0.2, rounded_share=0.25),
            GaussianNoise(level, level),
        ),
        "poisson-gaussian": (PoissonGaussianNoise(low, high), PoissonGaussianNoise(level, level)),
        "camera": (MixedNoise(), MixedNoise()),
        "raw": (MosaicNoise(), MosaicNoise(clean_share=0)),
    }
    corruption, validation_corruption = noises["raw" if data.kind == "raw" else data.noise]
    examples = noisy_examples(
        PhotoSubset(photos, split.kept),
        validation_corruption,
        _VALIDATION_SIZE,
        multiple,
        training.seed,
    )
    batches = CleanPhotoBatches(
        PhotoSubset(photos, split.learned),
        corruption,
        training.batch_size,
        data.patch_size,
        training.seed,
    )
    return _split_data(batches, examples, split, skipped)


def _open_pairs(data: DataConfig, training: TrainingConfig, multiple: int) -> TrainingData:
    first, second, skipped = find_pairs(_paths(data), data.markers, data.patch_size)
    split = split_photos(first, data.validation)
    examples = pair_examples(
        PhotoSubset(first, split.kept),
        PhotoSubset(second, split.kept),
        _VALIDATION_SIZE,
        multiple,
        both_noisy=not data.clean_targets,
    )
    batches = PairBatches(
        PhotoSubset(first, split.learned),
        PhotoSubset(second, split.learned),
        training.batch_size,
        data.patch_size,
        training.seed,
        swap=not data.clean_targets,
    )
    notices = compare_shots(first, second)
    return _split_data(batches, examples, split, skipped, notices)


def _open_noisy_photos(data: DataConfig, training: TrainingConfig, multiple: int) -> TrainingData:
    photos, skipped = find_photos(_paths(data), data.patch_size)
    split = split_photos(photos, data.validation)
    examples = neighbour_examples(
        PhotoSubset(photos, split.kept), 2 * _VALIDATION_SIZE, multiple, training.seed
    )
    batches = NoisyPhotoBatches(
        PhotoSubset(photos, split.learned), training.batch_size, data.patch_size, training.seed
    )
    return _split_data(batches, examples, split, skipped)


def _open_single_photo(data: DataConfig, training: TrainingConfig, multiple: int) -> TrainingData:
    path = _paths(data)[0]
    side = smallest_side_of(path) // multiple * multiple
    if not side:
        raise TrainingDataError(
            f"{path.name} is smaller than {multiple}x{multiple} pixels, too small to learn from."
        )
    batches = NoisyPhotoBatches(
        FolderPhotos([path], [path.name]),
        training.batch_size,
        min(side, data.patch_size),
        training.seed,
    )
    return TrainingData(batches, [], [], 1)


def _open_thumbnails(data: DataConfig, training: TrainingConfig, _multiple: int) -> TrainingData:
    thumbnails = open_thumbnails(data)
    sigma, seed = data.sigma_255[1], training.seed
    first, second = (
        TensorPhotos(noisy_shot(thumbnails.learned, sigma, derived_generator(seed, "shot", number)))
        for number in (1, 2)
    )
    truths = thumbnails.held_out[:_VALIDATION_THUMBNAILS]
    examples = [
        Example(shot.float() / 255, truth.float() / 255, sigma / 255)
        for shot, truth in zip(validation_shot(truths, sigma, seed), truths, strict=True)
    ]
    batches = PairBatches(first, second, training.batch_size, None, seed, swap=False, augment=False)
    return TrainingData(batches, examples, thumbnails.skipped, len(thumbnails.learned))


def _split_data(
    batches: BatchMaker,
    examples: list[Example],
    split: Split,
    skipped: list[SkippedPicture],
    notices: Iterable[str] = (),
) -> TrainingData:
    """Put together what is learned from and what was held out for validation."""
    if not examples:
        notices = (*notices, _NO_EXAMPLES)
    return TrainingData(
        batches,
        examples,
        [*skipped, *split.skipped],
        len(split.learned),
        split.record,
        (*split.notices, *notices),
    )


def _paths(data: DataConfig) -> list[Path]:
    return [Path(folder) for folder in data.folders]
