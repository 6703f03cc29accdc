"""The window stands before anything slow is loaded, and two clicks lead to a first result."""

from __future__ import annotations

import subprocess
import sys
from tkinter import ttk

START = """
import sys
from pathlib import Path
from desktop_app.controllers.application import ApplicationController
from desktop_app.ui.app import Window

window = Window(ApplicationController(Path(sys.argv[1]) / "settings.json"))
loaded = {}
window.root.bind("<Expose>", lambda event: loaded.setdefault("names", set(sys.modules)), add="+")
while "names" not in loaded:
    window.root.update()
slow = sorted({"torch", "matplotlib", "safetensors"} & loaded["names"])
print("loaded before drawing:", slow)
window.close()
window.root.mainloop()
"""


def test_the_window_is_drawn_before_torch_and_matplotlib_are_imported(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", START, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert "loaded before drawing: []" in done.stdout, done.stdout + done.stderr


def test_without_a_picture_the_page_invites_to_open_one(app):
    assert app.page.empty.winfo_ismapped()
    assert not app.page.viewer.winfo_ismapped()
    assert app.page.inspector.denoise_button.instate(["disabled"])


def test_the_sample_is_denoised_two_clicks_after_the_start(app):
    app.page.empty.buttons[1].invoke()
    documents = app.controller.documents
    app.until(lambda: documents.current.value and documents.current.value.state.value.noise)
    app.denoise()
    state = documents.current.value.state.value
    assert state.denoised is not None
    assert state.truth is not None
    assert app.page.viewer.winfo_ismapped()


def test_the_window_can_be_made_small_and_everything_stays_visible(app, photo):
    app.open(photo)
    app.root.geometry("900x600")
    app.live(0.2)
    assert (app.root.winfo_width(), app.root.winfo_height()) == (900, 600)
    right = app.root.winfo_rootx() + app.root.winfo_width()
    for widget in _leaves(app.window.main):
        if widget.winfo_ismapped():
            assert widget.winfo_rootx() + widget.winfo_width() <= right, widget
        if isinstance(widget, (ttk.Button, ttk.Radiobutton, ttk.Combobox, ttk.Spinbox)):
            assert not widget.winfo_ismapped() or widget.winfo_width() >= widget.winfo_reqwidth()


def _leaves(widget):
    children = widget.winfo_children()
    if not children:
        yield widget
    for child in children:
        yield from _leaves(child)
