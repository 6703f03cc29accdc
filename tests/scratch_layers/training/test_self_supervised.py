"""Networks that never see a clean photo learn to remove noise."""

import pytest
import torch

from scratch_layers.data.corruption import GaussianNoise
from scratch_layers.data.photo_batches import NoisyPhotoBatches, PairBatches
from scratch_layers.data.sources import TensorPhotos
from scratch_layers.training.events import Validated
from scratch_layers.training.validation import noisy_examples

SIGMA = 30 / 255


def clean_photos(count=4, side=64):
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(count, 3, side // 16, side // 16, generator=generator)
    return coarse.repeat_interleave(16, 2).repeat_interleave(16, 3) * 0.6 + 0.2


def with_noise(photos, seed):
    generator = torch.Generator().manual_seed(seed)
    return photos + SIGMA * torch.randn(photos.shape, generator=generator)


def pairs():
    shots = (TensorPhotos(with_noise(clean_photos(), seed)) for seed in (1, 2))
    return PairBatches(*shots, batch_size=4, patch_size=32, seed=1)


def noisy_photos():
    return NoisyPhotoBatches(TensorPhotos(with_noise(clean_photos(), 1)), 4, 32, seed=1)


@pytest.mark.parametrize(
    ("objective", "batches", "gain"),
    [
        ("supervised", pairs, 0.8),
        ("neighbor2neighbor", noisy_photos, 1.0),
        ("zero-shot", noisy_photos, 0.1),
    ],
)
def test_noise_is_removed_without_a_clean_example(tiny_run, objective, batches, gain):
    examples = noisy_examples(TensorPhotos(clean_photos()), GaussianNoise(30, 30), 64, 8, seed=3)
    trainer = tiny_run.trainer(
        batches=batches(), examples=examples, configuration={"widths": [16], "blocks": 1},
        objective=objective, steps=100, validate_every=100, learning_rate=1e-2, batch_size=4,
        loss="mse",
    )  # fmt: skip
    noisy_psnr = sum(
        -10 * float((example.noisy - example.target).square().mean().log10()) / len(examples)
        for example in examples
    )
    [validated] = [event for event in trainer.run() if isinstance(event, Validated)]
    assert validated.psnr > noisy_psnr + gain
