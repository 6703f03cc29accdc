"""A run that trains in a second."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from scratch_layers.data.corruption import GaussianNoise
from scratch_layers.data.photo_batches import CleanPhotoBatches
from scratch_layers.data.sources import TensorPhotos
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.trainer import Trainer
from scratch_layers.training.validation import noisy_examples


def soft_photos(count: int, seed: int = 0) -> Tensor:
    """Random photos of large soft spots, (count, 3, 32, 32) uint8."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 4, 4, generator=generator)
    return (coarse.repeat_interleave(8, 2).repeat_interleave(8, 3) * 255).to(torch.uint8)


class TinyRun:
    """Makes trainers of a tiny network on synthetic photos."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def config(self, **changes) -> TrainingConfig:
        recipe = {
            "configuration": {"widths": [4, 6], "blocks": 1},
            "steps": 12,
            "batch_size": 2,
            "learning_rate": 3e-3,
            "validate_every": 4,
            "average_decay": 0.9,
            **changes,
        }
        return TrainingConfig(**recipe)

    def batches(self, config: TrainingConfig) -> CleanPhotoBatches:
        return CleanPhotoBatches(
            TensorPhotos(soft_photos(5)), GaussianNoise(0, 55), config.batch_size, 16, config.seed
        )

    def trainer(self, name: str = "run", batches=None, examples=None, **changes) -> Trainer:
        config = self.config(**changes)
        if examples is None:
            corruption = GaussianNoise(25, 25)
            examples = noisy_examples(TensorPhotos(soft_photos(2, 1)), corruption, 32, 8, 1)
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return Trainer(config, batches or self.batches(config), examples, folder)


@pytest.fixture(autouse=True)
def one_thread():
    """Tensors as small as these only lose time to a second thread."""
    former = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(former)


@pytest.fixture
def tiny_run(tmp_path) -> TinyRun:
    return TinyRun(tmp_path)
