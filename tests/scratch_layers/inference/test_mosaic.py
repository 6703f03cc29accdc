"""Cleaning the mosaics of sensors."""

import pytest
import torch

from scratch_layers.data.camera.sensor import SensorNoise
from scratch_layers.errors import ArgumentError, ArgumentTypeError, ShapeError
from scratch_layers.inference import Fallback, Levels, denoise_mosaic
from scratch_layers.models import Denoiser

NOISE = SensorNoise((0.003, 0.002, 0.004), (1e-5, 1e-5, 2e-5))
GAINS = (2.0, 1.0, 1.5)
ROWS_AND_COLUMNS = {"RGGB": (0, 0), "GRBG": (0, 1), "GBRG": (1, 0), "BGGR": (1, 1)}


@pytest.fixture(scope="module")
def denoiser():
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return Denoiser.create("mosaic-unet", {"widths": [4, 4], "blocks": 1}).to(
            dtype=torch.float64
        )


def cleaned(denoiser, mosaic, arrangement="RGGB", **more):
    output = torch.full_like(mosaic, float("nan"))
    for event in denoise_mosaic(denoiser, mosaic, arrangement, GAINS, NOISE, output, **more):
        assert not isinstance(event, Fallback)
    return output


def scene(height=51, width=47):
    """Mosaic with all values below white, some below black."""
    generator = torch.Generator().manual_seed(7)
    return torch.rand(height, width, dtype=torch.float64, generator=generator) * 0.8 - 0.05


@pytest.mark.parametrize("arrangement", ["GRBG", "GBRG", "BGGR"])
def test_each_arrangement_is_what_is_seen_from_the_first_red_pixel(denoiser, arrangement):
    row, column = ROWS_AND_COLUMNS[arrangement]
    part = scene()[2 - row :, 2 - column :]
    mirrored = torch.cat([part[1:2]] * row + [part])
    mirrored = torch.cat([mirrored[:, 1:2]] * column + [mirrored], 1)
    result = cleaned(denoiser, part, arrangement)
    assert result.shape == part.shape
    assert torch.allclose(result, cleaned(denoiser, mirrored)[row:, column:], atol=1e-12)


@pytest.mark.parametrize(("arrangement", "passes"), [("RGGB", 4), ("BGGR", 1)])
def test_tiles_leave_no_seam(denoiser, arrangement, passes, monkeypatch):
    monkeypatch.setattr(denoiser, "passes", passes)
    mosaic = scene()
    whole = cleaned(denoiser, mosaic, arrangement, tile=1000)
    assert torch.allclose(cleaned(denoiser, mosaic, arrangement, tile=(16, 8)), whole, atol=1e-12)


def test_strength_is_the_part_of_the_noise_that_goes(denoiser):
    mosaic = scene()
    full, half = cleaned(denoiser, mosaic), cleaned(denoiser, mosaic, strength=0.5)
    assert torch.allclose(half, (full + mosaic) / 2)
    assert torch.equal(cleaned(denoiser, mosaic, strength=0.0), mosaic)


@pytest.mark.parametrize("arrangement", ["RGGB", "GRBG", "GBRG", "BGGR"])
@pytest.mark.parametrize("noise", [NOISE, SensorNoise((1e-4,) * 3, (1e-8,) * 3)])
def test_whole_numbers_of_16_bits_mean_the_same(denoiser, arrangement, noise):
    own, wanted = Levels((900, 1000, 1100, 1200), 15_000), Levels((4000, 4100, 4200, 4300), 60_000)
    own_black, wanted_black = (
        torch.tensor(levels.black).view(2, 2).repeat(26, 24)[:51, :47] for levels in (own, wanted)
    )
    stored = (scene() * own.span).round() + own_black
    light = (stored - own_black) / own.span
    direct = torch.zeros_like(light)
    output = torch.zeros(51, 47, dtype=torch.uint16)
    for samples, result, levels in (
        (light, direct, None),
        (stored.to(torch.uint16), output, (own, wanted)),
    ):
        where = arrangement, GAINS, noise, result
        list(denoise_mosaic(denoiser, samples, *where, levels=levels, tile=(16, 8)))
    found = (output.to(torch.float64) - wanted_black) / wanted.span
    direct = torch.maximum(direct, -wanted_black / wanted.span)  # what 0 stands for
    assert (found - direct).abs().max() < 0.6 / wanted.span


def test_whole_numbers_without_levels_are_refused(denoiser):
    whole = torch.zeros(40, 40, dtype=torch.uint16)
    for output, levels in ((whole.clone(), None), (whole.float(), (Levels((0,) * 4, 9),) * 2)):
        with pytest.raises(ArgumentTypeError, match="16 bits"):
            denoise_mosaic(denoiser, whole, "RGGB", GAINS, NOISE, output, levels=levels)


def test_a_mosaic_with_hardly_any_noise_stays_as_it_is(denoiser):
    mosaic, output = scene(), torch.zeros(51, 47, dtype=torch.float64)
    quiet = SensorNoise((1e-4,) * 3, (1e-8,) * 3)
    [done] = denoise_mosaic(denoiser, mosaic, "BGGR", GAINS, quiet, output)
    assert (done.bottom, done.right, done.fraction) == (51, 47, 1.0)
    assert torch.equal(output, mosaic)


def test_clipped_highlights_stay_clipped_and_nothing_gets_above_white(denoiser):
    mosaic = scene(40, 40)
    mosaic[10:30, 10:30] = 1
    mosaic[4, 4] = 1  # a hot pixel is no highlight
    result = cleaned(denoiser, mosaic)
    assert bool((result[12:28, 12:28] == 1).all())
    assert float(result.max()) <= 1
    assert float(result[4, 4]) != 1


def test_what_cannot_be_cleaned_gets_a_sentence(denoiser):
    mosaic = scene(8, 8)
    with pytest.raises(ArgumentError, match="begins with RGGB, GRBG, GBRG, BGGR, not with 'XYZ'"):
        cleaned(denoiser, mosaic, "XYZ")
    with pytest.raises(ArgumentError, match="photo-unet is for pictures"):
        cleaned(Denoiser.create("photo-unet", {"widths": [4], "blocks": 1}), mosaic)
    with pytest.raises(ArgumentError, match="strength lies between 0 and 1, not at 2"):
        cleaned(denoiser, mosaic, strength=2.0)
    with pytest.raises(ShapeError, match=r"one shape \(H, W\)"):
        cleaned(denoiser, mosaic[None])
