"""The order in which photos are visited."""

import pytest

from scratch_layers.data.order import ShuffledOrder
from scratch_layers.errors import ArgumentError


def test_each_epoch_visits_every_photo_once_in_another_order():
    order = ShuffledOrder(10, seed=1)
    epochs = [[order[epoch * 10 + place] for place in range(10)] for epoch in range(3)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


def test_a_position_means_the_same_whatever_was_asked_before():
    forwards, backwards = ShuffledOrder(7, seed=3), ShuffledOrder(7, seed=3)
    first = [forwards[position] for position in range(30)]
    second = [backwards[position] for position in reversed(range(30))]
    assert first == second[::-1]


def test_no_photos_are_refused():
    with pytest.raises(ArgumentError, match="no photos"):
        ShuffledOrder(0, seed=1)
