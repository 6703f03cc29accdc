"""The plot is drawn without the window standing still, and can be zoomed, moved and read."""

from __future__ import annotations

import csv
import threading

import pytest
from PIL import Image

from desktop_app.controllers.training_curves import Layers, TrainingCurves
from desktop_app.ui.pages import train_page


@pytest.fixture
def page(app):
    """The Train page with curves of 400 steps in its plot."""
    app.window.main.show_page("train")
    curves = app.controller.training.curves
    value = TrainingCurves()
    for step in range(1, 401):
        value.add_step(step, 1 / step, 1e-3)
    for step in (100, 200, 300, 400):
        value.add_validation(step, 0.01, 20 + step / 100, 0.9)
    curves.value = value
    page = app.window.main.pages["train"]
    app.until(lambda: page.plot.drawing is not None)
    settle(app, page)
    return page


def settle(app, page) -> None:
    """Wait for a picture that shows everything as it is now."""
    drawn = page.plot.drawn
    page.plot._soon.request()
    app.until(lambda: page.plot.drawn > drawn and app.controller.at_rest)


def limits(page) -> tuple[float, float]:
    return page.plot.drawing.axes.loss.get_xlim()


def test_matplotlib_draws_on_a_worker_thread(app, page, monkeypatch):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    threads = []
    draw = FigureCanvasAgg.draw
    monkeypatch.setattr(
        FigureCanvasAgg,
        "draw",
        lambda self: (threads.append(threading.current_thread()), draw(self))[1],
    )
    settle(app, page)
    assert threads
    assert threading.main_thread() not in threads


def test_all_four_curves_are_drawn_and_the_best_is_named(page):
    axes = page.plot.drawing.axes
    labels = {line.get_label() for line in axes.loss.lines}
    assert {"each step", "smoothed", "validation"} <= labels
    assert [text.get_text() for text in axes.psnr.texts] == ["best 24.00 dB"]
    assert len(axes.rate.lines[0].get_xdata()) == 400


def test_the_wheel_zooms_at_the_pointer_and_a_double_click_shows_all(app, page):
    plot = page.plot
    everything = limits(page)
    x, y = plot.winfo_width() // 2, plot.winfo_height() // 2
    step = plot.picture.step_at(x)
    app.point_at(plot, x, y)
    app.xdotool("click", "--repeat", 3, "--delay", 30, 4)
    settle(app, page)
    first, last = limits(page)
    assert last - first == pytest.approx((everything[1] - everything[0]) / 1.4**3)
    assert plot.picture.step_at(x) == pytest.approx(step, abs=0.5)
    app.xdotool("click", "--repeat", 2, "--delay", 40, 1)
    settle(app, page)
    assert limits(page) == pytest.approx(everything)


def test_dragging_moves_along_the_steps(app, page):
    plot = page.plot
    plot.navigation.zoom(0.25)
    settle(app, page)
    before = limits(page)
    width = plot.picture.right - plot.picture.left
    middle = plot.winfo_width() // 2, plot.winfo_height() // 2
    app.drag(plot, middle, (middle[0] - 100, middle[1]))
    settle(app, page)
    moved = 100 / width * (before[1] - before[0])
    assert limits(page) == pytest.approx((before[0] + moved, before[1] + moved))


def test_keys_zoom_move_and_show_all(app, page):
    plot = page.plot
    everything = limits(page)
    plot.focus_force()
    app.live(0.05)
    app.xdotool("key", "plus")
    settle(app, page)
    zoomed = limits(page)
    assert zoomed[1] - zoomed[0] == pytest.approx((everything[1] - everything[0]) / 1.4)
    app.xdotool("key", "Right")
    settle(app, page)
    assert limits(page)[0] == pytest.approx(zoomed[0] + 0.2 * (zoomed[1] - zoomed[0]))
    app.xdotool("key", "0")
    settle(app, page)
    assert limits(page) == pytest.approx(everything)


def test_the_loss_fits_the_steps_in_view(app, page):
    page.plot.navigation.look_at((200.0, 400.0))
    settle(app, page)
    steps, losses = page.plot.drawing.axes.loss.lines[0].get_data()
    assert (min(steps), max(steps)) == (199, 400)
    assert max(losses) == pytest.approx(1 / 199)


def test_linear_and_logarithmic(app, page):
    assert page.plot.drawing.axes.loss.get_yscale() == "log"
    page.plot.set_logarithmic(False)
    settle(app, page)
    assert page.plot.drawing.axes.loss.get_yscale() == "linear"


def test_the_numbers_under_the_pointer_are_read_off(app, page):
    plot = page.plot
    picture = plot.picture
    first, last = picture.steps
    x = picture.left + (290 - first) / (last - first) * (picture.right - picture.left)
    app.point_at(plot, round(x), plot.winfo_height() // 3)
    words = page._reading.cget("text")
    assert words.startswith(("Step 28", "Step 29"))
    assert "23.00 dB at step 300" in words
    app.point_at(page.messages, 5, 5)
    assert page._reading.cget("text") == ""


def test_the_theme_is_followed(app, page):
    app.window.commands["theme-dark"].run()
    app.live(0.1)
    settle(app, page)
    corner = page.plot.picture.picture.getpixel((2, 2))
    assert corner == tuple(bytes.fromhex(app.window.appearance.palette.value.background[1:]))


def test_the_plot_is_as_large_as_its_place_at_scale_two(make_window):
    app = make_window(2.0)
    app.window.main.show_page("train")
    page = app.window.main.pages["train"]
    app.until(lambda: page.plot.drawing is not None)
    settle(app, page)
    size = page.plot.winfo_width() - 2, page.plot.winfo_height() - 2
    assert page.plot.picture.picture.size == size
    assert page.plot.drawing.axes.loss.figure.dpi == 192


def test_the_exported_files_hold_what_is_shown(app, page, tmp_path, monkeypatch):
    names = {"curves.csv": tmp_path / "c.csv", "curves.png": tmp_path / "c.png"}
    monkeypatch.setattr(train_page, "choose_export", lambda parent, context, name: names[name])
    page.export_numbers()
    page.export_plot()
    app.until(lambda: app.window.main.status.message == f"Wrote {names['curves.png']}.")
    with names["curves.csv"].open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [int(line["step"]) for line in lines] == list(range(1, 401))
    assert [line["psnr"] for line in lines if line["psnr"]] == ["21.0", "22.0", "23.0", "24.0"]
    with Image.open(names["curves.png"]) as picture:
        assert picture.size == (2000, 1400)


def test_a_plot_that_cannot_be_written_is_a_sentence(app, page, tmp_path, monkeypatch):
    target = tmp_path / "missing" / "c.png"
    monkeypatch.setattr(train_page, "choose_export", lambda *_: target)
    page.export_plot()
    assert "the folder does not exist" in app.expect_problem().sentence


def test_layers_are_a_second_tab_and_one_is_chosen(app, page):
    tools = page.tools
    tools.tabs.buttons["layers"].invoke()
    settle(app, page)
    [words] = page.plot.drawing.layers.norms.texts
    assert words.get_text() == "This run has no record of its layers."
    curves = app.controller.training.curves
    for step in (100, 200):
        curves.value.add_layers(
            Layers(
                step,
                ("0 Conv2d", "2 Conv2d"),
                (0.5, step / 1000),
                (0.1, 0.3),
                ((0, 4, 0), (1, 8, 1)),
            )
        )
    curves.notify()
    app.until(lambda: tools.layer.cget("values") == ("0 Conv2d", "2 Conv2d"))
    tools.layer.current(1)
    tools.layer.event_generate("<<ComboboxSelected>>")
    settle(app, page)
    layers = page.plot.drawing.layers
    assert layers.norms.lines[-1].get_label() == "2 Conv2d"
    assert list(layers.norms.lines[-1].get_ydata()) == [0.1, 0.2]
    assert layers.weights.get_ylim() == (-0.3, 0.3)
    app.point_at(page.plot, page.plot.winfo_width() - 40, 20)
    assert page._reading.cget("text") == "Step 100: gradient 0.1, weights up to 0.3"
    page.plot.compare({"earlier": TrainingCurves()})
    settle(app, page)
    assert not page.plot.drawing.layers.norms.lines
    page.plot.compare({})
    tools.tabs.buttons["curves"].invoke()
    settle(app, page)
    assert not tools.layer.winfo_viewable()
    assert page.plot.picture.steps == limits(page)


def test_what_was_not_drawn_on_another_page_is_drawn_on_return(app, page):
    app.window.main.show_page("denoise")
    app.live(0.1)
    drawn = page.plot.drawn
    for step in range(401, 501):
        app.controller.training.curves.value.add_step(step, 0.001, 1e-3)
    app.controller.training.curves.notify()
    app.live(0.8)
    assert page.plot.drawn == drawn
    app.window.main.show_page("train")
    app.until(lambda: limits(page)[1] > 500)
