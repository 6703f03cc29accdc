"""The estimate of a batch's time learns from the photos that are done, and from nothing else."""

from __future__ import annotations

import pytest

from desktop_app.controllers.batch_work import BatchProgress


class Played:
    """A batch whose photos take the time that is said."""

    def __init__(self, photos: int) -> None:
        self.now = 0.0
        self.batch = BatchProgress(photos, lambda: self.now)

    def photo(self, seconds: float, in_vain: bool = False) -> None:
        self.batch.begin()
        self.now += seconds
        self.batch.finish(in_vain)

    @property
    def left(self) -> float | None:
        return self.batch.progress("a.jpg").seconds_left


def test_photos_and_their_parts_count():
    played = Played(4)
    played.photo(2.0)
    assert played.batch.progress("a.jpg").text == "Photo 1 of 4, a.jpg; all"
    played.batch.begin()
    played.batch.set_share(0.5)
    told = played.batch.progress("b.jpg")
    assert told.text == "Photo 2 of 4, b.jpg; all"
    assert told.fraction == pytest.approx(1.5 / 4)
    assert told.seconds_left == pytest.approx(2.0 * 2.5)


def test_the_first_photo_does_not_make_the_rest_look_slow():
    played = Played(60)
    played.now = 30.0  # the model is loaded
    played.photo(9.0)
    for _ in range(4):
        played.photo(0.1)
    assert played.left == pytest.approx(5.5)


def test_skipped_photos_do_not_make_the_rest_look_quick():
    played = Played(100)
    for _ in range(98):
        played.photo(0.0, in_vain=True)
    played.photo(10.0)
    assert played.left == pytest.approx(10.0)


def test_a_pause_does_not_count():
    played = Played(4)
    played.photo(10.0)
    played.batch.begin()
    played.now += 4.0
    played.batch.pause()
    played.now += 1000.0
    played.batch.resume()
    played.now += 6.0
    played.batch.finish(in_vain=False)
    assert played.left == pytest.approx(20.0)


def test_a_large_first_photo_is_guessed_once_something_is_known():
    played = Played(2)
    played.batch.begin()
    assert played.left is None
    played.now += 10.0
    played.batch.set_share(0.25)
    assert played.left == pytest.approx(40.0 * 1.75)


def test_a_large_photo_among_small_ones_counts_with_its_own_time():
    played = Played(4)
    played.photo(2.0)
    played.batch.begin()
    played.now += 10.0
    played.batch.set_share(0.25)
    assert played.left == pytest.approx(30.0 + 2 * 2.0)


def test_everything_skipped_is_finished():
    played = Played(1)
    played.photo(0.0, in_vain=True)
    assert played.batch.progress("a.jpg").fraction == 1.0
