"""Strength by mixing: exact at its ends, linear between them, luma and chroma apart."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.services.denoising.blending import LUMA_WEIGHTS, blend, removed


@pytest.fixture(params=[np.uint8, np.uint16])
def pair(request):
    peak = np.iinfo(request.param).max
    random = np.random.default_rng(4)
    return tuple(random.integers(0, peak, (700, 9, 3), dtype=request.param) for _ in range(2))


def test_the_ends_are_exact_copies(pair):
    noisy, denoised = pair
    for strength, expected in ((0, noisy), (1, denoised)):
        mixed = blend(noisy, denoised, strength, strength)
        assert np.array_equal(mixed, expected)
        assert not np.shares_memory(mixed, expected)


def test_equal_strengths_interpolate_every_channel(pair):
    noisy, denoised = (array.astype(float) for array in pair)
    expected = np.rint(noisy + 0.3 * (denoised - noisy))
    assert np.abs(blend(*pair, 0.3, 0.3) - expected).max() <= 1


def test_luma_and_chroma_follow_their_own_strengths():
    noisy = np.full((4, 4, 3), 100, np.uint8)
    denoised = np.tile(np.array([130, 110, 90], np.uint8), (4, 4, 1))
    luma_only = blend(noisy, denoised, 1, 0).astype(float)
    shift = (np.array([30, 10, -10]) * LUMA_WEIGHTS).sum()
    assert luma_only == pytest.approx(np.full((4, 4, 3), 100 + shift), abs=0.5)
    colour_only = blend(noisy, denoised, 0, 1).astype(float)
    assert colour_only @ LUMA_WEIGHTS == pytest.approx(np.full((4, 4), 100), abs=0.5)
    assert colour_only[0, 0] == pytest.approx(np.array([130, 110, 90]) - shift, abs=0.5)


def test_gray_ignores_the_colour_strength():
    noisy, denoised = (np.full((3, 3, 1), value, np.uint8) for value in (100, 200))
    assert np.array_equal(blend(noisy, denoised, 0.5, 0.9), np.full((3, 3, 1), 150))


def test_results_stay_in_range():
    black, white = (np.full((2, 2, 3), value, np.uint8) for value in (0, 255))
    red = black.copy()
    red[..., 0] = 255
    for mixed in (blend(red, white, 1, 0), blend(white, red, 1, 0), blend(black, red, 0, 1)):
        assert mixed.dtype == np.uint8


def test_what_was_removed_is_centred_on_gray_and_amplified():
    noisy = np.full((2, 2, 3), 60, np.uint8)
    denoised = np.full((2, 2, 3), 50, np.uint8)
    assert np.array_equal(removed(noisy, noisy), np.full((2, 2, 3), 128))
    assert np.array_equal(removed(noisy, denoised, gain=4), np.full((2, 2, 3), 168))


def test_differences_of_16_bits_show_at_their_full_depth():
    before = np.full((2, 2, 3), 30_000, np.uint16)
    after = before - np.uint16(64)
    assert (removed(before, after, gain=4.0) == 129).all()
    assert (removed(before, after, gain=64.0) == 128 + 16).all()
    assert (removed(before // 257, after // 257, gain=64.0) == 128).all()
