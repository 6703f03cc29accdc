"""The range in which a sensor's noise is equally strong everywhere."""

import pytest
import torch

from scratch_layers.data.camera.sensor import SensorNoise
from scratch_layers.noise import seeded_generator
from scratch_layers.stabilisation import Stabilisation

NOISE = SensorNoise((0.002, 0.003, 0.012), (4e-7, 5e-6, 7e-5))
GAINS = (4.2, 2.0, 3.0)
PLACES = {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 2}


@pytest.mark.parametrize("light", [0.0, 0.004, 0.03, 0.5])
def test_noise_has_the_expected_mean_and_one_strength(light):
    stabilisation = Stabilisation(NOISE, GAINS)
    mosaic = torch.full((300, 300), light, dtype=torch.float64)
    expected = stabilisation.expected(mosaic)
    standard = torch.randn(mosaic.shape, dtype=torch.float64, generator=seeded_generator(3))
    for (row, column), colour in PLACES.items():
        deviation = (NOISE.shot[colour] * light + NOISE.read[colour]) ** 0.5
        seen = stabilisation.apply(mosaic + deviation * standard)[row::2, column::2]
        sigma = float(stabilisation.sigma[row, column])
        assert float(seen.mean()) == pytest.approx(float(expected[row, column]), abs=0.03 * sigma)
        if light > 3 * NOISE.shot[colour]:
            assert float(seen.std()) == pytest.approx(sigma, rel=0.08)
        else:
            assert float(seen.std()) < 1.1 * sigma


def test_undoing_the_mean_gives_the_light_back_from_below_black_to_white():
    stabilisation = Stabilisation(NOISE, GAINS)
    light = torch.linspace(-0.01, 1, 64 * 64, dtype=torch.float64).view(64, 64)
    torch.testing.assert_close(
        stabilisation.undo(stabilisation.expected(light)), light, atol=5e-6, rtol=1e-4
    )


def test_without_noise_it_is_a_square_root_times_that_of_the_gain():
    stabilisation = Stabilisation(SensorNoise((0.0,) * 3, (0.0,) * 3), GAINS)
    light = torch.linspace(0.01, 1, 64, dtype=torch.float64).view(8, 8)
    for (row, column), colour in PLACES.items():
        plane = light[row::2, column::2]
        expected = (plane * GAINS[colour] / GAINS[1]).sqrt()
        found = stabilisation.apply(light)[row::2, column::2]
        torch.testing.assert_close(found, expected, atol=1e-3, rtol=0.05)
    assert float(stabilisation.sigma.max()) < 0.1 / 255


def test_the_map_repeats_the_strengths_of_the_four_places():
    stabilisation = Stabilisation(NOISE, GAINS)
    whole = stabilisation.sigma_map(5, 7)
    assert whole.shape == (1, 5, 7)
    assert torch.equal(whole[0, 2:4, 4:6], stabilisation.sigma)


def test_the_level_is_the_strongest_colours_without_white_balance():
    level = Stabilisation(NOISE).sigma.max()
    assert NOISE.level == pytest.approx(float(level), rel=1e-6)
