"""Curves of long runs stay quick to draw and keep what the eye would see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.controllers.training_curves import Layers, TrainingCurves, decimated, visible


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


def test_a_run_that_goes_on_from_a_checkpoint_loses_what_came_after_it():
    curves = TrainingCurves()
    for step in range(1, 11):
        curves.add_step(step, 1.0, 0.1)
    for step, psnr in ((4, 20.0), (8, 25.0)):
        curves.add_validation(step, 0.1, psnr, 0.5)
    for step in (1, 5, 7):
        curves.add_layers(Layers(step, ("0 Conv2d",), (float(step),), (1.0,), ((2, 1),)))
    curves.return_to(6)
    assert [event.step for event in curves.layers] == [1, 5]
    assert [curves.layers_at(step).step for step in (0, 1, 4.5, 5, 99)] == [1, 1, 1, 5, 5]
    assert curves.steps == [1, 2, 3, 4, 5, 6]
    assert curves.checked_steps == [4]
    assert curves.best == 0
    curves.add_step(7, 1.0, 0.1)
    assert curves.smoothed[-1] == pytest.approx(1.0)


def test_returning_to_the_start_leaves_nothing():
    curves = TrainingCurves()
    curves.add_step(1, 5.0, 0.1)
    curves.add_validation(1, 0.1, 20.0, 0.5)
    curves.return_to(0)
    assert (curves.steps, curves.smoothed, curves.psnr, curves.best) == ([], [], [], None)
    curves.add_step(1, 2.0, 0.1)
    assert curves.smoothed == [pytest.approx(2.0)]


def test_a_curve_with_every_tenth_step_is_smoothed_over_as_many_steps():
    every, tenth = TrainingCurves(), TrainingCurves()
    for step in range(1, 1001):
        loss = 2.0 if step <= 500 else 1.0
        every.add_step(step, loss, 0.1)
        if step % 10 == 0:
            tenth.add_step(step, loss, 0.1)
    assert tenth.smoothed[-40] == pytest.approx(every.smoothed[tenth.steps[-40] - 1], abs=0.05)


def test_a_repeated_validation_replaces_the_first():
    curves = TrainingCurves()
    for psnr in (20.0, 21.0):
        curves.add_validation(10, 0.1, psnr, 0.5)
    assert (curves.checked_steps, curves.psnr) == ([10], [21.0])


def test_a_copy_does_not_grow():
    curves = TrainingCurves()
    curves.add_step(1, 1.0, 0.1)
    copy = curves.copy()
    curves.add_step(2, 1.0, 0.1)
    curves.add_validation(2, 0.1, 20.0, 0.5)
    assert (copy.steps, copy.psnr) == ([1], [])


@pytest.mark.parametrize(("step", "index"), [(-5, 0), (14, 0), (16, 1), (25, 1), (99, 2)])
def test_the_nearest_step_is_found(step, index):
    curves = TrainingCurves()
    for known in (10, 20, 40):
        curves.add_step(known, 1.0, 0.1)
    assert curves.nearest(step) == index
    assert curves.nearest_validation(step) is None


def test_the_part_in_view_reaches_one_point_beyond_it():
    steps, values = list(range(0, 100, 10)), list(range(10))
    assert visible(steps, values, None) == (steps, values)
    assert visible(steps, values, (25, 45)) == ([20, 30, 40, 50], [2, 3, 4, 5])
    assert visible(steps, values, (-5, 5)) == ([0, 10], [0, 1])
    assert visible([], [], (0, 5)) == ([], [])
