"""Cutting patches and turning them."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scratch_layers.data.photo_batches import cut_patches
from scratch_layers.data.seeding import derived_generator
from scratch_layers.errors import ShapeError
from scratch_layers.symmetries import SYMMETRIES, apply_symmetry, undo_symmetry


@given(
    height=st.integers(1, 12), width=st.integers(1, 12), data=st.data(), seed=st.integers(0, 1000)
)
def test_a_patch_is_a_square_of_the_photo_and_both_shots_are_cut_alike(height, width, data, seed):
    size = data.draw(st.integers(1, min(height, width)))
    rows = torch.arange(height * width).view(1, height, width)
    first, second = cut_patches([rows, rows + 1000], size, derived_generator(seed))
    top, left = divmod(int(first[0, 0, 0]), width)
    assert torch.equal(first, rows[:, top : top + size, left : left + size])
    assert torch.equal(second, first + 1000)


def test_every_place_of_a_photo_is_reached():
    photo = torch.arange(9).view(1, 3, 3)
    corners = {
        int(cut_patches([photo], 2, derived_generator(seed))[0][0, 0, 0]) for seed in range(60)
    }
    assert corners == {0, 1, 3, 4}


def test_photos_of_different_sizes_are_refused():
    with pytest.raises(ShapeError, match="one has 5x4 pixels and another 4x4"):
        cut_patches([torch.zeros(3, 4, 5), torch.zeros(3, 4, 4)], 2, derived_generator(1))


def test_a_photo_smaller_than_the_patch_is_refused():
    with pytest.raises(ShapeError, match="5x4 pixels is smaller than a 6x6 patch"):
        cut_patches([torch.zeros(3, 4, 5)], 6, derived_generator(1))


def test_the_eight_symmetries_are_all_different_and_lose_nothing():
    patch = torch.arange(9).view(1, 3, 3)
    turned = [apply_symmetry(patch, symmetry) for symmetry in range(SYMMETRIES)]
    assert len({tuple(view.flatten().tolist()) for view in turned}) == 8
    for symmetry, view in enumerate(turned):
        assert torch.equal(undo_symmetry(view, symmetry), patch)
