"""The viewer under a real pointer and real keys."""

from __future__ import annotations

import os

import pytest
from PIL import Image, ImageGrab


@pytest.fixture
def shown(app, photo):
    """The app with a denoised picture, fitted."""
    app.open(photo)
    app.denoise()
    return app


def _pixel(app, widget, x: int, y: int) -> tuple[int, int, int]:
    """Return a pixel as it is on the screen."""
    left, top = widget.winfo_rootx() + x, widget.winfo_rooty() + y
    place = (left, top, left + 1, top + 1)
    return ImageGrab.grab(place, xdisplay=os.environ["DISPLAY"]).convert("RGB").getpixel((0, 0))


def test_the_split_line_follows_the_pointer(shown):
    viewer, view = shown.page.viewer, shown.controller.view
    width, height = viewer.winfo_width(), viewer.winfo_height()
    shown.drag(viewer, (width // 2, height // 3), (width // 4, height // 3))
    assert view.split.value == pytest.approx(0.25, abs=0.01)


def test_dragging_beside_the_split_line_moves_the_picture(shown):
    viewer, view = shown.page.viewer, shown.controller.view
    view.zoom_to(8)
    shown.live()
    left, top = view.viewport.left, view.viewport.top
    shown.drag(viewer, (100, 100), (60, 76))
    assert view.viewport.left == pytest.approx(left + 40 / 8, abs=0.2)
    assert view.viewport.top == pytest.approx(top + 24 / 8, abs=0.2)
    assert view.split.value == 0.5


def test_the_wheel_zooms_to_the_pointer(shown):
    viewer, viewport = shown.page.viewer, shown.controller.view.viewport
    x, y = viewer.winfo_width() // 2 + 50, viewer.winfo_height() // 2 + 30
    shown.controller.view.zoom_to(8)
    before = viewport.to_picture(x, y)
    shown.point_at(viewer, x, y)
    for _ in range(3):
        shown.xdotool("click", 4)
    assert viewport.zoom == 24
    assert viewport.to_picture(x, y) == pytest.approx(before, abs=0.5)
    for _ in range(12):
        shown.xdotool("click", 5)
    assert viewport.zoom == pytest.approx(viewport.fit_zoom)


def test_left_of_the_line_stands_before_and_right_of_it_after(shown, photo):
    viewer, view = shown.page.viewer, shown.controller.view
    view.zoom_to(4)
    shown.live(0.2)
    state = shown.controller.documents.current.value.state.value
    middle = viewer.winfo_width() // 2
    for x, picture in (
        (middle - 90, state.noisy.picture),
        (middle + 90, state.denoised.loaded.picture),
    ):
        column, row = (int(value) for value in view.viewport.to_picture(x + 0.5, 200.5))
        assert _pixel(shown, viewer, x, 200) == tuple(picture.samples[row, column])


def test_keys_zoom_fit_and_flip(shown):
    view = shown.controller.view
    shown.key("1")
    assert view.viewport.zoom == 1
    shown.key("2")
    assert view.viewport.zoom == 2
    shown.key("plus")
    assert view.viewport.zoom == 3
    shown.key("minus")
    assert view.viewport.zoom == 2
    shown.key("0")
    assert view.viewport.fitted
    shown.key("space")
    assert (view.mode.value, view.before_shown.value) == ("flip", True)
    shown.key("space")
    assert (view.mode.value, view.before_shown.value) == ("flip", False)


def test_keys_do_not_act_while_somebody_types(shown):
    seed = shown.page.inspector.noise.seed
    shown.root.focus_force()
    seed.focus_set()
    seed.delete(0, "end")
    shown.live(0.05)
    shown.xdotool("key", "1", "2")
    assert seed.get() == "12"
    assert shown.controller.view.viewport.fitted


def test_side_by_side_shows_the_same_part_twice(shown):
    view = shown.controller.view
    view.mode.value = "side"
    shown.live(0.2)
    assert view.viewport.width < shown.page.viewer.winfo_width() / 2
    view.mode.value = "split"
    shown.live(0.2)
    assert view.viewport.width == shown.page.viewer.winfo_width()


def test_the_status_line_tells_the_values_under_the_pointer(shown, photo):
    viewer, view = shown.page.viewer, shown.controller.view
    x, y = viewer.winfo_width() // 2 - 20, viewer.winfo_height() // 2
    shown.point_at(viewer, x - 1, y)
    shown.point_at(viewer, x, y)
    column, row = (int(value) for value in view.viewport.to_picture(x, y))
    with Image.open(photo) as picture:
        values = " ".join(str(value) for value in picture.getpixel((column, row)))
    assert f"{column}, {row}: {values} →" in shown.window.main.status.facts
