"""Everything lies on the screen, however few pixels it has for the size of the interface."""

from __future__ import annotations

import shutil
import tkinter as tk
from functools import partial
from pathlib import Path
from tkinter import ttk

import pytest

from desktop_app.controllers.problems import Problem
from desktop_app.ui.dialogs.card_dialogs import CardDialog, CardEditor
from desktop_app.ui.dialogs.dialog import Question
from desktop_app.ui.dialogs.information_dialogs import AboutDialog, ProblemDialog, ShortcutsDialog
from desktop_app.ui.dialogs.save_all_dialog import SaveAllDialog
from desktop_app.ui.dialogs.save_dialog import ExportDialog, SaveDialog, UnsavedDialog
from desktop_app.ui.dialogs.settings_dialog import SettingsDialog
from desktop_app.ui.pages import PAGES
from desktop_app.ui.widgets.picture_grid import PictureGrid
from desktop_app.ui.widgets.scrolled_frame import ScrolledFrame
from desktop_app.ui.window_place import Screens, seen

SMALLEST_PICTURE = 120
"""Pixels that a picture needs on its shorter side; half of it for many that stand together."""

CONTROLS = (ttk.Button, ttk.Checkbutton, ttk.Radiobutton, ttk.Combobox, ttk.Spinbox, ttk.Entry)


def controls_of(widget: tk.Misc, scrolled: bool = False):
    """Yield the controls that are shown, each with whether it can be scrolled into view."""
    for child in widget.winfo_children():
        if isinstance(child, tk.Toplevel) or not child.winfo_viewable():
            continue
        inside = scrolled or isinstance(child, ScrolledFrame)
        if isinstance(child, CONTROLS):
            yield child, inside
        yield from controls_of(child, inside)


def needed_width(label: ttk.Label) -> int:
    """The pixels that the letters of a label need, whatever width it asks for."""
    asked = label.cget("width")
    label.configure(width=0)
    needed = label.winfo_reqwidth()
    label.configure(width=asked)
    return needed


def check_pictures_and_words(widget: tk.Misc, smallest: int = SMALLEST_PICTURE) -> None:
    """Every picture has a useful size, every text all of its lines and letters."""
    for child in widget.winfo_children():
        if isinstance(child, tk.Toplevel) or not child.winfo_viewable():
            continue
        name = f"{child} {child.cget('text') if 'text' in set(child.keys()) else ''}"
        if isinstance(child, PictureGrid) and child.shown:
            _, top, right, bottom = child.bbox("all")
            assert min(right, bottom - top) >= smallest // (1 if child.shown == 1 else 2), name
        elif isinstance(child, tk.Canvas):
            for item in child.find_all():
                if child.type(item) == "text" and child.itemcget(item, "text"):
                    left, top, right, bottom = child.bbox(item)
                    words = child.itemcget(item, "text")
                    assert -2 <= left <= right <= child.winfo_width() + 2, (name, words)
                    if not child.cget("scrollregion"):
                        assert -2 <= top <= bottom <= child.winfo_height() + 2, (name, words)
        elif isinstance(child, ttk.Label):
            assert child.winfo_height() >= child.winfo_reqheight(), name
            assert child.winfo_width() >= child.winfo_reqwidth(), name
            assert child.winfo_y() + child.winfo_height() <= child.master.winfo_height(), name
            # The last pixels are the room behind the last letter.
            assert needed_width(child) <= child.winfo_width() + 2, name
        elif isinstance(child, (ttk.Spinbox, ttk.Combobox)):
            assert child.winfo_width() >= child.winfo_reqwidth(), name
        elif isinstance(child, ttk.Treeview):
            shown = child["displaycolumns"]
            shown = child["columns"] if tuple(map(str, shown)) == ("#all",) else shown
            columns = sum(child.column(column, "width") for column in shown)
            assert columns <= child.winfo_width(), name
        check_pictures_and_words(child, smallest)


def check(window: tk.Misc) -> int:
    """Every control is whole, and on the screen or to be scrolled there; return their number."""
    count = 0
    for control, scrolled in controls_of(window):
        name = f"{control} {control.cget('text') if 'text' in set(control.keys()) else ''}"
        assert control.winfo_rootx() >= 0, name
        assert control.winfo_rootx() + control.winfo_width() <= window.winfo_screenwidth(), name
        if isinstance(control, (ttk.Button, ttk.Checkbutton, ttk.Radiobutton)):
            assert control.winfo_width() >= control.winfo_reqwidth(), name
            assert control.winfo_height() >= control.winfo_reqheight(), name
        if not scrolled:
            bottom = control.winfo_rooty() + control.winfo_height()
            assert bottom <= window.winfo_screenheight(), name
        count += 1
    return count


SMALL = [
    ((1600, 1000), 2.0, "dark", 1.0),
    ((1366, 768), 1.5, "light", 1.0),
    ((1600, 1000), 2.0, "high-contrast", 1.0),
    ((900, 600), 1.0, "dark", 1.0),
    ((1366, 768), 1.0, "light", 1.5),
]


@pytest.fixture(params=SMALL, ids=str)
def small(request, make_window, photo, monkeypatch):
    """A window with a result on a small screen, where it stood on a large one before."""
    screen, scale, theme, text_scale = request.param
    for side, pixels in zip(("width", "height"), screen, strict=True):
        for name in (f"winfo_screen{side}", f"winfo_vroot{side}"):
            monkeypatch.setattr(tk.Misc, name, lambda widget, pixels=pixels: pixels)
    place = "3000x2000+2500+1900"
    app = make_window(scale, window_geometry=place, theme=theme, text_scale=text_scale)
    app.open(photo)
    app.denoise()
    app.controller.batch.add([photo])
    app.until(lambda: app.controller.batch.rows.value)
    return app


def check_laboratory(app, smallest: int = SMALLEST_PICTURE) -> None:
    """Every view of the Learn page is whole, with every kind of layer."""
    learn, page = app.controller.learn, app.window.main.pages["learn"]
    kinds = {layer.kind: index for index, layer in enumerate(learn.report.value.layers)}
    for name in ("example", "live", "look", "change", "backward"):
        page.show_view(name)
        app.live(0.1)
        check(app.root)
        check_pictures_and_words(page, smallest)
        for index in kinds.values() if name == "look" else ():
            learn.select(index)
            learn.pointing.playback.go_to(7)
            app.root.update()
            check_pictures_and_words(page, smallest)
    app.until(lambda: learn.backward.flow.value is not None)
    for foot in page.views["backward"].feet:
        page.views["backward"].show_foot(foot)
        for index in kinds.values():
            learn.select(index)
            app.root.update()
            check_pictures_and_words(page, smallest)


def test_every_control_is_on_the_screen(small, tiny_model, tmp_path):
    model = Path(shutil.copy(tiny_model, tmp_path))
    shutil.copy(tiny_model.with_suffix(".json"), tmp_path)
    for page in PAGES:
        small.window.main.show_page(page.name)
        small.live(0.05)
        small.until(lambda: small.controller.at_rest)
        assert check(small.root) >= 5
        if page.name != "learn":
            check_pictures_and_words(small.window.main.pages[page.name])
        status = small.window.main.status
        assert status.winfo_rooty() + status.winfo_height() <= small.root.winfo_screenheight()
        if page.name == "train":
            check_pictures_and_words(small.window.main.pages["train"].runs)
    check_laboratory(small)
    look, context = small.window.appearance, small.controller.context
    for dialog in (
        ShortcutsDialog(small.root, look, small.window.commands),
        SettingsDialog(small.root, look, context),
        AboutDialog(small.root, look, small.controller.models),
        CardDialog(small.root, look, small.controller.models),
        ExportDialog(small.root, look, (4000, 3000)),
        SaveDialog(
            *(small.root, look, Path(f"/tmp/{'long ' * 40}.jpg")),
            partial(small.controller.saving.fidelity, small.controller.documents.current.value),
            *(lambda *_: None, "The whole photo is denoised first."),
        ),
        SaveAllDialog(small.root, look, 12, 3, "{name}_denoised", lambda: None),
        UnsavedDialog(small.root, look, [f"{'long ' * 20}.jpg"] * 30),
        Question(small.root, look, "Sure?", "This file is write-protected. " * 4, "Replace"),
        ProblemDialog(small.root, look, Problem("No", "Why", "", several=("A sentence.",) * 40)),
        CardEditor(small.root, look, small.controller.history, model),
    ):
        dialog.appear()
        small.live(0.02)
        assert check(dialog) >= 1
        check_pictures_and_words(dialog)
        dialog.close(None)


@pytest.mark.parametrize(
    ("remembered", "shown"),
    [
        ("1200x780+40+20", "1200x780+40+20"),
        ("1200x780+2600+20", "1200x780+720+20"),
        ("1200x780+-300+-90", "1200x780+0+0"),
        ("5000x4000+0+0", "1920x1012+0+0"),
        ("900x600+100+1000", "900x600+100+412"),
        ("5000x780", "1920x780"),
        ("", None),
        ("nonsense", None),
    ],
)
def test_a_window_opens_where_it_can_be_seen(remembered, shown):
    assert seen(remembered, Screens(0, 0, 1920, 1080), 68) == shown


def test_a_screen_left_of_the_first_one_is_a_screen():
    assert seen("900x600+-1500+50", Screens(-1920, 0, 3840, 1080), 68) == "900x600+-1500+50"


@pytest.mark.parametrize(("left", "kept"), [(41, "1000x700+40+20"), (400, "1000x700")])
def test_a_place_that_tk_does_not_know_is_left_to_the_window_manager(
    make_window, monkeypatch, left, kept
):
    app = make_window()
    monkeypatch.setattr(app.root, "wm_geometry", lambda: "1000x700+40+20")
    monkeypatch.setattr(app.root, "winfo_rootx", lambda: left)
    app.window.close()
    app.until(lambda: app.closed)
    assert app.controller.context.settings.value.window_geometry == kept
