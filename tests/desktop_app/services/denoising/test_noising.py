"""Synthetic noise on pictures."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.services.denoising.noising import add_noise_to_picture
from desktop_app.services.pictures import Picture
from scratch_layers.errors import ArgumentError


def gray_card(channels: int, dtype: type = np.uint8) -> Picture:
    return Picture(np.full((120, 120, channels), np.iinfo(dtype).max // 2, dtype))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_noise_is_as_strong_as_asked_for(channels, dtype):
    noisy = add_noise_to_picture(gray_card(channels, dtype), "gaussian", 20.0, seed=1)
    deviation = noisy.samples.std() * 255 / noisy.peak
    assert deviation == pytest.approx(20, rel=0.03)


@pytest.mark.parametrize("kind", ["gaussian", "poisson", "salt-pepper", "speckle", "camera"])
def test_the_seed_decides(kind):
    picture = gray_card(3)
    first, again, other = (add_noise_to_picture(picture, kind, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.samples, again.samples)
    assert (first.samples != other.samples).any()
    assert (first.samples != picture.samples).any()


def test_no_level_means_the_usual_one():
    usual = add_noise_to_picture(gray_card(3), "gaussian")
    np.testing.assert_array_equal(
        usual.samples, add_noise_to_picture(gray_card(3), "gaussian", 25.0).samples
    )


def test_alpha_is_kept():
    picture = Picture(gray_card(3).samples, np.full((120, 120), 9, np.uint8))
    np.testing.assert_array_equal(
        add_noise_to_picture(picture, "gaussian", 9.0).alpha, picture.alpha
    )


def test_wrong_arguments_get_a_sentence():
    with pytest.raises(ArgumentError, match="between 0 and 75"):
        add_noise_to_picture(gray_card(3), "gaussian", 76.0)
    with pytest.raises(ArgumentError, match="Unknown kind of noise 'fog'"):
        add_noise_to_picture(gray_card(3), "fog")


def change(picture: Picture, level: float) -> np.ndarray:
    noisy = add_noise_to_picture(picture, "camera", level, seed=3)
    return noisy.samples.astype(float) - picture.samples


def test_a_camera_at_higher_sensitivity_is_noisier():
    deviations = [change(gray_card(3), level).std() for level in (0, 50, 100)]
    assert deviations == sorted(deviations)
    assert deviations[2] > 3 * deviations[0] > 0


def test_camera_noise_hangs_together_between_neighbours_and_has_no_bias():
    noise = change(gray_card(3), 60)
    along = (noise[:, 1:] * noise[:, :-1]).mean() / noise.var()
    assert along > 0.2
    assert abs(noise.mean()) < 0.05 * noise.std() + 0.5


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_camera_noise_keeps_channels_and_depth(channels, dtype):
    noisy = add_noise_to_picture(gray_card(channels, dtype), "camera", 40)
    assert noisy.samples.shape == (120, 120, channels)
    assert noisy.samples.dtype == dtype


def test_camera_noise_out_of_range_gets_a_sentence():
    with pytest.raises(ArgumentError, match="between 0 and 100"):
        add_noise_to_picture(gray_card(3), "camera", 101)
    with pytest.raises(ArgumentError, match="at least 3 x 3"):
        add_noise_to_picture(Picture(np.zeros((1, 9, 3), np.uint8)), "camera")
