"""Synthetic noise must have the strength asked for, and clipping must do to it what is said."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.noise import add_noise, clipped_moments, seeded_generator, unclipped_sigma
from scratch_layers.noise_kinds import NOISE_KINDS

EVERY_KIND = pytest.mark.parametrize("kind", NOISE_KINDS)
SIDE = 256


def noise_of(kind: str, level: float, gray: float, seed: int = 1) -> Tensor:
    """The noise that a flat gray image receives."""
    image = torch.full((3, SIDE, SIDE), gray, dtype=torch.float64)
    return add_noise(image, kind, level, seeded_generator(seed)) - image


@pytest.mark.parametrize("sigma_255", [5.0, 25.0, 75.0])
@pytest.mark.parametrize("gray", [0.0, 0.4, 1.0])
def test_gaussian_noise_has_its_moments_at_any_gray(sigma_255: float, gray: float) -> None:
    noise = noise_of("gaussian", sigma_255, gray) * 255 / sigma_255
    assert noise.mean().item() == pytest.approx(0.0, abs=0.01)
    assert noise.std().item() == pytest.approx(1.0, rel=0.01)
    assert (noise**3).mean().item() == pytest.approx(0.0, abs=0.05)
    assert (noise**4).mean().item() == pytest.approx(3.0, rel=0.05)


def test_gaussian_noise_is_not_clipped_and_not_correlated() -> None:
    noise = noise_of("gaussian", 50.0, 1.0)
    assert noise.max() > 0.5
    normalised = noise / noise.std()
    for other in (normalised.roll(1, 2), normalised.roll(1, 1), normalised.roll(1, 0)):
        assert (normalised * other).mean().item() == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("photons", [1.0, 20.0, 500.0])
@pytest.mark.parametrize("gray", [0.1, 0.5, 1.0])
def test_poisson_noise_has_the_variance_of_photon_counts(photons: float, gray: float) -> None:
    noise = noise_of("poisson", photons, gray)
    variance = gray / photons
    assert noise.mean().item() == pytest.approx(0.0, abs=0.02 * math.sqrt(variance))
    assert noise.var().item() == pytest.approx(variance, rel=0.03)
    counts = (noise + gray) * photons
    torch.testing.assert_close(counts, counts.round(), rtol=0, atol=1e-4)


def test_poisson_noise_leaves_black_black_and_takes_negative_values_as_black() -> None:
    image = torch.tensor([0.0, -0.5]).view(1, 1, 2)
    assert torch.equal(add_noise(image, "poisson", 50.0), torch.zeros(1, 1, 2))


@pytest.mark.parametrize("percent", [0.0, 1.0, 20.0, 100.0])
def test_salt_and_pepper_hits_its_share_of_whole_pixels(percent: float) -> None:
    image = torch.full((2, 3, SIDE, SIDE), 0.5)
    noisy = add_noise(image, "salt-pepper", percent, seeded_generator(2))
    share = percent / 100
    tolerance = 4 * math.sqrt(share / image[:, 0].numel())
    assert (noisy == 1.0).double().mean().item() == pytest.approx(share / 2, abs=tolerance)
    assert (noisy == 0.0).double().mean().item() == pytest.approx(share / 2, abs=tolerance)
    assert ((noisy == 0.5) | (noisy == 0.0) | (noisy == 1.0)).all()
    assert torch.equal(noisy[:, 0], noisy[:, 1])
    assert torch.equal(noisy[:, 0], noisy[:, 2])
    assert percent in (0.0, 100.0) or not torch.equal(noisy[0], noisy[1])


@pytest.mark.parametrize("gray", [0.0, 0.25, 1.0])
def test_speckle_grows_with_the_signal(gray: float) -> None:
    noise = noise_of("speckle", 51.0, gray)
    assert noise.mean().item() == pytest.approx(0.0, abs=0.002)
    assert noise.std().item() == pytest.approx(0.2 * gray, rel=0.01)


@EVERY_KIND
@pytest.mark.parametrize("shape", [(3, 8, 9), (1, 8, 9), (2, 3, 8, 9), (0, 3, 4, 4)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16])
def test_shape_and_dtype_are_kept_and_the_image_is_not_changed(
    kind: str, shape: tuple[int, ...], dtype: torch.dtype
) -> None:
    image = torch.rand(shape).to(dtype)
    before = image.clone()
    noisy = add_noise(image, kind, NOISE_KINDS[kind].default, seeded_generator(3))
    assert noisy.shape == image.shape
    assert noisy.dtype == dtype
    assert noisy is not image
    assert torch.equal(image, before)


@EVERY_KIND
def test_the_same_seed_gives_the_same_noise(kind: str) -> None:
    image = torch.rand(3, 32, 32, generator=seeded_generator(0))
    level = NOISE_KINDS[kind].default
    first = add_noise(image, kind, level, seeded_generator(4))
    assert torch.equal(first, add_noise(image, kind, level, seeded_generator(4)))
    assert not torch.equal(first, add_noise(image, kind, level, seeded_generator(5)))
    torch.manual_seed(6)
    second = add_noise(image, kind, level)
    assert not torch.equal(second, add_noise(image, kind, level))
    torch.manual_seed(6)
    assert torch.equal(second, add_noise(image, kind, level))


def test_noise_does_not_depend_on_the_dtype_of_the_image() -> None:
    image = torch.full((1, 8, 8), 0.5)
    for kind, spec in NOISE_KINDS.items():
        single = add_noise(image, kind, spec.default, seeded_generator(7))
        double = add_noise(image.double(), kind, spec.default, seeded_generator(7))
        torch.testing.assert_close(single.double(), double, rtol=0, atol=1e-6)


@EVERY_KIND
def test_limits_of_the_level_are_allowed_and_nothing_beyond(kind: str) -> None:
    spec = NOISE_KINDS[kind]
    assert spec.minimum <= spec.default <= spec.maximum
    image = torch.full((1, 4, 4), 0.5)
    for level in (spec.minimum, spec.maximum):
        assert add_noise(image, kind, level).isfinite().all()
    for level in (spec.minimum - 0.1, spec.maximum + 0.1, math.nan, math.inf):
        with pytest.raises(ArgumentError, match=f"{kind}.*got"):
            add_noise(image, kind, level)


def test_an_unknown_kind_is_named_with_the_choices() -> None:
    with pytest.raises(ArgumentError, match=r"'fog'.*gaussian, poisson, salt-pepper, speckle"):
        add_noise(torch.zeros(1, 4, 4), "fog", 1.0)


@pytest.mark.parametrize("image", [torch.zeros(4, 4), torch.zeros(3, 4, 4, dtype=torch.uint8)])
def test_what_is_not_an_image_is_refused(image: Tensor) -> None:
    with pytest.raises(ShapeError, match="floating-point images"):
        add_noise(image, "gaussian", 25.0)


@pytest.mark.parametrize("mean", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("sigma", [0.02, 0.3])
def test_moments_are_those_of_samples(mean: float, sigma: float) -> None:
    noise = torch.randn(400_000, generator=seeded_generator(1), dtype=torch.float64)
    samples = (mean + sigma * noise).clamp(0, 1)
    first, second = clipped_moments(torch.tensor(mean, dtype=torch.float64), sigma)
    assert float(first) == pytest.approx(float(samples.mean()), abs=5e-3 * sigma)
    assert float(second) == pytest.approx(float(samples.var()), rel=0.01)


@pytest.mark.parametrize("sigma", [0.02, 0.1, 0.3])
def test_the_strength_before_clipping_is_found(sigma: float) -> None:
    light = torch.tensor([0.0, 0.05, 0.3, 0.6, 1.0], dtype=torch.float64)
    first, second = clipped_moments(light, sigma)
    assert unclipped_sigma(float(second.mean().sqrt()), first) == pytest.approx(sigma, rel=0.02)


def test_no_noise_stays_none() -> None:
    assert unclipped_sigma(0.0, torch.tensor([0.5])) == 0.0
