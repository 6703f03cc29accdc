"""Targets have the mean brightness of the noisy photo, shade by shade."""

import torch

from scratch_layers.data.camera.noise import with_means_of_shades
from scratch_layers.data.seeding import derived_generator


def test_a_dark_flat_target_takes_the_mean_of_its_clipped_noise():
    target = torch.tensor([4.0, 8.0, 90.0]).view(3, 1, 1).expand(3, 64, 64) / 255
    noise = torch.randn(3, 64, 64, generator=derived_generator(0)) * 12 / 255
    noisy = (target + noise).clamp(0, 1)
    moved = with_means_of_shades(target, noisy)
    assert float(moved.std((1, 2)).max()) < 1e-6
    assert float((moved - noisy).mean((1, 2)).abs().max()) < 0.1 / 255
    assert float((moved - target)[0].mean()) > 2 / 255


def test_the_shift_of_a_shade_follows_its_brightness():
    target = torch.linspace(0, 1, 64 * 64).view(1, 64, 64).expand(3, 64, 64)
    shift = 0.05 * (1 - target).square()
    noise = 0.02 * torch.randn(3, 64, 64, generator=derived_generator(1))
    moved = with_means_of_shades(target, target + shift + noise)
    assert float((moved - target - shift)[:, 1:].abs().mean()) < 0.003


def test_a_noiseless_photo_keeps_its_target():
    target = torch.rand(3, 20, 24, generator=derived_generator(2))
    assert torch.allclose(with_means_of_shades(target, target), target, atol=1e-6)
