"""Heavier photos are visited more often."""

from collections import Counter

from scratch_layers.data.visits import Visits


def visited(weights, count, seed=1, window=None):
    visits = Visits(weights, seed, str, window)
    return [visits.load(position, lambda index: [index])[0] for position in range(count)]


def test_an_epoch_visits_photos_in_proportion_to_their_weights():
    assert Counter(visited([2.0, 4.0, 6.2, 0.5], 25)) == {0: 4, 1: 8, 2: 12, 3: 1}


def test_a_window_of_photos_is_visited_in_proportion_too():
    counts = Counter(visited([1.0] * 8 + [3.0] * 8, 32 * 64, window=4))
    light = sum(counts[index] for index in range(8))
    assert 2 < (sum(counts.values()) - light) / light < 4


def test_one_giant_among_thumbnails_does_not_make_an_endless_epoch():
    visits = Visits([1.0] * 10 + [1e12], 1, str)
    assert len(visits._entries) < 70_000
