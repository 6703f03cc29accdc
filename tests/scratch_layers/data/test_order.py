"""The order in which photos are visited."""

import pytest

from scratch_layers.data.visits import ShuffledOrder, SlidingOrder
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


def test_a_sliding_window_visits_few_photos_at_a_time_and_all_in_the_end():
    order = SlidingOrder(20, seed=1, window=3)
    visits = [order[position] for position in range(20 * SlidingOrder.VISITS)]
    for start in range(0, len(visits), SlidingOrder.VISITS):
        assert len(set(visits[start : start + SlidingOrder.VISITS])) <= 3
    counts = [visits.count(photo) for photo in range(20)]
    assert min(counts) > 0
    assert sum(count > SlidingOrder.VISITS / 2 for count in counts) >= 18


def test_a_sliding_window_can_be_entered_anywhere():
    forwards, backwards = (SlidingOrder(7, seed=3, window=2) for _ in range(2))
    places = range(0, 2000, 13)
    assert [forwards[place] for place in places] == [
        backwards[place] for place in reversed(places)
    ][::-1]


def test_an_empty_window_is_refused():
    with pytest.raises(ArgumentError, match="window of 0 photos"):
        SlidingOrder(3, seed=1, window=0)
