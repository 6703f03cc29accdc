"""Drawing a window's worth of a picture: the right pixels in the right place at any zoom."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.pictures.pyramid import ImagePyramid
from desktop_app.services.pictures.view_rendering import Look, render

BACKGROUND = "#010203"


def _gradient(height=600, width=900):
    rows, columns = np.mgrid[0:height, 0:width]
    channels = [columns * 255 // width, rows * 255 // height, np.full_like(rows, 50)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def _render(pixels, left, top, zoom, width=200, height=150):
    look = Look(ImagePyramid(pixels))
    return np.asarray(render(look, left, top, zoom, width, height, BACKGROUND))


@given(st.integers(0, 700), st.integers(0, 450))
def test_at_one_to_one_every_pixel_is_itself(left, top):
    pixels = _gradient()
    assert np.array_equal(
        _render(pixels, left, top, 1.0), pixels[top : top + 150, left : left + 200]
    )


def test_a_fraction_of_a_pixel_does_not_blur_at_one_to_one():
    pixels = np.random.default_rng(0).integers(0, 256, (600, 900, 3), dtype=np.uint8)
    shown = _render(pixels, 10.4, 20.6, 1.0)
    assert np.array_equal(shown, pixels[21:171, 10:210])


@pytest.mark.parametrize("zoom", [2, 3, 8])
def test_large_zooms_show_crisp_squares(zoom):
    pixels = np.random.default_rng(0).integers(0, 256, (600, 900, 3), dtype=np.uint8)
    shown = _render(pixels, 30, 40, float(zoom), 40 * zoom, 30 * zoom)
    expected = pixels[40:70, 30:70].repeat(zoom, axis=0).repeat(zoom, axis=1)
    assert np.array_equal(shown, expected)


@given(st.floats(0.08, 1.9), st.floats(0, 500), st.floats(0, 300))
def test_every_zoom_shows_the_colours_of_its_place(zoom, left, top):
    shown = _render(_gradient(), left, top, zoom).astype(float)
    rows, columns = np.mgrid[0:150, 0:200]
    x, y = left + (columns + 0.5) / zoom, top + (rows + 0.5) / zoom
    margin = 4 / min(zoom, 1)
    inside = (x < 900 - margin) & (y < 600 - margin) & (x > margin) & (y > margin)
    assert np.abs(shown[..., 0] - x * 255 / 900)[inside].max(initial=0) < 4
    assert np.abs(shown[..., 1] - y * 255 / 600)[inside].max(initial=0) < 4


def test_beside_the_picture_there_is_background():
    shown = _render(_gradient(100, 100), -50, -25, 1.0)
    assert tuple(shown[0, 0]) == tuple(shown[149, 199]) == (1, 2, 3)
    assert tuple(shown[25, 50]) == tuple(_gradient(100, 100)[0, 0])


def test_out_of_sight_means_background_only():
    assert (_render(_gradient(), 2000, 2000, 1.0) == (1, 2, 3)).all()


def test_a_mix_is_the_same_at_every_level():
    noisy, denoised = _gradient(1200, 1800), 255 - _gradient(1200, 1800)
    look = Look(ImagePyramid(noisy), ImagePyramid(denoised), 0.5, 0.2)
    small = np.asarray(render(look, 0, 0, 0.25, 450, 300, BACKGROUND)).astype(float)
    full = look.combine([noisy, denoised])
    reduced = full.reshape(300, 4, 450, 4, 3).mean(axis=(1, 3))
    assert np.abs(small - reduced).max() <= 2


def test_the_residual_of_nothing_removed_is_gray():
    pyramid = ImagePyramid(_gradient())
    look = Look(pyramid, pyramid, residual=True)
    assert (np.asarray(render(look, 0, 0, 1.0, 50, 50, BACKGROUND)) == 128).all()


def test_a_draft_shows_the_same_place():
    pixels = _gradient()
    look = Look(ImagePyramid(pixels))
    draft = np.asarray(render(look, 40.5, 60.25, 0.7, 200, 150, BACKGROUND, draft=True))
    fine = _render(pixels, 40.5, 60.25, 0.7)
    assert np.abs(draft.astype(int) - fine).max() <= 3


@pytest.mark.parametrize("zoom", [0.3, 1.0, 4.0])
def test_small_errors_of_deep_pictures_can_be_seen(zoom):
    noisy = np.full((600, 900, 3), 20_000, np.uint16)
    off = noisy.copy()
    off[:, 450:] += 100
    exact, wrong = (ImagePyramid.sampled(samples, 2) for samples in (noisy, off))
    look = Look(exact, wrong, truth=exact, gain=64.0)
    shown = np.asarray(render(look, 350, 200, zoom, 30, 20, BACKGROUND))
    assert (shown[:, 0] == 128).all()
    if zoom < 1:
        assert (shown[:, -1] == 128).all() or (shown[:, -1] == 153).all()
    far = np.asarray(render(look, 500, 200, zoom, 30, 20, BACKGROUND))
    assert (far == 153).all()
