"""Numbered photos."""

import pytest
import torch

from scratch_layers.data.sources import PhotoSubset, TensorPhotos, as_float, weights_of
from scratch_layers.errors import ArgumentError, ShapeError


def test_photos_keep_their_numbers_and_names():
    photos = [torch.full((3, 4, 5), float(value)) for value in range(3)]
    source = TensorPhotos(photos, names=["a", "b", "c"])
    assert len(source) == 3
    assert torch.equal(source.load(2), photos[2])
    assert source.name(1) == "b"


def test_a_photo_without_three_channels_is_refused():
    with pytest.raises(ShapeError, match=r"\(3, H, W\), not \(1, 4, 4\)"):
        TensorPhotos([torch.zeros(1, 4, 4)])


def test_a_wrong_number_of_names_is_refused():
    with pytest.raises(ArgumentError, match="2 photos cannot have 1 names"):
        TensorPhotos(torch.zeros(2, 3, 4, 4), names=["a"])


def test_a_subset_shows_the_chosen_photos_only():
    source = TensorPhotos(torch.arange(4.0).view(4, 1, 1, 1).expand(4, 3, 2, 2))
    subset = PhotoSubset(source, [3, 1])
    assert len(subset) == 2
    assert subset.load(0).unique().tolist() == [3.0]
    assert subset.name(1) == "photo 1"


def test_a_photo_weighs_as_much_as_it_has_pixels():
    source = TensorPhotos([torch.zeros(3, 4, 5), torch.zeros(3, 2, 2)])
    assert weights_of(source) == [20.0, 4.0]
    assert weights_of(PhotoSubset(source, [1])) == [4.0]


def test_bytes_become_numbers_between_zero_and_one_and_floats_stay():
    assert as_float(torch.tensor([0, 51, 255], dtype=torch.uint8)).tolist() == pytest.approx(
        [0.0, 0.2, 1.0]
    )
    assert as_float(torch.tensor([0.5, 1.5], dtype=torch.float64)).tolist() == [0.5, 1.5]
