"""What a network for mosaics learns from."""

import torch

from scratch_layers.data.camera.mosaic_noise import MosaicNoise
from scratch_layers.data.seeding import derived_generator


def soft_photo(size=64):
    place = torch.linspace(0.05, 0.9, size)
    rows = place.expand(size, size)
    return torch.stack([rows, rows.T, rows.flip(1)])


def made(count, noise=MosaicNoise()):  # noqa: B008 - immutable
    return [noise(soft_photo(), derived_generator(seed)) for seed in range(count)]


def test_the_noise_is_as_strong_as_the_network_is_told_and_has_no_mean():
    ratios, means = [], []
    for corrupted in made(40):
        assert corrupted.noisy.shape == corrupted.target.shape == (1, 32, 32)
        assert corrupted.sigma.shape == (1, 32, 32)
        change = (corrupted.noisy - corrupted.target) / corrupted.sigma
        if corrupted.sigma.mean() > 2 / 255:
            ratios.append(float(change.abs().median()) / 0.6745)
            means.append(float(change.clamp(-6, 6).mean()))
    assert len(ratios) > 20
    assert 0.9 < sorted(ratios)[len(ratios) // 2] < 1.1
    assert abs(sum(means) / len(means)) < 0.05


def test_levels_reach_from_none_to_those_of_the_highest_sensitivities():
    levels = sorted(255 * float(corrupted.sigma.mean()) for corrupted in made(80))
    assert levels[0] < 1
    assert levels[-5] > 20


def test_some_scenes_are_dark_and_some_have_clipped_highlights():
    targets = [corrupted.target for corrupted in made(40, MosaicNoise(clean_share=1.0))]
    greens = [target[0, ::2, 1::2] for target in targets]
    assert sum(int((green == green.max()).sum()) > 20 for green in greens) > 2
    assert sum(float(target.mean()) < 0.3 for target in targets) > 5
