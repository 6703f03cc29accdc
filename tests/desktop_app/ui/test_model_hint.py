"""The advice beside the model chooser: seen, taken and sent away, by pointer and by keyboard."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

MAKER, MODEL, DETAILS, SENSITIVITY = 0x010F, 0x0110, 0x8769, 0x8827

pytestmark = pytest.mark.usefixtures("own_window")


@pytest.fixture
def camera_photo(tmp_path):
    exif = Image.Exif()
    exif[MAKER], exif[MODEL], exif[DETAILS] = "Canon", "EOS R6", {SENSITIVITY: 6400}
    path = tmp_path / "camera.jpg"
    pixels = np.random.default_rng(0).integers(60, 120, (80, 120, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, exif=exif)
    return path


@pytest.fixture
def panel(app, camera_photo):
    """The advice about a photo that is open."""
    app.open(camera_photo)
    shown = app.page.inspector.model_hint
    app.until(shown.accept.winfo_ismapped)
    return shown


def focus(app, widget):
    app.root.focus_force()
    widget.focus_set()
    app.live(0.05)


def test_the_button_chooses_the_model_that_is_named(app, photo, camera_photo):
    panel = app.page.inspector.model_hint
    app.open(photo)
    app.live()
    assert not panel.accept.winfo_ismapped()
    app.open(camera_photo)
    app.until(panel.accept.winfo_ismapped)
    assert panel.accept.cget("text") == "Use “Camera noise”"
    assert panel.accept.winfo_reqwidth() <= panel.accept.winfo_width()
    panel.accept.invoke()
    app.until(lambda: not panel.accept.winfo_ismapped())
    assert app.page.inspector.model.box.get() == "Camera noise"
    app.until(lambda: panel.winfo_height() < 5)


def test_it_is_taken_and_sent_away_by_keyboard(app, panel):
    focus(app, panel.accept)
    app.xdotool("key", "Tab")
    assert app.root.focus_get() is panel.dismiss
    app.xdotool("key", "space")
    app.until(lambda: not panel.accept.winfo_ismapped())
    app.controller.models.choose("camera")
    app.controller.models.choose("photo")
    app.live()
    assert not panel.accept.winfo_ismapped()


@pytest.mark.parametrize("button", ["accept", "dismiss"])
def test_the_keyboard_goes_on_from_a_button_that_vanishes(app, panel, button):
    focus(app, getattr(panel, button))
    app.xdotool("key", "space")
    app.until(lambda: not panel.accept.winfo_ismapped())
    assert app.root.focus_get() is app.page.inspector.device.box


def test_it_goes_when_the_model_is_chosen_from_the_list(app, panel):
    box = app.page.inspector.model.box
    focus(app, box)
    app.xdotool("key", "Down")
    above = box.current() - box.cget("values").index("Camera noise")
    app.xdotool("key", *["Up"] * above, "Return")
    app.until(lambda: not panel.accept.winfo_ismapped())
    assert app.controller.models.chosen.value == "camera"
    assert app.root.focus_get() is box


def test_it_goes_while_a_list_is_open(app, photo, panel):
    focus(app, app.page.inspector.model.box)
    app.xdotool("key", "Down")
    app.open(photo)
    app.until(lambda: not panel.accept.winfo_ismapped())
    app.xdotool("key", "Escape")


def test_nothing_of_it_is_cut_off_in_the_smallest_window(app, camera_photo):
    panel = app.page.inspector.model_hint
    app.root.geometry("900x600+0+0")
    app.open(camera_photo)
    app.until(panel.accept.winfo_ismapped)
    app.live()
    right = app.root.winfo_rootx() + app.root.winfo_width()
    for widget in panel.inside.winfo_children():
        assert widget.winfo_reqwidth() <= widget.winfo_width(), widget
        assert widget.winfo_reqheight() <= widget.winfo_height(), widget
        assert widget.winfo_rootx() + widget.winfo_width() <= right, widget
