"""The advice beside the model chooser: seen, taken and sent away, by pointer and by keyboard."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

MAKER, MODEL, DETAILS, SENSITIVITY = 0x010F, 0x0110, 0x8769, 0x8827


@pytest.fixture
def camera_photo(tmp_path):
    exif = Image.Exif()
    exif[MAKER], exif[MODEL], exif[DETAILS] = "Canon", "EOS R6", {SENSITIVITY: 6400}
    path = tmp_path / "camera.jpg"
    pixels = np.random.default_rng(0).integers(60, 120, (80, 120, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, exif=exif)
    return path


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


def test_it_is_taken_and_sent_away_by_keyboard(app, camera_photo):
    panel = app.page.inspector.model_hint
    app.open(camera_photo)
    app.until(panel.accept.winfo_ismapped)
    app.root.focus_force()
    panel.accept.focus_set()
    app.live(0.05)
    app.xdotool("key", "Tab")
    assert app.root.focus_get() is panel.dismiss
    app.xdotool("key", "space")
    app.until(lambda: not panel.accept.winfo_ismapped())
    app.controller.models.choose("camera")
    app.controller.models.choose("photo")
    app.live()
    assert not panel.accept.winfo_ismapped()
