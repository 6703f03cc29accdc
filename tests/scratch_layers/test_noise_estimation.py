"""The noise estimator on pictures with known noise, on awkward ones, and its limits."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from scratch_layers import noise_estimation
from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.noise import add_noise, seeded_generator
from scratch_layers.noise_estimation import estimate_sigma


def picture(height: int = 100, width: int = 130, seed: int = 0) -> Tensor:
    """A colour picture with smooth shading, hard edges, fine stripes and a textured region."""
    generator = seeded_generator(seed)
    y = torch.linspace(0, 1, height).view(-1, 1)
    x = torch.linspace(0, 1, width).view(1, -1)
    shading = 0.3 + 0.3 * x + 0.2 * y
    stripes = 0.1 * torch.sin(1.3 * torch.arange(width)).view(1, -1) * (y > 0.8)
    edges = 0.2 * ((x * 5 + y * 3).floor() % 2) * (y < 0.4)
    texture = torch.rand(height, width, generator=generator) * 0.3 * ((x > 0.8) & (y > 0.4))
    luminance = shading + stripes + edges + texture - 0.1
    tint = torch.tensor([1.0, 0.9, 0.8]).view(3, 1, 1)
    return (luminance * tint).clamp(0.02, 0.98)


def noisy_picture(sigma_255: float, seed: int = 1) -> Tensor:
    return add_noise(picture(), "gaussian", sigma_255, seeded_generator(seed))


@pytest.mark.parametrize("sigma_255", [2.0, 5.0, 15.0, 25.0, 50.0])
def test_known_noise_is_found_in_colour(sigma_255: float) -> None:
    estimate = estimate_sigma(noisy_picture(sigma_255)) * 255
    assert estimate == pytest.approx(sigma_255, rel=0.04)


@pytest.mark.parametrize("sigma_255", [5.0, 15.0, 25.0, 50.0])
def test_known_noise_is_found_in_gray(sigma_255: float) -> None:
    gray = add_noise(picture()[:1], "gaussian", sigma_255, seeded_generator(2))
    assert estimate_sigma(gray) * 255 == pytest.approx(sigma_255, rel=0.1)
    as_colour = gray.expand(3, -1, -1)
    assert estimate_sigma(as_colour) * 255 == pytest.approx(sigma_255, rel=0.1)


def test_noise_common_to_all_channels_is_found() -> None:
    noise = 0.1 * torch.randn(1, 100, 130, generator=seeded_generator(3))
    assert estimate_sigma(picture() + noise) == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize("sigma_255", [5.0, 15.0, 25.0])
def test_rounding_and_clipping_to_eight_bits_change_little(sigma_255: float) -> None:
    bright = picture() * 1.2
    noisy = add_noise(bright, "gaussian", sigma_255, seeded_generator(4))
    stored = (noisy.clamp(0, 1) * 255).round() / 255
    assert estimate_sigma(stored) * 255 == pytest.approx(sigma_255, rel=0.06)


def test_burnt_out_regions_do_not_count() -> None:
    noisy = noisy_picture(15.0)
    noisy[:, :, :60] = 1.0
    assert estimate_sigma(noisy) * 255 == pytest.approx(15.0, rel=0.06)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("light", "sigma_255"), [(0.0, 25.5), (0.1, 50.0), (0.98, 15.0)])
def test_noise_is_found_that_clipping_has_weakened(
    light: float, sigma_255: float, channels: int
) -> None:
    flat = torch.full((channels, 100, 130), light)
    noisy = add_noise(flat, "gaussian", sigma_255, seeded_generator(4)).clamp(0, 1)
    assert estimate_sigma((noisy * 255).round() / 255) * 255 == pytest.approx(sigma_255, rel=0.06)


def test_strong_clipped_noise_is_found_in_a_picture() -> None:
    noisy = noisy_picture(50.0).clamp(0, 1)
    assert estimate_sigma((noisy * 255).round() / 255) * 255 == pytest.approx(50.0, rel=0.03)


@pytest.mark.parametrize("sigma_255", [15.0, 25.0, 50.0])
def test_clipped_noise_is_found_where_the_middle_tones_of_a_gray_photo_are_texture(
    sigma_255: float,
) -> None:
    leaves = avg_pool2d(torch.rand(1, 202, 202, generator=seeded_generator(5)), 3, 1)
    photo = 0.5 + 1.2 * (leaves - 0.5)
    photo[:, :, :50] = torch.linspace(0, 0.35, 50)
    photo[:, :, -50:] = torch.linspace(0.65, 1, 50)
    noisy = add_noise(photo, "gaussian", sigma_255, seeded_generator(6)).clamp(0, 1)
    assert estimate_sigma((noisy * 255).round() / 255) * 255 == pytest.approx(sigma_255, rel=0.08)


def test_shadows_and_highlights_that_are_clipped_make_no_noise_of_texture() -> None:
    contrasty = ((picture() - 0.4) * 2.5 + 0.4).clamp(0, 1)
    assert ((contrasty == 0) | (contrasty == 1)).float().mean() > 0.1
    assert estimate_sigma((contrasty * 255).round() / 255) < 1 / 255


@pytest.mark.parametrize("colour", [0.0, 16 / 255, 1.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_frames_do_not_count(colour: float, channels: int) -> None:
    noisy = (noisy_picture(20.0)[:channels] * 255).round() / 255
    noisy[:, :30] = noisy[:, :, -20:] = colour
    assert estimate_sigma(noisy) * 255 == pytest.approx(20.0, rel=0.1)


def test_pixel_art_holds_no_noise() -> None:
    palette = torch.rand(3, 9, generator=seeded_generator(12))
    tiles = palette[:, torch.randint(9, (50, 65), generator=seeded_generator(13))]
    assert estimate_sigma(tiles.repeat_interleave(2, 1).repeat_interleave(2, 2)) == 0.0


def test_a_batch_of_equal_noise_is_estimated_together() -> None:
    batch = torch.stack([noisy_picture(20.0, seed) for seed in (5, 6)])
    assert estimate_sigma(batch) * 255 == pytest.approx(20.0, rel=0.04)


@pytest.mark.parametrize("gray", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("shape", [(3, 64, 64), (1, 64, 64), (2, 3, 32, 32)])
def test_flat_images_hold_no_noise(gray: float, shape: tuple[int, ...]) -> None:
    assert estimate_sigma(torch.full(shape, gray)) == pytest.approx(0.0, abs=1e-6)


def test_a_clean_ramp_holds_next_to_no_noise() -> None:
    ramp = torch.linspace(0.1, 0.9, 100).expand(3, 80, 100)
    assert estimate_sigma(ramp) < 0.5 / 255


@pytest.mark.parametrize("side", [10, 12, 16, 32])
def test_small_images_are_estimated_roughly(side: int) -> None:
    noise = 0.1 * torch.randn(3, side, side, generator=seeded_generator(7))
    assert estimate_sigma(0.5 + noise) == pytest.approx(0.1, rel=0.3)


@pytest.mark.parametrize("shape", [(3, 1, 1), (3, 9, 9), (1, 1, 500), (3, 0, 9), (0, 3, 9, 9)])
def test_images_too_small_to_tell_are_taken_as_clean(shape: tuple[int, ...]) -> None:
    assert estimate_sigma(torch.rand(shape, generator=seeded_generator(8))) == 0.0


def test_large_images_are_sampled_sparsely() -> None:
    image = add_noise(torch.full((3, 900, 1000), 0.5), "gaussian", 25.0, seeded_generator(9))
    patches = noise_estimation._sample_patches(image.unsqueeze(0), peak=1.0)
    assert patches is not None
    assert 10_000 < len(patches) < 45_000
    assert estimate_sigma(image) * 255 == pytest.approx(25.0, rel=0.02)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_dtypes_are_estimated_too(dtype: torch.dtype) -> None:
    assert estimate_sigma(noisy_picture(25.0).to(dtype)) * 255 == pytest.approx(25.0, rel=0.05)


def test_the_estimate_repeats_and_the_image_is_not_changed() -> None:
    image = noisy_picture(10.0)
    before = image.clone()
    assert estimate_sigma(image) == estimate_sigma(image)
    assert torch.equal(image, before)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_that_are_not_finite_are_refused(value: float) -> None:
    image = noisy_picture(10.0)
    image[0, 20:30, 20:30] = value
    with pytest.raises(ArgumentError, match="NaN"):
        estimate_sigma(image)


@pytest.mark.parametrize("image", [torch.zeros(9, 9), torch.zeros(3, 9, 9, dtype=torch.uint8)])
def test_what_is_not_an_image_is_refused(image: Tensor) -> None:
    with pytest.raises(ShapeError, match="floating-point images"):
        estimate_sigma(image)


@pytest.mark.parametrize("side", [16, 32])
def test_black_beside_white_hides_no_clipped_noise(side: int) -> None:
    y, x = torch.meshgrid(torch.arange(192), torch.arange(192), indexing="ij")
    board = ((y // side + x // side) % 2).float().expand(3, -1, -1)
    noise = torch.randn(board.shape, generator=torch.Generator().manual_seed(1))
    assert 255 * estimate_sigma((board + noise * 20 / 255).clamp(0, 1)) == pytest.approx(20, abs=3)
