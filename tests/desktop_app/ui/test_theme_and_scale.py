"""Light, dark and of high contrast, one and two times as large, and with larger texts."""

from __future__ import annotations

from tkinter import font as tkfont
from tkinter import ttk

import numpy as np

from desktop_app.ui.pages import PAGES
from desktop_app.ui.theme.icons import ICONS, draw_icon
from desktop_app.ui.theme.palette import DARK, HIGH_CONTRAST, LIGHT

PALETTES = {palette.name: palette for palette in (LIGHT, DARK, HIGH_CONTRAST)}


def test_the_palette_matches_the_theme_and_scale_two_is_twice_as_large(make_window):
    app = make_window(2.0, theme="dark")
    style = ttk.Style(app.root)
    for theme in ("dark", "light", "high-contrast"):
        app.window.commands[f"theme-{theme}"].run()
        palette = PALETTES[theme]
        app.live(0.02)
        assert str(style.lookup("TFrame", "background")) == palette.background
        assert str(style.lookup("TLabel", "foreground")) == palette.text
        assert str(style.lookup("Muted.TLabel", "foreground")) == palette.muted
        # Labels keep the colour of their style after a switch.
        assert str(app.window.main.status._message.cget("foreground")) == ""
        assert app.page.empty.buttons[0].winfo_reqheight() >= 2 * 28
    assert app.root.minsize()[0] == min(1800, app.root.winfo_screenwidth())


def test_high_contrast_is_high():
    ground = _luminance(HIGH_CONTRAST.background)
    names = ("text", "muted", "accent", "good", "bad", "border")
    for colour in (*(getattr(HIGH_CONTRAST, name) for name in names), *HIGH_CONTRAST.series):
        assert (_luminance(colour) + 0.05) / (ground + 0.05) >= 7, colour


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_texts_grow_by_themselves(make_window):
    app = make_window(text_scale=1.5)
    fonts = [tkfont.nametofont(name, app.root) for name in ("SunValleyBodyFont", "TkDefaultFont")]
    assert [font.cget("size") for font in fonts] == [-21, -21]
    assert app.window.appearance.px(100) == 100
    app.root.geometry("1200x800")
    for page in PAGES:
        app.window.main.show_page(page.name)
        app.live(0.05)
        for label in _labels(app.window.main.pages[page.name]):
            wraps = isinstance(label, ttk.Label) and str(label.cget("wraplength")).strip("0")
            if not wraps:
                assert label.winfo_width() >= label.winfo_reqwidth(), label.cget("text")


def _labels(widget):
    for child in widget.winfo_children():
        if child.winfo_viewable():
            if isinstance(child, (ttk.Label, ttk.Button, ttk.Checkbutton)) and child.cget("text"):
                yield child
            yield from _labels(child)


def test_the_theme_can_be_switched_while_a_picture_is_open(app, photo):
    app.open(photo)
    for theme, palette in (("dark", DARK), ("light", LIGHT), ("high-contrast", HIGH_CONTRAST)):
        app.window.commands[f"theme-{theme}"].run()
        app.live(0.1)
        assert str(app.page.viewer.cget("background")) == palette.viewer
    assert app.controller.context.settings.value.theme == "high-contrast"


def test_icons_have_the_size_and_colour_asked_for_and_look_different():
    drawn = {name: draw_icon(name, "#ff0000", 20) for name in ICONS}
    for name, icon in drawn.items():
        assert icon.size == (20, 20)
        red, green, blue, alpha = (band.getextrema() for band in icon.split())
        assert (red, green, blue) == ((255, 255), (0, 0), (0, 0)), name
        assert alpha[1] > 150, name
        assert alpha[0] == 0, name
    ways = ("split", "side", "flip", "removed", "error", "rivals")
    masks = [np.asarray(drawn[name].getchannel("A")).astype(float) for name in ways]
    for number, mask in enumerate(masks):
        for other in masks[:number]:
            assert np.abs(mask - other).mean() > 15


def test_the_toolbar_is_whole_beside_large_texts(make_window, photo):
    app = make_window(1.0, text_scale=1.5)
    app.root.geometry("900x600+0+0")
    app.open(photo)
    app.live(0.2)
    toolbar = app.page.toolbar
    end = toolbar.winfo_rootx() + toolbar.winfo_width()
    buttons = [*toolbar._modes.buttons.values(), *toolbar._zooming, toolbar._save, toolbar._redo]
    for button in buttons:
        assert button.winfo_viewable()
        assert button.winfo_width() >= button.winfo_reqwidth()
        assert button.winfo_rootx() + button.winfo_width() <= end
