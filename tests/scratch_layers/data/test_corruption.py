"""Random noise for training patches."""

import pytest
import torch

from scratch_layers.data.corruption import GaussianNoise, PoissonGaussianNoise
from scratch_layers.data.seeding import derived_generator
from scratch_layers.errors import ArgumentError


def test_gaussian_noise_covers_its_range_and_leaves_the_clean_patch_alone():
    clean = torch.full((3, 8, 8), 0.5)
    levels = []
    for seed in range(50):
        corrupted = GaussianNoise(10, 30)(clean, derived_generator(seed))
        levels.append(corrupted.sigma * 255)
        assert corrupted.target is clean
        assert corrupted.noisy.shape == clean.shape
        assert not torch.equal(corrupted.noisy, clean)
    assert torch.equal(clean, torch.full((3, 8, 8), 0.5))
    assert 10 <= min(levels) < 13
    assert 27 < max(levels) <= 30


def test_gaussian_noise_is_not_clipped():
    corrupted = GaussianNoise(50, 50)(torch.ones(3, 32, 32), derived_generator(1))
    assert corrupted.noisy.max() > 1


def test_gaussian_noise_can_be_shared_by_the_channels_and_rounded_as_files_are():
    clean = torch.rand(3, 32, 32, generator=derived_generator("clean"))
    shared = gray = rounded = 0
    for seed in range(60):
        noise = GaussianNoise(20, 20, shared_share=0.5, rounded_share=0.5)
        corrupted = noise(clean, derived_generator(seed))
        is_gray = not torch.equal(corrupted.target, clean)
        is_rounded = torch.equal(corrupted.noisy, corrupted.noisy.mul(255).round().div(255))
        difference = corrupted.noisy - corrupted.target
        is_shared = float((difference[0] - difference[1]).abs().median()) < 1.1 / 255
        assert is_shared or not is_gray
        if is_gray:
            assert torch.equal(corrupted.target[0], corrupted.target[2])
        assert not is_rounded or 0 <= corrupted.noisy.min() <= corrupted.noisy.max() <= 1
        shared, gray, rounded = shared + is_shared, gray + is_gray, rounded + is_rounded
    assert 15 < shared < 45
    assert 0 < gray < shared
    assert 15 < rounded < 45


def test_poisson_gaussian_noise_grows_with_brightness():
    clean = torch.cat([torch.full((3, 200, 100), 0.1), torch.full((3, 200, 100), 0.9)], dim=2)
    growths, levels = [], []
    for seed in range(12):
        corrupted = PoissonGaussianNoise(20, 20)(clean, derived_generator(seed))
        noise = corrupted.noisy - clean
        growths.append(float(noise[..., 100:].var() / noise[..., :100].var()))
        levels.append(float(noise.std()) * 255)
        assert abs(float(noise.mean())) < 0.002
    assert levels == pytest.approx([20.0] * 12, rel=0.03)
    assert min(growths) < 2
    assert max(growths) > 4
    assert max(growths) < 9.5


def test_poisson_gaussian_noise_of_no_level_is_no_noise():
    clean = torch.rand(3, 16, 16)
    corrupted = PoissonGaussianNoise(0, 0)(clean, derived_generator(1))
    assert float((corrupted.noisy - clean).abs().max()) < 0.003


@pytest.mark.parametrize("noise", [GaussianNoise, PoissonGaussianNoise])
@pytest.mark.parametrize(("low", "high"), [(-1, 5), (6, 5), (float("nan"), 5)])
def test_impossible_ranges_are_refused(noise, low, high):
    with pytest.raises(ArgumentError, match="Noise levels"):
        noise(low, high)
