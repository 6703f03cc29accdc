"""The pyramid: averages of four, chosen by zoom, updated in place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.pictures.pyramid import SMALLEST_SIDE, ImagePyramid, to_display


def _picture(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_every_level_averages_four_pixels_of_the_one_before():
    pixels = _picture(1100, 1301)
    pyramid = ImagePyramid(pixels)
    assert [level.shape[:2] for level in pyramid.levels] == [(1100, 1301), (550, 650), (275, 325)]
    for finer, coarser in zip(pyramid.levels, pyramid.levels[1:], strict=False):
        height, width = coarser.shape[:2]
        blocks = finer[: 2 * height, : 2 * width].reshape(height, 2, width, 2, 3).astype(float)
        assert np.abs(blocks.mean(axis=(1, 3)) - coarser).max() <= 0.5


def test_small_pictures_have_one_level():
    assert len(ImagePyramid(_picture(SMALLEST_SIDE, 5000)).levels) == 1


@pytest.mark.parametrize(
    ("zoom", "level"), [(4, 0), (1, 0), (0.51, 0), (0.5, 1), (0.3, 1), (0.25, 2), (0.01, 2)]
)
def test_the_level_has_at_least_a_pixel_for_every_screen_pixel(zoom, level):
    assert ImagePyramid(_picture(1100, 1301)).level_for(zoom) == level


@given(st.integers(0, 1050), st.integers(0, 1250), st.integers(1, 300), st.integers(1, 300))
def test_an_update_leaves_the_pyramid_as_if_built_anew(top, left, height, width):
    pixels = _picture(1061, 1263)
    bottom, right = min(top + height, 1061), min(left + width, 1263)
    pyramid = ImagePyramid(pixels).over(pixels.copy())
    patch = _picture(bottom - top, right - left, seed=1)
    pyramid.update(top, left, bottom, right, patch)
    pixels[top:bottom, left:right] = patch
    for updated, fresh in zip(pyramid.levels, ImagePyramid(pixels).levels, strict=True):
        assert np.array_equal(updated, fresh)


def test_sixteen_bits_and_gray_become_eight_bit_colour():
    deep = np.array([[[0], [128], [257], [65535]]], np.uint16)
    shown = to_display(deep)
    assert shown.shape == (1, 4, 3)
    assert shown.dtype == np.uint8
    assert shown[0, :, 1].tolist() == [0, 0, 1, 255]
    colour = _picture(2, 2)
    assert np.array_equal(to_display(colour), colour)


def test_a_sampled_pyramid_has_the_sizes_of_the_other_and_keeps_the_depth():
    samples = (_picture(1101, 1303)[:, :, :1].astype(np.uint16) << 8) + 7
    averaged = ImagePyramid(to_display(samples))
    sampled = ImagePyramid.sampled(samples, len(averaged.levels))
    assert [level.shape for level in sampled.levels] == [level.shape for level in averaged.levels]
    assert all(level.dtype == np.uint16 for level in sampled.levels)
    assert (sampled.levels[2][5, 9] == samples[20, 36, 0]).all()
