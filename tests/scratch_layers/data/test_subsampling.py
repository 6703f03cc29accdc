"""Half-size pictures out of one."""

import pytest
import torch

from scratch_layers.data.subsampling import (
    CHOICES,
    diagonal_pair,
    diagonal_pair_backward,
    neighbour_pair,
)
from scratch_layers.errors import ShapeError

PICTURE = torch.arange(16.0).view(1, 1, 4, 4)


def test_each_choice_takes_two_different_neighbours_of_the_cell():
    seen = set()
    for choice in range(CHOICES):
        first, second = neighbour_pair(PICTURE, torch.full((1, 2, 2), choice))
        one, other = int(first[0, 0, 0, 0]), int(second[0, 0, 0, 0])
        assert {one, other} <= {0, 1, 4, 5}
        assert abs(one - other) in (1, 4)
        assert torch.equal(first - first[0, 0, 0, 0], torch.tensor([[[[0.0, 2], [8, 10]]]]))
        seen.add((one, other))
    assert len(seen) == 8


def test_choices_differ_from_cell_to_cell_and_hold_for_all_channels():
    picture = torch.cat([PICTURE, PICTURE + 100], dim=1)
    first, second = neighbour_pair(picture, torch.tensor([[[0, 1], [4, 7]]]))
    assert first[0, 0].tolist() == [[0, 3], [8, 15]]
    assert second[0, 0].tolist() == [[1, 2], [12, 11]]
    assert torch.equal(first[:, 1], first[:, 0] + 100)


def test_diagonals_are_averaged():
    rising, falling = diagonal_pair(PICTURE + PICTURE.square())
    assert float(rising[0, 0, 0, 0]) == (1 + 1 + 4 + 16) / 2
    assert float(falling[0, 0, 0, 0]) == (0 + 0 + 5 + 25) / 2
    assert rising.shape == falling.shape == (1, 1, 2, 2)


def test_the_gradient_of_the_diagonals_is_their_transpose():
    generator = torch.Generator().manual_seed(1)
    picture = torch.randn(2, 3, 6, 8, generator=generator, dtype=torch.float64)
    pulls = [torch.randn(2, 3, 3, 4, generator=generator, dtype=torch.float64) for _ in range(2)]
    halves = diagonal_pair(picture)
    forward = (halves[0] * pulls[0]).sum() + (halves[1] * pulls[1]).sum()
    backward = (picture * diagonal_pair_backward(*pulls)).sum()
    assert float(forward) == pytest.approx(float(backward))


def test_odd_sizes_are_refused():
    with pytest.raises(ShapeError, match="5x4 pixels is not made of 2x2 cells"):
        diagonal_pair(torch.zeros(1, 3, 4, 5))
