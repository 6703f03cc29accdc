"""Time and progress in words."""

from __future__ import annotations

import pytest

from desktop_app.controllers.progress import Progress, TimeLeft, format_seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (60, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.6, "1 h 00 min"),
        (7830, "2 h 10 min"),
    ],
)
def test_durations_read_as_people_say_them(seconds, words):
    assert format_seconds(seconds) == words


def test_progress_says_how_far_and_how_long():
    assert Progress("Denoising").sentence == "Denoising …"
    assert Progress("Denoising", 0.5, 12).sentence == "Denoising: 50 %, 12 s left"


def test_the_rest_is_estimated_from_what_is_done():
    times = iter([100.0, 110.0])
    clock = TimeLeft(lambda: next(times))
    assert clock.estimate(0.25) == pytest.approx(30)
    assert clock.estimate(0) is None
