"""Pictures to tensors and back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.pictures import Picture, PictureMetadata
from desktop_app.services.pictures.pixels import (
    picture_to_tensor,
    samples_to_tensor,
    tensor_to_picture,
)


@given(
    bits=st.sampled_from([8, 16]),
    channels=st.sampled_from([1, 3]),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
)
def test_there_and_back_changes_nothing(bits, channels, height, width):
    generator = np.random.default_rng(height * width)
    samples = generator.integers(0, 1 << bits, (height, width, channels)).astype(f"uint{bits}")
    picture = Picture(samples, metadata=PictureMetadata(comment=b"kept"))
    for tensor in (samples_to_tensor(picture), picture_to_tensor(picture)):
        again = tensor_to_picture(tensor, picture)
        np.testing.assert_array_equal(again.samples, samples)
        assert again.samples.dtype == samples.dtype
        assert again.metadata.comment == b"kept"


def test_white_is_one_and_channels_come_first():
    picture = Picture(np.array([[[255, 0, 51], [0, 255, 0]]], np.uint8))
    expected = torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]], [[0.2, 0.0]]])
    torch.testing.assert_close(picture_to_tensor(picture), expected[None])
    assert samples_to_tensor(Picture(np.full((1, 1, 3), 65535, np.uint16))).max() == 1.0


def test_gray_goes_into_all_channels_and_comes_back_as_their_mean():
    picture = Picture(np.full((2, 2, 1), 100, np.uint8))
    tensor = picture_to_tensor(picture)
    assert tensor.shape == (1, 3, 2, 2)
    shifts = torch.tensor([10.0, 20.0, 30.0]).view(1, 3, 1, 1) / 255
    assert (tensor_to_picture(tensor + shifts, picture).samples == 120).all()


def test_values_are_rounded_and_clamped():
    picture = Picture(np.zeros((1, 4, 1), np.uint8))
    tensor = torch.tensor([-0.5, 1.5, 99.6 / 255, 99.4 / 255]).view(1, 1, 1, 4)
    assert tensor_to_picture(tensor, picture).samples.ravel().tolist() == [0, 255, 100, 99]


def test_colours_under_full_transparency_stay():
    samples = np.full((1, 3, 3), 50, np.uint8)
    picture = Picture(samples, np.array([[0, 1, 255]], np.uint8))
    result = tensor_to_picture(torch.ones(1, 3, 1, 3), picture)
    assert result.samples[0, :, 0].tolist() == [50, 255, 255]
    np.testing.assert_array_equal(result.alpha, picture.alpha)
    assert (samples == 50).all()


def test_a_tensor_of_another_size_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        tensor_to_picture(torch.zeros(1, 3, 4, 5), Picture(np.zeros((4, 4, 3), np.uint8)))
