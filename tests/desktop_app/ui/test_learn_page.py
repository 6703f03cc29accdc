"""The Learn page as a person uses it."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.ui.widgets.picture_grid import compose

pytestmark = pytest.mark.usefixtures("own_window")


@pytest.fixture
def page(app):
    app.window.main.navigation.buttons["learn"].invoke()
    app.until(lambda: app.controller.learn.report.value is not None)
    app.live(0.1)
    return app.window.main.pages["learn"]


def click(app, page, index: int) -> None:
    left, top, right, bottom = page.diagram.box(index)
    canvas = page.diagram.canvas
    app.point_at(canvas, (left + right) // 2, (top + bottom) // 2 - int(canvas.canvasy(0)))
    app.xdotool("click", 1)


def test_nothing_is_computed_before_somebody_looks(app, photo):
    app.open(photo)
    app.live(0.2)
    assert app.controller.learn.report.value is None
    assert not app.controller.learn.inspecting.value


def test_without_a_picture_the_sample_is_inspected(page, app):
    assert "sample" in app.controller.learn.report.value.picture
    assert page.maps.shown == len(app.controller.learn.layer.maps)
    assert page.kernels.shown == 4


def test_a_click_and_the_keyboard_choose_layers(page, app):
    click(app, page, 2)
    learn = app.controller.learn
    assert learn.selected.value == 2
    assert learn.layer.kind == "Conv2d"
    assert page.maps.shown == learn.layer.output_shape[0]
    app.xdotool("key", "Down", "Down")
    assert learn.selected.value == 4
    app.xdotool("key", "Next", "Next", "Next")
    assert learn.selected.value == len(learn.report.value.layers) - 1
    canvas = page.diagram.canvas
    bottom = page.diagram.box(learn.selected.value)[3]
    assert bottom <= canvas.canvasy(canvas.winfo_height())


def test_the_gradient_check_shows_measured_errors(page, app):
    learn = app.controller.learn
    learn.select(1)
    page.gradients.button.invoke()
    assert page.gradients.button.cget("text") == "Cancel"
    app.until(lambda: learn.check.value)
    assert learn.check.value.passed
    words = page.gradients.errors()
    assert [words[row] for row in (3, 6, 9)] == ["input", "weight", "bias"]
    assert "Right" in page.gradients.verdict.cget("text")
    learn.select(2)
    assert learn.check.value is None
    assert page.gradients.errors() == []


def test_a_gradient_check_is_cancelled_between_two_evaluations(page, app, monkeypatch):
    from desktop_app.services.models import gradient_check

    monkeypatch.setattr(gradient_check, "DIRECTIONS", 10**9)
    learn = app.controller.learn
    learn.select(1)
    page.gradients.button.invoke()
    app.live(0.3)
    assert learn.checking.value
    page.gradients.button.invoke()
    app.until(lambda: app.controller.at_rest, timeout=10)
    assert not learn.checking.value
    assert learn.check.value is None
    assert page.gradients.button.cget("text") == "Check gradient"
    assert "Measure it" in page.gradients.verdict.cget("text")


def test_closing_during_a_gradient_check_ends_it(page, app, monkeypatch):
    from desktop_app.services.models import gradient_check

    monkeypatch.setattr(gradient_check, "DIRECTIONS", 10**9)
    app.controller.learn.select(1)
    page.gradients.button.invoke()
    app.live(0.2)
    app.window.close()
    app.until(lambda: app.closed, timeout=10)


def test_the_page_follows_the_picture_and_the_model(page, app, photo, make_photo, tmp_path):
    app.open(photo)
    learn = app.controller.learn
    app.until(lambda: learn.report.value.picture == photo.name)
    app.window.main.show_page("denoise")
    app.live(0.05)
    other = make_photo(tmp_path / "other.png")
    app.open(other)
    app.live(0.2)
    assert learn.report.value.picture == photo.name
    app.window.main.show_page("learn")
    app.until(lambda: learn.report.value.picture == other.name)


def test_pictures_are_laid_out_as_large_as_fits():
    stack = np.stack([np.full((10, 20), 10 * (number + 1), np.uint8) for number in range(4)])
    image = compose(stack, 84, 44, 4, "#000000")
    values = np.asarray(image)[:, :, 0]
    assert [values[5, 5], values[5, 60], values[30, 5], values[30, 60]] == [10, 20, 30, 40]
    assert values[21, 5] == 0
    assert set(np.unique(values)) == {0, 10, 20, 30, 40}


def test_a_map_grows_and_tells_its_values(page, app):
    learn, maps = app.controller.learn, page.maps
    learn.select(2)
    app.live(0.05)
    layer = learn.layer
    app.point_at(maps, 3, 3)
    assert f": map 1 of {len(layer.maps)}, row " in page._layer_title.cget("text")
    app.xdotool("click", 1)
    assert maps.chosen == 0
    x, y = maps.winfo_width() // 3, maps.winfo_height() // 3
    app.point_at(maps, x, y)
    place = maps.place_at(x, y)
    assert place.row > 10
    value = float(layer.values[place.picture, place.row, place.column])
    assert page._layer_title.cget("text").endswith(f"column {place.column + 1}: {value:.3g}")
    low, high = layer.lowest, layer.highest
    assert low - 1e-3 <= value <= high + 1e-3
    app.xdotool("key", "Right")
    assert maps.chosen == 1
    app.xdotool("key", "Escape")
    assert maps.chosen is None
