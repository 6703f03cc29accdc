"""One picture through a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from desktop_app.services.denoising.noising import add_noise_to_picture
from desktop_app.services.denoising.whole_picture import (
    choose_picture_tile,
    denoise_events,
    denoise_picture,
    estimate_sigma_255,
)
from desktop_app.services.errors import AppError
from desktop_app.services.models import model_store
from desktop_app.services.pictures import Picture, PictureMetadata
from desktop_app.services.pictures.pixels import samples_to_tensor
from scratch_layers.errors import CancelledError, OutputError
from scratch_layers.inference import TileDone, window_bytes
from scratch_layers.models import Denoiser
from scratch_layers.noise_estimation import estimate_sigma


@pytest.fixture(scope="module")
def denoiser(subtracting_model: Path) -> Denoiser:
    return model_store.load(subtracting_model, "cpu")[0]


def picture_of(value: int, channels: int = 3, size: int = 40, dtype: type = np.uint8) -> Picture:
    return Picture(
        np.full((size, size, channels), value, dtype), metadata=PictureMetadata(comment=b"kept")
    )


@pytest.mark.parametrize("channels", [1, 3])
def test_the_result_is_what_the_model_says(denoiser, channels):
    result = denoise_picture(picture_of(100, channels), denoiser, sigma_255=25.0)
    assert (result.picture.samples == 90).all()
    assert result.picture.samples.shape == (40, 40, channels)
    assert result.picture.metadata.comment == b"kept"
    assert result.sigma_255 == 25.0
    assert result.seconds > 0


def test_16_bits_stay_16_bits(denoiser):
    result = denoise_picture(picture_of(30_001, dtype=np.uint16), denoiser, sigma_255=5.0)
    assert (result.picture.samples == 30_001 - 2570).all()


@pytest.mark.parametrize(("strength", "expected"), [(0, 100), (50, 95), (100, 90)])
def test_strength_mixes_source_and_result(denoiser, strength, expected):
    result = denoise_picture(picture_of(100), denoiser, sigma_255=25.0, strength=strength)
    assert (result.picture.samples == expected).all()


def test_the_noise_level_is_estimated_where_none_is_given(denoiser):
    generator = np.random.default_rng(0)
    noise = generator.normal(0, 12, (96, 96, 3))
    noisy = Picture(np.rint(128 + noise).clip(0, 255).astype(np.uint8))
    result = denoise_picture(noisy, denoiser)
    assert result.sigma_255 == pytest.approx(12, abs=1.5)
    assert result.sigma_255 == pytest.approx(estimate_sigma_255(noisy))


def test_gray_noise_is_estimated_from_the_one_channel():
    gray = Picture(np.full((96, 96, 1), 128, np.uint8))
    noisy = add_noise_to_picture(gray, "gaussian", 12.0)
    assert estimate_sigma_255(noisy) == pytest.approx(12, abs=1.5)


def test_extreme_noise_is_told_as_the_most_the_models_know(denoiser):
    values = np.random.default_rng(0).normal(128, 120, (64, 64, 3)).clip(0, 255)
    assert denoise_picture(Picture(values.astype(np.uint8)), denoiser).sigma_255 == 75.0


def test_tiles_are_reported_and_do_not_show(denoiser):
    noise = np.random.default_rng(0).integers(20, 256, (100, 90, 3)).astype(np.uint8)
    seen: list[TileDone] = []
    tiled = denoise_picture(Picture(noise), denoiser, sigma_255=9.0, tile=32, on_tile=seen.append)
    np.testing.assert_array_equal(tiled.picture.samples, noise - 10)
    assert len(seen) == seen[0].total > 4


def test_cancelling_between_tiles(denoiser):
    seen: list[TileDone] = []
    with pytest.raises(CancelledError):
        denoise_picture(
            picture_of(9, size=100),
            denoiser,
            sigma_255=9.0,
            tile=32,
            on_tile=seen.append,
            cancelled=lambda: len(seen) == 2,
        )
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"sigma_255": 75.5}, "noise level .* between 0 and 75, not 75.5"),
        ({"sigma_255": -1.0}, "noise level"),
        ({"sigma_255": float("nan")}, "noise level"),
        ({"strength": 101.0}, "strength .* between 0 and 100"),
    ],
)
def test_arguments_out_of_range(denoiser, options, complaint):
    with pytest.raises(AppError, match=complaint):
        next(denoise_events(picture_of(9), denoiser, **options))


def test_a_model_that_gives_no_numbers_is_found_out():
    broken = Denoiser.create("photo-unet", {"widths": [4, 4], "blocks": 1})
    next(iter(broken.network.named_parameters()))[1].value.fill_(float("nan"))
    with pytest.raises(OutputError, match="not numbers"):
        denoise_picture(picture_of(9), broken, sigma_255=9.0)


def test_one_pixel(denoiser):
    assert denoise_picture(picture_of(99, size=1), denoiser).picture.samples.tolist() == [
        [[89] * 3]
    ]


def test_transparent_parts_keep_their_own_colours_in_every_tile(denoiser):
    alpha = np.full((60, 50), 255, np.uint8)
    alpha[::2] = 0
    picture = Picture(np.full((60, 50, 3), 100, np.uint8), alpha=alpha)
    result = denoise_picture(picture, denoiser, sigma_255=9.0, tile=32).picture
    assert (result.samples[::2] == 100).all()
    assert (result.samples[1::2] == 90).all()
    np.testing.assert_array_equal(result.alpha, alpha)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_estimate_does_not_depend_on_how_the_picture_is_read(dtype):
    generator = np.random.default_rng(0)
    peak = np.iinfo(dtype).max
    noisy = (peak * (0.5 + generator.normal(0, 0.05, (90, 80, 3)))).clip(0, peak).astype(dtype)
    picture = Picture(noisy)
    assert estimate_sigma_255(picture) == pytest.approx(
        255 * estimate_sigma(samples_to_tensor(picture)), rel=1e-5
    )


def test_tiles_and_result_together_stay_within_the_budget(denoiser):
    picture = Picture(np.zeros((3000, 4000, 3), np.uint8))
    tall, wide = choose_picture_tile(picture, denoiser, 100)
    halo = 2 * denoiser.halo
    tiles = window_bytes(denoiser, (tall + halo) * (wide + halo))
    assert tiles + picture.samples.nbytes <= 100 * 2**20


def test_a_lack_of_memory_is_told_and_changes_nothing(denoiser, monkeypatch):
    noise = np.random.default_rng(0).integers(20, 256, (200, 90, 3)).astype(np.uint8)
    whole = Denoiser.denoise

    def hungry(self, image, sigma):
        if image.shape[2] > 150:
            raise MemoryError
        return whole(self, image, sigma)

    monkeypatch.setattr(Denoiser, "denoise", hungry)
    result = denoise_picture(Picture(noise), denoiser, sigma_255=9.0)
    np.testing.assert_array_equal(result.picture.samples, noise - 10)
    assert result.notices
    assert "Memory ran out on the processor" in result.notices[0]
