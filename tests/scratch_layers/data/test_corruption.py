"""Random noise for training patches."""

import pytest
import torch

from scratch_layers.data.corruption import GaussianNoise
from scratch_layers.data.seeding import derived_generator
from scratch_layers.errors import ArgumentError


def test_gaussian_noise_covers_its_range_and_leaves_the_clean_patch_alone():
    clean = torch.full((3, 8, 8), 0.5)
    levels = []
    for seed in range(50):
        noisy, sigma = GaussianNoise(10, 30)(clean, derived_generator(seed))
        levels.append(sigma * 255)
        assert noisy.shape == clean.shape
        assert not torch.equal(noisy, clean)
    assert torch.equal(clean, torch.full((3, 8, 8), 0.5))
    assert 10 <= min(levels) < 13
    assert 27 < max(levels) <= 30


def test_gaussian_noise_is_not_clipped():
    noisy, _ = GaussianNoise(50, 50)(torch.ones(3, 32, 32), derived_generator(1))
    assert noisy.max() > 1


@pytest.mark.parametrize(("low", "high"), [(-1, 5), (6, 5), (float("nan"), 5)])
def test_impossible_ranges_are_refused(low, high):
    with pytest.raises(ArgumentError, match="Noise levels"):
        GaussianNoise(low, high)
