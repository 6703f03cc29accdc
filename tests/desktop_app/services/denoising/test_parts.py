"""A picture denoised in parts: every pixel once, whatever was done before, in tiles of any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.services.denoising.denoise import DenoisingOptions, denoise
from desktop_app.services.denoising.events import Begun, PartDone
from desktop_app.services.denoising.noise_found import NoiseFound
from desktop_app.services.denoising.tiles import PictureTiles, part_of
from desktop_app.services.models.model_choice import ModelChoice
from desktop_app.services.pictures import Picture
from desktop_app.services.pictures.pixels import picture_to_tensor
from scratch_layers.models import Denoiser

WHITE = NoiseFound("white", 9.0)


@pytest.fixture(scope="module")
def denoiser():
    return Denoiser.create("photo-unet", {"widths": [4, 4], "blocks": 1})


side, place = st.integers(1, 700), st.floats(0, 1)


@settings(max_examples=20, deadline=None)
@given(size=st.tuples(side, side), parts=st.lists(st.tuples(place, place, place, place)))
def test_what_is_missing_is_covered_once_after_any_parts(denoiser, size, parts):
    height, width = size
    picture = Picture(np.zeros((height, width, 1), np.uint8))
    tiles = PictureTiles(picture, denoiser, 0.0)
    count = np.zeros(size, int)

    def put(places):
        for tile in places:
            assert 0 <= tile.top < tile.bottom <= height
            assert 0 <= tile.left < tile.right <= width
            count[tile.top : tile.bottom, tile.left : tile.right] += 1
            tiles.put(tile, picture_to_tensor(part_of(picture, tile)))

    for first, second, third, fourth in parts[:3]:
        top, bottom = sorted(round(share * height) for share in (first, second))
        left, right = sorted(round(share * width) for share in (third, fourth))
        if bottom > top and right > left:
            put(tiles.done.missing_in((top, left, bottom, right), (128, 192)))
            assert (count[top:bottom, left:right] > 0).all()
            assert tiles.done.missing_in((top, left, bottom, right), (64, 64)) == []
    done = count > 0
    count[:] = 0
    put(tiles.done.missing((192, 128), None))
    assert (count[~done] == 1).all()
    assert tiles.done.share == 1
    assert tiles.done.missing((64, 64), None) == []


def test_the_part_in_view_alone_and_then_the_rest(subtracting_model):
    models, noisy = ModelChoice(str(subtracting_model)), Picture(np.full((400, 700, 3), 100, "u1"))
    options, view = DenoisingOptions(9.0, tile=96), (0, 0, 208, 304)
    work = denoise(noisy, models, options, noise=WHITE, in_view=view, nothing_else=True)
    begun, *parts = work
    assert isinstance(begun, Begun)
    samples = begun.tiles.result.samples
    assert (samples[:208, :304] == 90).all()
    assert (samples[208:] == 100).all()
    again, *rest = denoise(noisy, models, options, noise=WHITE, begun=begun.tiles)
    assert again.tiles is begun.tiles
    assert (samples == 90).all()
    area = sum((one.bottom - one.top) * (one.right - one.left) for one in rest)
    assert area < 400 * 700 - 160 * 240
    assert rest[-1].fraction == 1
    assert all(isinstance(event, PartDone) for event in (*parts, *rest))
    stronger = DenoisingOptions(20.0)
    other = next(denoise(noisy, models, stronger, noise=WHITE, begun=begun.tiles))
    assert other.tiles is not begun.tiles
