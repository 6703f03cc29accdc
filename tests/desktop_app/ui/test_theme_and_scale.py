"""Light and dark, one and two times as large."""

from __future__ import annotations

from tkinter import ttk

import pytest

from desktop_app.ui.theme.icons import ICONS, draw_icon
from desktop_app.ui.theme.palette import DARK, LIGHT


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_palette_matches_the_theme(make_window, theme, scale):
    app = make_window(scale, theme=theme)
    palette = LIGHT if theme == "light" else DARK
    style = ttk.Style(app.root)
    assert str(style.lookup("TFrame", "background")) == palette.background
    assert str(style.lookup("TLabel", "foreground")) == palette.text
    assert str(style.lookup("Muted.TLabel", "foreground")) == palette.muted


def test_the_theme_can_be_switched_while_a_picture_is_open(app, photo):
    app.open(photo)
    for theme, palette in (("dark", DARK), ("light", LIGHT), ("dark", DARK)):
        app.window.commands[f"theme-{theme}"].run()
        app.live(0.1)
        assert str(app.page.viewer.cget("background")) == palette.viewer
        assert ttk.Style(app.root).theme_use() == f"sun-valley-{theme}"
    assert app.controller.context.settings.value.theme == "dark"


def test_labels_keep_the_colour_of_their_style_after_a_switch(app):
    app.window.commands["theme-dark"].run()
    app.live(0.2)
    assert str(app.window.main.status._message.cget("foreground")) == ""


def test_everything_is_twice_as_large_at_scale_two(make_window):
    app = make_window(2.0)
    button = app.page.empty.buttons[0]
    assert button.winfo_height() >= 2 * 28
    assert app.root.minsize()[0] == min(1800, app.root.winfo_screenwidth())


@pytest.mark.parametrize("name", sorted(ICONS))
def test_icons_have_the_size_and_colour_asked_for(name):
    icon = draw_icon(name, "#ff0000", 20)
    assert icon.size == (20, 20)
    red, green, blue, alpha = (band.getextrema() for band in icon.split())
    assert (red, green, blue) == ((255, 255), (0, 0), (0, 0))
    assert alpha[1] > 150
    assert alpha[0] == 0
