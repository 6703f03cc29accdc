"""Batches of photos that have no clean version."""

import pytest
import torch

from scratch_layers.data.photo_batches import NoisyPhotoBatches
from scratch_layers.data.sources import TensorPhotos


def noisy_photos(levels, side=64):
    generator = torch.Generator().manual_seed(0)
    slope = torch.linspace(0.3, 0.7, side).expand(3, side, side)
    return [slope + level / 255 * torch.randn(slope.shape, generator=generator) for level in levels]


def test_batches_name_the_estimated_level_of_each_photo():
    batches = NoisyPhotoBatches(TensorPhotos(noisy_photos([10, 40])), 2, 32, seed=1)
    levels = sorted((batches.batch(0).sigma * 255).tolist())
    assert levels == pytest.approx([10, 40], rel=0.1)


def test_a_batch_depends_on_seed_step_and_attempt_alone():
    photos = TensorPhotos(noisy_photos([10, 20, 30]))
    forwards, backwards = (NoisyPhotoBatches(photos, 2, 32, seed=1) for _ in range(2))
    first = [forwards.batch(step) for step in range(4)]
    second = [backwards.batch(step) for step in reversed(range(4))][::-1]
    for one, other in zip(first, second, strict=True):
        assert torch.equal(one.noisy, other.noisy)
        assert torch.equal(one.choices, other.choices)
        assert torch.equal(one.sigma, other.sigma)
        assert one.choices.shape == (2, 16, 16)
        assert one.target is one.noisy
    assert not torch.equal(first[0].noisy, forwards.batch(0, attempt=1).noisy)


def test_photos_that_are_too_small_are_passed_over_and_named():
    photos = TensorPhotos([*noisy_photos([10]), torch.rand(3, 16, 16)])
    batches = NoisyPhotoBatches(photos, 4, 32, seed=1)
    told = []
    batches.listen_for_skipped(lambda name, reason: told.append(name))
    for step in range(4):
        assert batches.batch(step).noisy.shape == (4, 3, 32, 32)
    assert told == ["photo 1"]
