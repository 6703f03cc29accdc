"""The geometry of zoom and pan, for any window and any picture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.controllers.viewport import MAXIMUM_ZOOM, Viewport

sides = st.integers(1, 8000)
points = st.floats(0, 1)


def _viewport(width, height, picture_width, picture_height):
    viewport = Viewport(width, height)
    viewport.show(picture_width, picture_height)
    return viewport


@given(sides, sides, sides, sides)
def test_fit_shows_the_whole_picture_in_the_middle(width, height, picture_width, picture_height):
    viewport = _viewport(width, height, picture_width, picture_height)
    left, top = viewport.to_window(0, 0)
    right, bottom = viewport.to_window(picture_width, picture_height)
    assert left >= -1e-6
    assert top >= -1e-6
    assert left == pytest.approx(width - right, abs=1e-6)
    assert top == pytest.approx(height - bottom, abs=1e-6)
    assert viewport.zoom <= 1


@given(points, points, st.floats(0.3, 30), st.floats(0.3, 30))
def test_zooming_in_keeps_the_point_under_the_pointer(x, y, first, second):
    viewport = _viewport(1000, 700, 6000, 4000)
    viewport.zoom_to(first)
    before = viewport.to_picture(x * 1000, y * 700)
    viewport.zoom_to(max(first, second), x * 1000, y * 700)
    assert viewport.to_picture(x * 1000, y * 700) == pytest.approx(before, abs=1e-6)


@given(st.lists(st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000)), max_size=5))
def test_the_picture_never_leaves_the_window(moves):
    viewport = _viewport(1000, 700, 3000, 500)
    viewport.zoom_to(1)
    for x, y in moves:
        viewport.pan(x, y)
        assert 0 <= viewport.left <= 2000
        assert viewport.top == -100  # lower than the window: stays centred


def test_steps_go_up_to_the_maximum_and_down_to_fit():
    viewport = _viewport(1000, 700, 6000, 4000)
    seen = [viewport.zoom]
    for _ in range(40):
        viewport.zoom_step(+1)
        seen.append(viewport.zoom)
    assert seen[-1] == MAXIMUM_ZOOM
    assert {1.0, 2.0} <= set(seen)
    for _ in range(40):
        viewport.zoom_step(-1)
    assert viewport.zoom == pytest.approx(viewport.fit_zoom)


def test_a_fitted_picture_stays_fitted_when_the_window_grows():
    viewport = _viewport(500, 400, 2000, 1000)
    viewport.resize(1000, 800)
    assert viewport.zoom == 0.5
    viewport.zoom_to(1)
    centre = viewport.to_picture(500, 400)
    viewport.resize(600, 500)
    assert viewport.zoom == 1
    assert viewport.to_picture(300, 250) == pytest.approx(centre)


def test_a_picture_of_the_same_size_keeps_the_view():
    viewport = _viewport(500, 400, 2000, 1000)
    viewport.zoom_to(2, 100, 100)
    place = viewport.left, viewport.top
    viewport.show(2000, 1000)
    assert (viewport.left, viewport.top, viewport.zoom) == (*place, 2)
    viewport.show(1000, 2000)
    assert viewport.fitted


def test_the_visible_part_lies_inside_the_picture():
    viewport = _viewport(500, 400, 100, 50)
    assert viewport.visible() == (0, 0, 100, 50)
    viewport.zoom_to(10)
    left, top, right, bottom = viewport.visible()
    assert (right - left, bottom - top) == pytest.approx((50, 40))
