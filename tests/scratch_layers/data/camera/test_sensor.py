"""Shot noise, read noise and hot pixels."""

import pytest
import torch

from scratch_layers.data.camera.sensor import SensorNoise, add_hot_pixels
from scratch_layers.data.seeding import derived_generator


@pytest.mark.parametrize("value", [0.1, 0.8])
def test_sensor_noise_has_the_documented_variance(value):
    noise = SensorNoise(shot=(0.01, 0.02, 0.03), read=(0.0001, 0.0001, 0.0001))
    sensor = torch.full((3, 200, 200), value)
    change = noise.add(sensor, derived_generator(1)) - sensor
    expected = [0.01 * value + 1e-4, 0.02 * value + 1e-4, 0.03 * value + 1e-4]
    assert change.var((1, 2)).tolist() == pytest.approx(expected, rel=0.03)
    assert change.mean((1, 2)).abs().max() < 2e-3


def test_full_pixels_hold_as_many_electrons_as_real_ones():
    # 1/a is the number of electrons at the white level; ISO 800 allows an eighth of ISO 100.
    electrons = sorted(
        1 / SensorNoise.draw(0.0, derived_generator(seed)).shot[1] for seed in range(300)
    )
    assert 1_000 < electrons[15] < 3_000
    assert 5_000 < electrons[150] < 10_000


def test_noise_grows_with_sensitivity():
    weak, strong = (
        [SensorNoise.draw(place, derived_generator(seed)) for seed in range(50)]
        for place in (0.2, 0.8)
    )
    for low, high in zip(weak, strong, strict=True):
        assert high.shot[1] > 10 * low.shot[1]
        assert high.read > 10 * low.read


def test_hot_pixels_are_few_and_bright():
    sensor = torch.zeros(64, 64, 3).permute(2, 0, 1)
    counts = []
    for seed in range(40):
        hot = add_hot_pixels(sensor, derived_generator(seed))
        assert bool((hot >= sensor).all())
        counts.append(int((hot > 0).sum()))
    assert min(counts) == 1
    assert 6 <= max(counts) <= 8
