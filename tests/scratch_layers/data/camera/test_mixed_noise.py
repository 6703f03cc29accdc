"""Patches with camera noise, white noise and none."""

import pytest
import torch

from scratch_layers.data.camera.noise import MixedNoise
from scratch_layers.data.seeding import derived_generator
from scratch_layers.errors import ArgumentError


def made(noise, count=60):
    generator = derived_generator(9)
    clean = torch.linspace(0.2, 0.8, 48).expand(3, 48, 48) + 0.02 * torch.randn(
        3, 48, 48, generator=generator
    )
    return clean, [noise(clean, derived_generator(seed)) for seed in range(count)]


def is_rounded(picture):
    return torch.allclose(picture * 255, (picture * 255).round(), atol=1e-3)


def test_white_noise_is_free_or_as_a_file_holds_it_and_sometimes_shared():
    _, patches = made(MixedNoise(white_share=1.0, clean_share=0.0))
    changes = [patch.noisy - patch.target for patch in patches]
    gray = [bool((patch.target[0] == patch.target[1]).all()) for patch in patches]
    shared = [
        float((change[0] - change[1]).std()) < 0.3 * float(change[0].std()) for change in changes
    ]
    assert 3 < sum(gray) < sum(shared) < 30
    assert all(is_shared for is_gray, is_shared in zip(gray, shared, strict=True) if is_gray)
    assert 15 < sum(is_rounded(patch.noisy) for patch in patches) < 50
    levels = sorted(255 * float(change.std()) for change in changes)
    assert levels[3] < 10
    assert levels[-3] > 45


def test_clean_patches_stay_nearly_as_they_are():
    clean, patches = made(MixedNoise(white_share=0.0, clean_share=1.0), 20)
    assert all(torch.equal(patch.target, clean) for patch in patches)
    changes = [255 * float((patch.noisy - clean).square().mean().sqrt()) for patch in patches]
    assert 2 < changes.count(0.0) < 18
    assert 0 < max(changes) < 6


def test_most_patches_have_camera_noise():
    clean, patches = made(MixedNoise())
    others = [patch for patch in patches if torch.equal(patch.target, clean)]
    assert len(others) < 30


@pytest.mark.parametrize(("white", "clean"), [(-0.1, 0.1), (0.6, 0.5)])
def test_impossible_shares_are_refused(white, clean):
    with pytest.raises(ArgumentError, match="at most 1 together"):
        MixedNoise(white, clean)
