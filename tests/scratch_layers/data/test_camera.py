"""The chain from light to photo."""

import pytest
import torch

from scratch_layers.data.camera import (
    HIGHEST_HINT,
    Camera,
    CameraNoise,
    add_sensor_noise,
    demosaic,
    linear_to_srgb,
    srgb_to_linear,
)
from scratch_layers.data.seeding import derived_generator
from scratch_layers.errors import ArgumentError


def soft_photo(size=64):
    place = torch.linspace(0.15, 0.6, size)
    rows = place.expand(size, size)
    return torch.stack([rows, rows.T, rows.flip(1)])


def test_the_transfer_function_has_its_standard_values_and_inverse():
    light = torch.tensor([0.0, 0.002, 0.18, 0.5, 1.0])
    assert linear_to_srgb(light).tolist() == pytest.approx(
        [0.0, 0.02584, 0.46135, 0.73536, 1.0], abs=1e-4
    )
    assert srgb_to_linear(linear_to_srgb(light)).tolist() == pytest.approx(light.tolist(), abs=1e-6)


def test_developing_undoes_undeveloping():
    for seed in range(10):
        camera = Camera.draw(derived_generator(seed))
        photo = 0.3 + 0.1 * soft_photo()
        assert torch.allclose(camera.develop(camera.undevelop(photo)), photo, atol=2e-4)


def test_sensor_noise_has_the_documented_variance():
    dark, bright = torch.full((3, 200, 200), 0.1), torch.full((3, 200, 200), 0.8)
    for sensor, variance in ((dark, 0.0011), (bright, 0.0081)):
        noise = add_sensor_noise(sensor, 0.01, 0.0001, derived_generator(1)) - sensor
        assert float(noise.var()) == pytest.approx(variance, rel=0.02)
        assert abs(float(noise.mean())) < 1e-3


@pytest.mark.parametrize("phase", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_demosaicing_keeps_what_the_filter_let_through(phase):
    sensor = torch.rand(3, 6, 8, generator=torch.Generator().manual_seed(0))
    seen = demosaic(sensor, phase)
    top, left = phase
    assert torch.equal(seen[0, top::2, left::2], sensor[0, top::2, left::2])
    assert torch.equal(seen[2, 1 - top :: 2, 1 - left :: 2], sensor[2, 1 - top :: 2, 1 - left :: 2])
    assert torch.equal(seen[1, top::2, 1 - left :: 2], sensor[1, top::2, 1 - left :: 2])
    assert torch.equal(seen[1, 1 - top :: 2, left::2], sensor[1, 1 - top :: 2, left::2])


@pytest.mark.parametrize("phase", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_demosaicing_is_exact_on_slopes(phase):
    rows, columns = torch.arange(6.0).view(-1, 1), torch.arange(8.0).view(1, -1)
    sensor = (rows * 2 + columns * 3 + 1).expand(3, 6, 8)
    inner = (slice(None), slice(1, -1), slice(1, -1))
    assert torch.allclose(demosaic(sensor, phase)[inner], sensor[inner])


def test_noise_of_neighbouring_pixels_is_related_as_in_real_photos():
    photo = torch.full((3, 128, 128), 0.5)
    corrupted = CameraNoise(jpeg_share=0.0, mosaic_share=1.0, weakest=0.5)(
        photo, derived_generator(3)
    )
    noise = corrupted.noisy - corrupted.target
    noise = noise - noise.mean((1, 2), keepdim=True)
    related = (noise[..., 1:] * noise[..., :-1]).mean() / noise.square().mean()
    assert float(related) > 0.2


def test_patches_are_what_a_file_holds_and_sigma_hints_at_the_change():
    hints = []
    photo = soft_photo()
    for seed in range(20):
        corrupted = CameraNoise()(photo, derived_generator(seed))
        steps = corrupted.noisy * 255
        assert torch.allclose(steps, steps.round(), atol=1e-3)
        assert 0 <= corrupted.noisy.min() <= corrupted.noisy.max() <= 1
        change = (corrupted.noisy - corrupted.target).square().mean().sqrt()
        hints.append(corrupted.sigma / float(change))
    assert 0 <= min(hints) < 0.3
    assert 0.9 < max(hints) <= HIGHEST_HINT


def test_noise_levels_cover_those_of_real_cameras():
    made = [CameraNoise()(soft_photo(), derived_generator(seed)) for seed in range(100)]
    levels = sorted(255 * float((one.noisy - one.target).square().mean().sqrt()) for one in made)
    assert levels[5] < 4
    assert levels[-5] > 20


def test_a_range_of_sensitivities_can_be_chosen():
    weak, strong = (
        sum(noise(soft_photo(), derived_generator(seed)).sigma for seed in range(40))
        for noise in (CameraNoise(strongest=0.2), CameraNoise(weakest=0.8))
    )
    assert strong > 3 * weak


def test_the_same_generator_makes_the_same_patch():
    first, second = (CameraNoise()(soft_photo(), derived_generator(5)) for _ in range(2))
    assert torch.equal(first.noisy, second.noisy)
    assert torch.equal(first.target, second.target)


@pytest.mark.parametrize(
    "changes", [{"weakest": -0.1}, {"jpeg_share": 2}, {"weakest": 0.6, "strongest": 0.5},
                {"lowest_quality": 0}]
)  # fmt: skip
def test_impossible_cameras_are_refused(changes):
    with pytest.raises(ArgumentError):
        CameraNoise(**changes)
