"""Sliders under a real pointer: the knob is where the value is."""

from __future__ import annotations

from PIL import Image


def test_a_slider_shows_its_value_while_it_is_locked(app, photo, make_photo, tmp_path):
    app.open(photo)
    app.denoise()
    strength = app.page.inspector.strength
    strength.grain.invoke()
    assert strength.luma.scale.get() == 70
    app.open(make_photo(tmp_path / "second.png", seed=2))
    assert strength.luma.scale.instate(["disabled"])
    assert (strength.luma.value, strength.luma.scale.get()) == (100, 100)
    assert not strength.grain.instate(["selected"])


def test_a_click_jumps_and_a_double_click_resets(app, photo):
    app.open(photo)
    app.until(lambda: app.controller.denoising.found.noise.value is not None)
    level = app.page.inspector.level.slider
    app.point_at(level.scale, level.scale.winfo_width() * 3 // 4, level.scale.winfo_height() // 2)
    app.xdotool("click", 1)
    assert abs(level.value - 56) <= 3
    assert app.controller.denoising.level.value == level.value
    app.xdotool("click", "--repeat", 2, "--delay", 40, 1)
    app.until(lambda: app.controller.denoising.level.value is None)
    maker = app.page.inspector.noise
    maker.level.scale.set(60)
    for sequence in ("<ButtonPress-1>", "<ButtonRelease-1>") * 2:
        maker.level.scale.event_generate(sequence, x=2, y=2)
    assert maker.level.value == 25


def test_a_gray_photo_has_no_colour_noise(app, photo, tmp_path):
    with Image.open(photo) as image:
        image.convert("L").save(tmp_path / "gray.png")
    app.open(tmp_path / "gray.png")
    app.denoise()
    strength = app.page.inspector.strength
    assert strength.luma.scale.instate(["!disabled"])
    assert strength.colour.scale.instate(["disabled"])
