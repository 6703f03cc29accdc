"""The chain from light to photo."""

import pytest
import torch

from scratch_layers.data.camera import CameraNoise
from scratch_layers.data.seeding import derived_generator
from scratch_layers.errors import ArgumentError


def soft_photo(size=64):
    place = torch.linspace(0.15, 0.6, size)
    rows = place.expand(size, size)
    return torch.stack([rows, rows.T, rows.flip(1)])


def made(count, noise=CameraNoise(), photo=None):  # noqa: B008 - immutable
    photo = soft_photo() if photo is None else photo
    return [noise(photo, derived_generator(seed)) for seed in range(count)]


def level(corrupted):
    return 255 * float((corrupted.noisy - corrupted.target).square().mean().sqrt())


def test_patches_are_what_a_file_holds():
    for corrupted in made(20):
        steps = corrupted.noisy * 255
        assert torch.allclose(steps, steps.round(), atol=1e-3)
        for picture in (corrupted.noisy, corrupted.target):
            assert picture.shape == (3, 64, 64)
            assert 0 <= picture.min() <= picture.max() <= 1


def test_noise_of_neighbouring_pixels_is_related_as_in_real_photos():
    related = []
    for corrupted in made(20, CameraNoise(weakest=0.5), torch.full((3, 64, 64), 0.5)):
        noise = corrupted.noisy - corrupted.target
        noise = noise - noise.mean((1, 2), keepdim=True)
        product = noise[..., 1:] * noise[..., :-1]
        related.append(float(product.mean() / noise.square().mean()))
    assert sorted(related)[10] > 0.15


def test_noise_levels_cover_those_of_real_cameras():
    levels = sorted(level(corrupted) for corrupted in made(100))
    assert levels[5] < 4
    assert levels[-5] > 15


def test_a_range_of_sensitivities_can_be_chosen():
    weak, strong = (
        sum(map(level, made(40, noise)))
        for noise in (CameraNoise(strongest=0.2), CameraNoise(weakest=0.8))
    )
    assert strong > 3 * weak


def test_the_dark_keeps_its_brightness_and_colour():
    clean = torch.tensor([30, 24, 20]).view(3, 1, 1).expand(3, 64, 64) / 255
    noise = CameraNoise(weakest=0.9, jpeg_share=0.0, resized_share=0.0)
    for corrupted in made(20, noise, clean):
        assert float(corrupted.target.std((1, 2)).max()) < 1e-3
        shift = (corrupted.noisy - corrupted.target).mean((1, 2))
        assert float(shift.abs().max()) < 0.2 * level(corrupted) / 255 + 0.5 / 255


def test_photos_of_any_shape_are_made_noisy():
    [corrupted] = made(1, CameraNoise(resized_share=1.0), soft_photo(48)[:, :, 8:])
    assert corrupted.noisy.shape == corrupted.target.shape == (3, 48, 40)


def test_the_same_generator_makes_the_same_patch():
    [first], [second] = made(1), made(1)
    assert torch.equal(first.noisy, second.noisy)
    assert torch.equal(first.target, second.target)
    assert first.sigma == second.sigma


@pytest.mark.parametrize(
    "changes", [{"weakest": -0.1}, {"jpeg_share": 2}, {"weakest": 0.6, "strongest": 0.5},
                {"lowest_quality": 0}]
)  # fmt: skip
def test_impossible_cameras_are_refused(changes):
    with pytest.raises(ArgumentError):
        CameraNoise(**changes)
