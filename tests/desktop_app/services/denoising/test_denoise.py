"""One picture through a model."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from desktop_app.services.denoising.denoise import (
    DenoisingOptions,
    denoise,
)
from desktop_app.services.denoising.events import Begun, Notice, PartDone, Steps, finished
from desktop_app.services.denoising.noise_found import DEFAULT_SIGMA_255, NoiseFound, find_noise
from desktop_app.services.denoising.noising import add_noise_to_picture
from desktop_app.services.denoising.tiles import choose_tile_within
from desktop_app.services.errors import AppError
from desktop_app.services.models.model_choice import LoadedModel, ModelChoice
from desktop_app.services.pictures import Picture, PictureMetadata
from scratch_layers.errors import CancelledError, OutputError
from scratch_layers.inference import window_bytes
from scratch_layers.models import Denoiser


@pytest.fixture(scope="module")
def models(subtracting_model: Path) -> ModelChoice:
    return ModelChoice(str(subtracting_model), "cpu")


def denoise_picture(picture, models, on_part=lambda _: None, **options):
    """Denoise at once, without measuring noise that nobody asks for."""
    cancelled = options.pop("cancelled", None)
    noise = options.pop("noise", NoiseFound("white", 5.0))
    events = denoise(picture, models, DenoisingOptions(**options), noise=noise, cancelled=cancelled)
    steps = Steps(events)
    for event in steps:
        if isinstance(event, PartDone):
            on_part(event)
    return steps.result


def picture_of(value: int, channels: int = 3, size: int = 40, dtype: type = np.uint8) -> Picture:
    return Picture(
        np.full((size, size, channels), value, dtype), metadata=PictureMetadata(comment=b"kept")
    )


@pytest.mark.parametrize("channels", [1, 3])
def test_the_result_is_what_the_model_says(models, channels):
    result = denoise_picture(picture_of(100, channels), models, sigma_255=25.0)
    assert (result.picture.samples == 90).all()
    assert result.picture.samples.shape == (40, 40, channels)
    assert result.picture.metadata.comment == b"kept"
    assert result.sigma_255 == 25.0
    assert result.seconds > 0


def test_16_bits_stay_16_bits(models):
    result = denoise_picture(picture_of(30_001, dtype=np.uint16), models, sigma_255=5.0)
    assert (result.picture.samples == 30_001 - 2570).all()


@pytest.mark.parametrize(("strength", "expected"), [(0, 100), (50, 95), (100, 90)])
def test_strength_mixes_source_and_result(models, strength, expected):
    result = denoise_picture(picture_of(100), models, sigma_255=25.0, strength=strength)
    assert (result.picture.samples == expected).all()


def test_the_noise_level_is_measured_where_none_is_given(models):
    generator = np.random.default_rng(0)
    noise = generator.normal(0, 12, (96, 96, 3))
    noisy = Picture(np.rint(128 + noise).clip(0, 255).astype(np.uint8))
    result = denoise_picture(noisy, models, noise=None)
    assert result.sigma_255 == pytest.approx(12, abs=1.5)
    assert result.noise == find_noise(noisy)
    assert result.sentence == "White noise, about 12 of 255: model Takes 10 away."


def test_gray_noise_is_measured_in_its_one_channel_and_told_as_it_is(models):
    gray = Picture(np.full((96, 96, 1), 128, np.uint8))
    noisy = add_noise_to_picture(gray, "gaussian", 12.0)
    found = find_noise(noisy)
    assert found.sigma_255 == pytest.approx(12, abs=1.5)
    result = denoise_picture(noisy, models, noise=found, sigma_255=10.0)
    assert result.sigma_255 == result.told_sigma_255 == 10.0


def test_half_of_a_level_in_doubt_is_told_to_a_model_that_judges_noise_itself():
    made = LoadedModel("any", "Any", Denoiser.create("paper"), noise_kind="camera")
    in_doubt = NoiseFound("camera", 5.0, trusted=False)
    assert in_doubt.figures == "Camera noise, perhaps 5 of 255"
    assert made.told(5.0, in_doubt) == 2.5
    assert made.told(6.0, in_doubt) == 6.0


def test_extreme_noise_is_told_as_the_most_the_models_know(models):
    found = NoiseFound("white", 120.0)
    assert denoise_picture(picture_of(100), models, noise=found).told_sigma_255 == 75.0


def test_tiles_are_reported_and_do_not_show(models):
    noise = np.random.default_rng(0).integers(20, 256, (100, 90, 3)).astype(np.uint8)
    seen: list[PartDone] = []
    tiled = denoise_picture(Picture(noise), models, sigma_255=9.0, tile=32, on_part=seen.append)
    np.testing.assert_array_equal(tiled.picture.samples, noise - 10)
    assert len(seen) > 4
    assert seen[-1].fraction == 1


def test_cancelling_between_tiles(models):
    seen: list[PartDone] = []
    with pytest.raises(CancelledError):
        denoise_picture(
            picture_of(9, size=100),
            models,
            sigma_255=9.0,
            tile=32,
            on_part=seen.append,
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
def test_arguments_out_of_range(options, complaint):
    with pytest.raises(AppError, match=complaint):
        DenoisingOptions(**options)


def test_a_model_that_gives_no_numbers_is_found_out():
    broken = Denoiser.create("photo-unet", {"widths": [4, 4], "blocks": 1})
    next(iter(broken.network.named_parameters()))[1].value.fill_(float("nan"))
    given = ModelChoice(loaded=LoadedModel("broken", "Broken", broken))
    with pytest.raises(OutputError, match="not numbers"):
        denoise_picture(picture_of(9), given, sigma_255=9.0)


def test_one_pixel_is_too_small_to_measure(models):
    result = denoise_picture(picture_of(99, size=1), models, noise=None)
    assert result.picture.samples.tolist() == [[[89] * 3]]
    assert result.sigma_255 == DEFAULT_SIGMA_255
    assert result.sentence.startswith("Too small to measure its noise")


def test_a_clean_picture_is_left_as_it_is_where_nobody_chose(monkeypatch):
    picture = picture_of(100)
    events = denoise(picture, ModelChoice())
    result = finished(events)
    assert result.picture is picture
    assert result.sentence == "This picture is clean already; it is left as it is."


def test_who_says_a_level_gets_it_removed_even_so(models):
    clean = NoiseFound("clean", 0.0)
    given = replace(models, loaded=models.for_noise(clean)[0])
    assert (denoise_picture(picture_of(100), given, noise=clean).picture.samples == 90).all()
    result = denoise_picture(picture_of(100), models, noise=clean, sigma_255=20.0)
    assert (result.picture.samples == 90).all()
    assert "level 20 as chosen" in result.sentence


def test_the_result_grows_in_the_picture_that_was_announced(models):
    begun, *rest = denoise(
        picture_of(100, size=64),
        models,
        DenoisingOptions(9.0, tile=32),
        noise=NoiseFound("white", 9.0),
    )
    assert isinstance(begun, Begun)
    assert all(isinstance(event, PartDone) for event in rest)
    assert (begun.tiles.result.samples == 90).all()


@pytest.mark.parametrize("hidden_colour", [0, 255])
def test_the_noise_of_a_cut_out_is_that_of_its_visible_part(hidden_colour):
    rows, columns = np.mgrid[:256, :256]
    noise = np.random.default_rng(0).normal(0, 20, (256, 256, 3))
    samples = (60 + rows[..., None] / 3 + noise).clip(0, 255).astype(np.uint8)
    visible = np.hypot(rows - 128, columns - 128) < 100
    samples[~visible] = hidden_colour
    alpha = np.where(visible, 255, 0).astype(np.uint8)
    found = find_noise(Picture(samples, alpha=alpha))
    assert found.nature == "white"
    assert found.sigma_255 == pytest.approx(20, rel=0.1)


def test_hidden_colours_do_not_reach_the_network(monkeypatch):
    seen = []

    def looking(self, image, sigma):
        seen.append((image * 255).round())
        return image

    monkeypatch.setattr(Denoiser, "denoise", looking)
    alpha = np.full((40, 40), 255, np.uint8)
    alpha[:, 20:] = 0
    samples = np.full((40, 40, 3), 100, np.uint8)
    samples[:, 20:] = 0
    picture = Picture(samples, alpha=alpha)
    given = ModelChoice(loaded=LoadedModel("any", "Any", Denoiser.create("paper")))
    result = denoise_picture(picture, given)
    assert all((image == 100).all() for image in seen)
    np.testing.assert_array_equal(result.picture.samples, samples)


def test_transparent_parts_keep_their_own_colours_in_every_tile(models):
    alpha = np.full((60, 50), 255, np.uint8)
    alpha[::2] = 0
    picture = Picture(np.full((60, 50, 3), 100, np.uint8), alpha=alpha)
    result = denoise_picture(picture, models, sigma_255=9.0, tile=32).picture
    assert (result.samples[::2] == 100).all()
    assert (result.samples[1::2] == 90).all()
    np.testing.assert_array_equal(result.alpha, alpha)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_is_measured_does_not_depend_on_how_the_picture_is_read(dtype):
    generator = np.random.default_rng(0)
    peak = np.iinfo(dtype).max
    noisy = (peak * (0.5 + generator.normal(0, 0.05, (90, 80, 3)))).clip(0, peak).astype(dtype)
    as_float = Picture(noisy.astype(np.float32) / np.float32(peak))
    assert find_noise(Picture(noisy)).sigma_255 == pytest.approx(
        find_noise(as_float).sigma_255, rel=1e-3
    )


def test_tiles_and_result_together_stay_within_the_budget(models):
    denoiser = models.for_noise(NoiseFound("white", 5.0))[0].denoiser
    picture = Picture(np.zeros((3000, 4000, 3), np.uint8))
    taken = picture.samples.nbytes
    (tall, wide), shortage = choose_tile_within(100, taken, denoiser, (3000, 4000))
    halo = 2 * denoiser.halo
    tiles = window_bytes(denoiser, (tall + halo) * (wide + halo))
    assert tiles + taken <= 100 * 2**20
    assert shortage is None


def test_what_follows_the_tiles_counts_too(models):
    denoiser = models.for_noise(NoiseFound("white", 5.0))[0].denoiser
    enough, little = (
        choose_tile_within(100, 0, denoiser, (500, 600), afterwards=megabytes * 2**20)
        for megabytes in (99, 150)
    )
    assert enough[1] is None
    assert "takes about 150 MB" in (little[1] or "")


def test_a_budget_that_is_too_little_is_told(models):
    """Instead of smaller and smaller tiles, which would compute little but halos."""
    picture = Picture(np.full((2900, 2500, 3), 100, np.uint8))
    noise = NoiseFound("white", 5.0)
    steps = denoise(picture, models, DenoisingOptions(memory_budget_mb=64), noise=noise)
    with closing(steps):
        notices = [event.sentence for event in islice(steps, 3) if isinstance(event, Notice)]
    assert len(notices) == 1
    assert re.search(r"takes about \d+ MB of memory, more than the 64 MB", notices[0])


def test_a_lack_of_memory_is_told_and_changes_nothing(models, monkeypatch):
    noise = np.random.default_rng(0).integers(20, 256, (200, 90, 3)).astype(np.uint8)
    whole = Denoiser.denoise

    def hungry(self, image, sigma):
        if image.shape[2] > 150:
            raise MemoryError
        return whole(self, image, sigma)

    monkeypatch.setattr(Denoiser, "denoise", hungry)
    result = denoise_picture(Picture(noise), models, sigma_255=9.0)
    np.testing.assert_array_equal(result.picture.samples, noise - 10)
    assert result.notices
    assert "Memory ran out on the processor" in result.notices[0]
