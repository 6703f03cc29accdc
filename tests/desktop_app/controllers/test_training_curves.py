"""Curves of long runs stay quick to draw and keep what the eye would see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.controllers.training_curves import TrainingCurves, decimated


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=3000), st.integers(4, 200))
def test_decimation_keeps_ends_and_extremes_in_order(values, most):
    steps = list(range(len(values)))
    kept_steps, kept = decimated(steps, values, most)
    assert len(kept_steps) <= most + 2
    assert kept_steps == sorted(set(kept_steps))
    assert (kept_steps[0], kept_steps[-1]) == (0, len(values) - 1)
    assert (min(kept), max(kept)) == (min(values), max(values))
    assert all(values[step] == value for step, value in zip(kept_steps, kept, strict=True))


def test_the_smoothed_curve_starts_at_the_first_loss_and_follows():
    curves = TrainingCurves()
    for step in range(1, 500):
        curves.add_step(step, 2.0 if step < 250 else 1.0, 0.1)
    assert curves.smoothed[0] == pytest.approx(2.0)
    assert curves.smoothed[-1] == pytest.approx(1.0, abs=0.02)


def test_steps_that_were_taken_back_disappear():
    curves = TrainingCurves()
    for step in (1, 2, 3, 4, 3, 4, 5):
        curves.add_step(step, float(step), 0.1)
    assert curves.steps == [1, 2, 3, 4, 5]
    assert len(curves.losses) == len(curves.smoothed) == len(curves.rates) == 5


def test_the_best_validation_is_remembered():
    curves = TrainingCurves()
    for step, psnr in ((10, 20.0), (20, 25.0), (30, 24.0)):
        curves.add_validation(step, 0.1, psnr, 0.5)
    assert curves.best == 1
