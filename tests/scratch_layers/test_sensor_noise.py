"""Shot and read noise, found in the mosaic of a textured photo."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from scratch_layers.data.camera.mosaic import first_red, rggb_mosaic
from scratch_layers.data.camera.sensor import SensorNoise
from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.noise import seeded_generator
from scratch_layers.noise_analysis import measure_sensor_noise, sensor

SAMPLE = Path(__file__).resolve().parents[2] / "assets" / "sample.jpg"
LEVELS = {"ISO 1600": (8e-4, 4e-7), "ISO 6400": (3e-3, 5e-6), "ISO 25600": (1.2e-2, 7e-5)}
BALANCE = torch.tensor([0.5, 1.0, 0.7], dtype=torch.float64).view(3, 1, 1)


@pytest.fixture(scope="module")
def mosaic():
    photo = torch.from_numpy(np.array(Image.open(SAMPLE))[:512, :640] / 255).permute(2, 0, 1)
    light = (photo**2.2 * 1.3).clamp(max=1)  # some highlights are clipped
    return rggb_mosaic(light * BALANCE)[0]


def noisy(mosaic, shot, read):
    deviation = (shot * mosaic + read).sqrt()
    standard = torch.randn(mosaic.shape, dtype=torch.float64, generator=seeded_generator(5))
    return (mosaic + deviation * standard).clamp(max=1).float()


@pytest.mark.parametrize(
    ("level", "arrangement"),
    [("ISO 1600", "RGGB"), ("ISO 6400", "GBRG"), ("ISO 25600", "RGGB")],
)
def test_the_noise_of_a_textured_photo_is_found(mosaic, level, arrangement):
    shot, read = LEVELS[level]
    above, left = first_red(arrangement)
    found = measure_sensor_noise(noisy(mosaic, shot, read)[above:, left:], arrangement)
    for colour in range(3):
        assert found.shot[colour] == pytest.approx(shot, rel=0.15)
        for light in (0.003, 0.03, 0.3):
            variance = found.shot[colour] * light + found.read[colour]
            assert variance == pytest.approx(shot * light + read, rel=0.15)


def test_read_noise_that_was_measured_without_light_counts(mosaic):
    shot, read = LEVELS["ISO 6400"]
    bright = noisy(0.1 + 0.5 * mosaic[:256, :448], shot, read)
    assert measure_sensor_noise(bright, "RGGB").read != pytest.approx((read,) * 3, rel=0.15)
    found = measure_sensor_noise(bright, "RGGB", (read,) * 3)
    assert found.read == pytest.approx((read,) * 3, rel=0.05)
    assert found.shot == pytest.approx((shot,) * 3, rel=0.15)


def test_read_noise_is_found_where_it_is_dark():
    dark = torch.linspace(0, 0.02, 400, dtype=torch.float64).expand(400, 400)
    found = measure_sensor_noise(noisy(dark, 3e-3, 5e-6), "RGGB")
    assert found.read == pytest.approx((5e-6,) * 3, rel=0.15)
    assert found.shot == pytest.approx((3e-3,) * 3, rel=0.15)


def night(*windows, side=40, fall=0.0):
    """A black photo, (512, 640), but for squares that become darker towards one side."""
    light = torch.zeros(512, 640, dtype=torch.float64)
    for top, left, brightness in windows:
        row = torch.linspace(brightness, brightness * (1 - fall), side, dtype=torch.float64)
        light[top : top + side, left : left + side] = row
    return light


@pytest.mark.parametrize("level", ["ISO 1600", "ISO 6400"])
@pytest.mark.parametrize("knows_read", [False, True])
def test_the_shot_noise_of_a_photo_at_night_is_that_of_its_few_lit_places(level, knows_read):
    shot, read = LEVELS[level]
    light = night((40, 70, 0.5), (301, 400, 0.2), (210, 520, 0.35), fall=0.1)
    known = (read,) * 3 if knows_read else None
    found = measure_sensor_noise(noisy(light, shot, read), "RGGB", known)
    assert found.shot == pytest.approx((shot,) * 3, rel=0.25)
    assert found.read == pytest.approx((read,) * 3, rel=0.1)


def test_texture_of_the_lit_places_is_not_taken_for_much_noise(mosaic):
    shot, read = LEVELS["ISO 1600"]
    light = torch.zeros_like(mosaic)
    for top, left in ((60, 80), (300, 20), (200, 420)):
        light[top : top + 80, left : left + 80] = mosaic[top : top + 80, left : left + 80]
    found = measure_sensor_noise(noisy(light, shot, read), "RGGB")
    assert found.read == pytest.approx((read,) * 3, rel=0.1)
    assert max(found.shot) < 3 * shot


def test_a_file_without_noise_has_next_to_none(mosaic):
    assert measure_sensor_noise(mosaic.float(), "RGGB").level < 1.2 / 255
    assert measure_sensor_noise(night((40, 70, 0.5)).float(), "RGGB").level < 0.1 / 255


def test_values_cut_off_at_black_do_not_weaken_the_noise():
    # Half of the dark values are 0; only the bright half of the picture can tell.
    light = torch.full((256, 256), 0.001, dtype=torch.float64)
    light[:, 128:] = torch.linspace(0.1, 0.5, 128, dtype=torch.float64)
    found = measure_sensor_noise(noisy(light, 3e-3, 1e-5).clamp(min=0), "RGGB")
    assert found.shot == pytest.approx((3e-3,) * 3, rel=0.15)


def test_its_thousands_of_short_operations_are_not_divided(mosaic, monkeypatch):
    """Two threads that wait for each other took twelve times as long."""
    counts = []
    measure = sensor.cut
    monkeypatch.setattr(
        sensor, "cut", lambda part: counts.append(torch.get_num_threads()) or measure(part)
    )
    usual = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        measure_sensor_noise(mosaic[:64, :64].float(), "RGGB")
        assert (counts, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(usual)


def test_what_cannot_be_measured_gets_a_sentence():
    with pytest.raises(ShapeError, match=r"at least 32 x 32 pixels, not in \(16, 64\)"):
        measure_sensor_noise(torch.zeros(16, 64), "RGGB")
    with pytest.raises(ArgumentError, match="holds NaN"):
        measure_sensor_noise(torch.full((64, 64), float("nan")), "RGGB")


def test_so_much_read_noise_goes_with_shot_noise_as_in_most_cameras():
    drawn = [SensorNoise.draw(0.5, seeded_generator(seed)) for seed in range(5)]
    assert all(noise.read[0] == noise.read[1] == noise.read[2] > 0 for noise in drawn)
