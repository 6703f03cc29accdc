"""The whole way without a mouse, and a focus that is always to be seen."""

from __future__ import annotations

import os
from tkinter import ttk

import numpy as np
import pytest
from PIL import Image, ImageGrab

from desktop_app.ui.pages import PAGES

STRONG = 40
"""How much a pixel must change, of 255, to be noticed."""


def test_open_denoise_compare_save_batch_and_train_by_keys_alone(training, photo, monkeypatch):
    app, view = training, training.controller.view
    for place in ("desktop_app.ui.window_commands", "desktop_app.ui.pages.batch_page"):
        monkeypatch.setattr(f"{place}.choose_pictures", lambda *_: [photo])
    documents, batch = app.controller.documents, app.controller.batch
    app.key("ctrl+1")
    app.key("ctrl+o")
    app.until(lambda: documents.current.value is not None)
    document = documents.current.value
    app.key("ctrl+Return")
    app.until(lambda: document.state.value.denoised is not None)
    app.key("space")
    assert (view.mode.value, view.before_shown.value) == ("flip", True)
    app.key("1")
    assert view.viewport.zoom == 1
    strength = app.page.inspector.strength.luma
    reach(app, strength.scale)
    app.xdotool("key", "Left", "Left")
    assert document.state.value.strength == pytest.approx(0.98)
    app.root.after(200, lambda: press_in_dialog(app, "Return"))
    app.key("ctrl+s")
    app.until(lambda: not document.unsaved)
    assert document.saved_path.exists()
    app.key("ctrl+2")
    app.key("ctrl+o")
    app.until(lambda: batch.rows.value)
    app.key("ctrl+Return")
    app.until(lambda: batch.summary.value)
    app.key("ctrl+3")
    app.key("ctrl+Return")
    app.until(lambda: app.controller.training.state.value == "running")
    reach(app, app.window.main.pages["train"].controls.stop)
    app.xdotool("key", "space")
    app.until(lambda: not app.controller.training.active)


def reach(app, widget) -> None:
    """Press Tab until a widget has the focus."""
    for _ in range(80):
        if app.root.focus_get() is widget:
            return
        app.xdotool("key", "Tab")
    raise AssertionError(f"{widget} cannot be reached")


def press_in_dialog(app, key: str) -> None:
    app.xdotool("key", key)


def picture_of(widget) -> np.ndarray:
    left, top = max(0, widget.winfo_rootx() - 4), max(0, widget.winfo_rooty() - 4)
    box = (left, top, left + widget.winfo_width() + 8, top + widget.winfo_height() + 8)
    picture: Image.Image = ImageGrab.grab(box, xdisplay=os.environ["DISPLAY"])
    return np.asarray(picture.convert("RGB")).astype(int)


def test_the_focus_is_to_be_seen_on_every_kind_of_widget(app, photo):
    app.open(photo)
    app.denoise()
    app.root.event_generate("<Motion>", warp=True, x=1, y=1)
    for page in PAGES:
        app.window.main.show_page(page.name)
        app.live(0.05)
        app.until(lambda: app.controller.at_rest)
        kinds = {}
        first = widget = app.window.main.tk_focusNext()
        while True:
            assert not isinstance(widget, ttk.Label), widget
            style = widget.cget("style") if isinstance(widget, ttk.Widget) else ""
            kinds.setdefault((type(widget), style), widget)
            widget = widget.tk_focusNext()
            if widget is first:
                break
        assert len(kinds) >= 3
        for theme in ("light", "dark", "high-contrast"):
            app.window.commands[f"theme-{theme}"].run()
            app.root.focus_force()
            app.live(0.05)
            for kind, widget in kinds.items():
                widget.focus_set()
                app.live(0.01)
                focused = picture_of(widget)
                app.root.focus_set()
                app.live(0.01)
                change = np.abs(picture_of(widget) - focused).max(axis=2)
                assert np.count_nonzero(change > STRONG) > 20, f"{kind} in {theme}: {widget}"


def test_what_is_chosen_and_what_cannot_be_used_show_without_colour(app, photo):
    app.open(photo)
    app.root.event_generate("<Motion>", warp=True, x=1, y=1)
    button = app.page.toolbar._modes.buttons["flip"]

    def gray():
        app.live(0.02)
        return picture_of(button) @ (0.299, 0.587, 0.114)

    for theme in ("light", "dark", "high-contrast"):
        app.window.commands[f"theme-{theme}"].run()
        app.live(0.05)
        looks = []
        for states in (["disabled"], ["!disabled"], ["!disabled", "selected"]):
            button.state([*states] if "selected" in states else [*states, "!selected"])
            looks.append(gray())
        for first, second in ((0, 1), (1, 2)):
            change = np.abs(looks[first] - looks[second])
            assert np.count_nonzero(change > STRONG) > 20, (theme, first)
