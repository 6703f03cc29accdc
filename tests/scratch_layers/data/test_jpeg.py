"""Simulated JPEG compression, compared with a real codec."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from scratch_layers.data.jpeg import compress
from scratch_layers.errors import ArgumentError


def picture(height=48, width=64):
    rows = torch.linspace(0, 9, height).view(-1, 1)
    columns = torch.linspace(0, 7, width).view(1, -1)
    planes = [(rows * columns / 9).sin(), (rows + columns).cos(), (rows - columns).sin()]
    smooth = torch.stack(planes) * 0.4 + 0.5
    noise = torch.randn(3, height, width, generator=torch.Generator().manual_seed(1))
    return ((smooth + 0.03 * noise) * 255).round().clamp(0, 255) / 255


def compressed_by_pillow(image, quality, subsample):
    pixels = (image * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=2 if subsample else 0)
    return torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1) / 255


def distance(one, other):
    return float((one - other).square().mean().sqrt()) * 255


@pytest.mark.parametrize("subsample", [False, True])
@pytest.mark.parametrize("quality", [30, 75, 95])
def test_compression_is_that_of_a_real_codec(quality, subsample):
    image = picture()
    ours, theirs = (save(image, quality, subsample) for save in (compress, compressed_by_pillow))
    # Codecs compute with integers, so that a coefficient now and then falls to the next step.
    assert distance(ours, theirs) < 0.35 * distance(theirs, image)
    assert distance(ours, image) == pytest.approx(distance(theirs, image), rel=0.05)


def test_any_size_and_offset_works_and_flat_pictures_stay():
    flat = torch.full((3, 13, 21), 100 / 255)
    for offset in (0, 5, 15):
        assert torch.allclose(compress(flat, 90, offset=offset), flat, atol=1.5 / 255)


def test_the_offset_moves_the_blocks():
    image = picture(32, 32)
    moved = compress(image[:, 3:, 3:], 40, subsample=False, offset=3)
    whole = compress(image, 40, subsample=False)[:, 3:, 3:]
    inner = slice(5, 29)
    assert torch.equal(moved[:, inner, inner], whole[:, inner, inner])


@pytest.mark.parametrize(("quality", "offset"), [(0, 0), (101, 0), (80, 16), (80, -1)])
def test_impossible_values_are_refused(quality, offset):
    with pytest.raises(ArgumentError):
        compress(picture(), quality, offset=offset)
