"""What fully transparent pixels hold is replaced by the colours around them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.denoising.tiles import with_hidden_filled
from desktop_app.services.pictures import Picture


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    share=st.floats(0, 1),
    seed=st.integers(0, 9),
)
def test_visible_pixels_stay_and_hidden_ones_take_colours_that_are_seen(
    dtype, height, width, share, seed
):
    generator = np.random.default_rng(seed)
    samples = generator.integers(0, 256, (height, width, 3)).astype(dtype)
    alpha = np.where(generator.random((height, width)) < share, 0, 9).astype(dtype)
    visible = alpha > 0
    picture = Picture(samples, alpha=alpha)
    filled = with_hidden_filled(picture)
    if not visible.any() or visible.all():
        assert filled is picture
        return
    np.testing.assert_array_equal(filled.samples[visible], samples[visible])
    np.testing.assert_array_equal(filled.alpha, alpha)
    for channel in range(3):
        seen = samples[..., channel][visible]
        assert (filled.samples[..., channel] >= seen.min()).all()
        assert (filled.samples[..., channel] <= seen.max()).all()


def test_a_hidden_pixel_takes_the_mean_of_what_is_near():
    samples = np.array([[[10], [20], [0], [0]], [[30], [0], [0], [90]]], np.uint8)
    alpha = np.array([[255, 255, 0, 0], [255, 0, 0, 255]], np.uint8)
    filled = with_hidden_filled(Picture(samples, alpha=alpha)).samples[..., 0]
    assert filled.tolist() == [[10, 20, 90, 90], [30, 20, 90, 90]]
