"""The viewer under a real pointer and real keys."""

from __future__ import annotations

import os

import pytest
from PIL import Image, ImageGrab

from desktop_app.ui.widgets.viewer_marks import FRAME, SIDE
from desktop_app.ui.widgets.viewer_mouse import NOTCH


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
        (middle + 90, state.denoised.picture),
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
    shown.page.inspector.clean.title.invoke()
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


def test_the_keys_zoom_to_the_pointer(shown):
    viewer, view = shown.page.viewer, shown.controller.view
    view.zoom_to(16)
    shown.point_at(viewer, 101, 90)
    shown.point_at(viewer, 100, 90)
    before = view.viewport.to_picture(100, 90)
    shown.key("plus")
    assert view.viewport.zoom == 24
    assert view.viewport.to_picture(100, 90) == pytest.approx(before, abs=0.3)


def test_a_trackpads_small_movements_add_up_to_a_step(shown):
    viewer, view = shown.page.viewer, shown.controller.view
    view.zoom_to(2)
    for _ in range(3):
        viewer.event_generate("<MouseWheel>", x=50, y=50, delta=NOTCH * 30 // 120)
    assert view.viewport.zoom == 2
    viewer.event_generate("<MouseWheel>", x=50, y=50, delta=NOTCH * 30 // 120)
    assert view.viewport.zoom == 3


def test_pinching_zooms_finely_around_the_pointer(shown):
    viewer, view = shown.page.viewer, shown.controller.view
    view.zoom_to(16)
    before = view.viewport.to_picture(80, 60)
    viewer.event_generate("<Control-Button-4>", x=80, y=60)
    assert 16 < view.viewport.zoom < 20
    assert view.viewport.to_picture(80, 60) == pytest.approx(before, abs=0.01)
    viewer.event_generate("<Control-Button-5>", x=80, y=60)
    assert view.viewport.zoom == pytest.approx(16)


def test_shift_and_wheel_move_sideways(shown):
    viewer, view = shown.page.viewer, shown.controller.view
    view.zoom_to(16)
    left, top = view.viewport.left, view.viewport.top
    viewer.event_generate("<Shift-Button-5>", x=80, y=60)
    assert view.viewport.left > left
    assert (view.viewport.top, view.viewport.zoom) == (top, 16)


def test_the_loupe_shows_before_and_after_enlarged(shown):
    viewer, view = shown.page.viewer, shown.controller.view
    view.mode.value = "flip"
    shown.key("l")
    x, y = viewer.winfo_width() // 2 - 40, viewer.winfo_height() // 2
    shown.point_at(viewer, x - 1, y)
    shown.point_at(viewer, x, y)
    shown.live(0.2)
    loupe = viewer._mouse._loupe
    assert loupe.shown
    state = shown.controller.documents.current.value.state.value
    point = view.viewport.to_picture(x, y)
    left, top = (int(value) for value in viewer.coords(loupe._item))
    side, frame = shown.window.appearance.px(SIDE), shown.window.appearance.px(FRAME)
    place = side // 2 + 3
    column, row = (int(value + 3.5 / loupe.zoom) for value in point)
    for pane, picture in enumerate((state.noisy.picture, state.denoised.picture)):
        shown_at = left + frame + pane * (side + frame) + place, top + frame + place
        assert _pixel(shown, viewer, *shown_at) == tuple(picture.samples[row, column])
    shown.key("l")
    assert not loupe.shown


def test_the_loupe_vanishes_beside_the_picture(shown):
    viewer = shown.page.viewer
    shown.key("l")
    shown.point_at(viewer, viewer.winfo_width() // 2, viewer.winfo_height() // 2)
    shown.live(0.1)
    assert viewer._mouse._loupe.shown
    shown.point_at(viewer, 3, 3)
    shown.live(0.1)
    assert not viewer._mouse._loupe.shown


def test_two_to_one_shows_crisp_pixels(shown):
    viewer, view = shown.page.viewer, shown.controller.view
    shown.key("2")
    shown.live(0.3)
    noisy = shown.controller.documents.current.value.state.value.noisy.picture.samples
    left, top = (round(value) for value in view.viewport.to_window(20, 30))
    for x, y in ((0, 0), (1, 0), (0, 1), (1, 1)):
        assert _pixel(shown, viewer, left + x, top + y) == tuple(noisy[30, 20])
    assert _pixel(shown, viewer, left + 2, top) == tuple(noisy[30, 21])


def test_differences_are_amplified_as_far_as_wanted(shown):
    view = shown.controller.view
    view.show_mode("removed")
    assert view.difference().gain == 4
    shown.key("bracketright")
    assert view.difference().gain == 8
    shown.key("bracketleft", "bracketleft", "bracketleft", "bracketleft", "bracketleft")
    assert view.difference().gain == 1
