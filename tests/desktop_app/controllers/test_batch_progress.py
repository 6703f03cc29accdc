"""The estimate of a batch's time must not be fooled by what takes none."""

from __future__ import annotations

import pytest

from desktop_app.controllers import batch_progress, progress
from desktop_app.controllers.batch_progress import BatchProgress


@pytest.fixture
def clock(monkeypatch):
    times = [0.0]

    class Timed(progress.TimeLeft):
        def __init__(self) -> None:
            super().__init__(lambda: times[0])

    monkeypatch.setattr(batch_progress, "TimeLeft", Timed)
    return times


def test_photos_and_their_parts_count(clock):
    batch = BatchProgress(4)
    batch.begin()
    batch.finish(skipped=False)
    assert batch.progress("a.jpg").text == "Photo 1 of 4, a.jpg"
    batch.begin()
    batch.set_share(0.5)
    clock[0] = 3.0
    told = batch.progress("b.jpg")
    assert told.text == "Photo 2 of 4, b.jpg"
    assert told.fraction == pytest.approx(1.5 / 4)
    assert told.seconds_left == pytest.approx(3.0 * 2.5 / 1.5)


def test_skipped_photos_do_not_make_the_rest_look_quick(clock):
    batch = BatchProgress(100)
    for _ in range(98):
        batch.finish(skipped=True)
    clock[0] = 10.0
    batch.finish(skipped=False)
    told = batch.progress("last.jpg")
    assert told.fraction == pytest.approx(0.99)
    assert told.seconds_left == pytest.approx(10.0)


def test_a_pause_does_not_count(clock):
    batch = BatchProgress(4)
    clock[0] = 10.0
    batch.finish(skipped=False)
    clock[0] = 1000.0
    batch.restart()
    clock[0] = 1010.0
    batch.finish(skipped=False)
    assert batch.progress("c.jpg").seconds_left == pytest.approx(20.0)


def test_everything_skipped_is_finished(clock):
    batch = BatchProgress(1)
    batch.finish(skipped=True)
    assert batch.progress("a.jpg").fraction == 1.0
