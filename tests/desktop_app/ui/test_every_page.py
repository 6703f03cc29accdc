"""Every page, in light and dark, at scales 1 and 2, in the smallest window."""

from __future__ import annotations

from tkinter import ttk

import pytest

from desktop_app.ui.theme.palette import DARK, LIGHT
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.scrolled_frame import ScrolledFrame

PAGES = ("denoise", "batch", "train", "learn")


def widgets_of(widget):
    """Yield all widgets inside one that can be seen."""
    for child in widget.winfo_children():
        if child.winfo_viewable():
            yield child
            yield from widgets_of(child)


def show(app, name: str):
    app.window.main.navigation.buttons[name].invoke()
    app.live(0.2)
    app.until(lambda: app.controller.at_rest)
    app.live(0.1)
    return app.window.main.pages[name]


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off_in_the_smallest_window(app, name):
    app.root.geometry("900x600+0+0")
    page = show(app, name)
    right = app.root.winfo_rootx() + app.root.winfo_width()
    bottom = app.root.winfo_rooty() + app.root.winfo_height()
    for widget in widgets_of(page):
        assert widget.winfo_rootx() + widget.winfo_width() <= right, widget
        if isinstance(widget, (ttk.Button, ttk.Checkbutton, ttk.Radiobutton)):
            words = widget.cget("text")
            assert widget.winfo_width() >= widget.winfo_reqwidth(), f"{words!r} is cut off"
    foot = getattr(page, "controls", None)
    if foot is not None:
        assert foot.winfo_rooty() + foot.winfo_height() <= bottom


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_twice_as_large_at_scale_two(make_window, name):
    heights = []
    for scale in (1.0, 2.0):
        app = make_window(scale)
        page = show(app, name)
        buttons = [widget for widget in widgets_of(page) if isinstance(widget, ttk.Button)]
        heights.append(max(button.winfo_reqheight() for button in buttons))
    assert heights[1] == pytest.approx(2 * heights[0], rel=0.1)


def test_the_theme_is_switched_on_every_page_while_training(training):
    from tests.desktop_app.ui.trainer import start, stop

    start(training)
    for theme, palette in (("dark", DARK), ("light", LIGHT)):
        for name in PAGES:
            training.window.main.show_page(name)
            training.live(0.1)
            training.window.commands[f"theme-{theme}"].run()
            training.live(0.2)
            for widget in widgets_of(training.window.main.pages[name]):
                if widget.winfo_class() in ("Text", "Canvas"):
                    colours = {palette.background, palette.viewer, palette.surface}
                    assert str(widget.cget("background")) in colours, widget
    assert training.controller.training.active
    training.window.main.show_page("train")
    page = training.window.main.pages["train"]
    background = tuple(bytes.fromhex(LIGHT.background[1:]))
    training.until(lambda: page.plot.picture.picture.getpixel((2, 2)) == background)
    stop(training)


@pytest.mark.parametrize("name", PAGES)
def test_everything_on_a_page_is_reached_by_the_keyboard(app, name):
    page = show(app, name)
    wanted = {
        str(widget)
        for widget in widgets_of(page)
        if isinstance(widget, (ttk.Button, ttk.Combobox, ttk.Entry, ttk.Checkbutton, ttk.Scale))
        and not widget.instate(["disabled"])
    }
    reached = set()
    first = widget = page.tk_focusNext()
    for _ in range(300):
        reached.add(str(widget))
        widget = widget.tk_focusNext()
        if widget is first:
            break
    assert wanted <= reached


@pytest.mark.parametrize("name", ["batch", "train"])
def test_a_scroll_bar_stands_apart_from_the_card_beside_it(make_window, name):
    app = make_window(2.0)
    app.root.geometry("1600x930+0+0")
    page = show(app, name)
    bars = [one for one in widgets_of(page) if isinstance(one, ttk.Scrollbar)]
    (bar,) = (one for one in bars if isinstance(one.master, ScrolledFrame))
    end = bar.winfo_rootx() + bar.winfo_width()
    cards = [one.winfo_rootx() for one in widgets_of(page) if isinstance(one, Card)]
    assert min(left for left in cards if left >= end) - end >= app.window.appearance.px(8)
