"""Single outlying pixels go, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.services.denoising.denoise import DenoisingOptions, denoise
from desktop_app.services.denoising.events import finished
from desktop_app.services.denoising.hot_pixels import without_hot_pixels
from desktop_app.services.denoising.noise_found import NoiseFound
from desktop_app.services.models.model_choice import ModelChoice
from desktop_app.services.pictures import Picture


@pytest.mark.parametrize(("dtype", "scale"), [(np.uint8, 1), (np.uint16, 257)])
def test_isolated_outliers_are_replaced_wherever_they_lie(dtype, scale):
    random = np.random.default_rng(0)
    clean = (random.normal(90, 5, (600, 40, 3)).clip(0, 255) * scale).astype(dtype)
    hot = clean.copy()
    places = [(1, 1), (255, 7), (256, 20), (257, 38), (598, 5)]
    for number, (row, column) in enumerate(places):
        hot[row, column, number % 3] = (255 if number % 2 else 0) * scale
    hot[300, 30] = 255 * scale
    mended, count = without_hot_pixels(Picture(hot), 5.0)
    assert count == 6
    assert np.abs(mended.samples.astype(int) - clean).max() < 40 * scale
    changed = (mended.samples != hot).any(axis=2)
    assert sorted(zip(*np.nonzero(changed), strict=True)) == sorted([*places, (300, 30)])


def test_stars_lines_noise_and_borders_stay():
    random = np.random.default_rng(1)
    samples = random.normal(60, 20, (200, 200, 3)).clip(0, 255).astype(np.uint8)
    samples[50:52, 50:52] = 255
    samples[100, :] = 255
    samples[0, 20] = 255
    picture = Picture(samples)
    assert without_hot_pixels(picture, 20.0) == (picture, 0)


def test_they_go_before_denoising_if_that_is_wished(subtracting_model):
    samples = np.full((40, 40, 3), 100, np.uint8)
    samples[20, 20] = 255
    models, noise = ModelChoice(str(subtracting_model)), NoiseFound("white", 9.0)
    for wished, expected in ((False, 245), (True, 90)):
        options = DenoisingOptions(hot_pixels=wished)
        result = finished(denoise(Picture(samples), models, options, noise=noise))
        assert (result.picture.samples[20, 20] == expected).all()
        assert result.notices == (("1 hot pixel was replaced.",) if wished else ())
