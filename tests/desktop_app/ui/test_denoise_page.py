"""Denoising at the window: progress, cancel, strength, undo, and what lands on disk."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from desktop_app.controllers.progress import Progress
from desktop_app.services.denoising.blending import blend
from desktop_app.services.pictures import Picture, save_picture


def _samples(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_denoising_shows_progress_and_ends_with_a_result(app, photo):
    document = app.open(photo)
    seen = []
    app.controller.denoising.progress.subscribe(seen.append)
    app.denoise()
    fractions = [progress.fraction for progress in seen if progress and progress.fraction]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert document.state.value.denoised is not None
    assert app.window.main.status.message.startswith("Denoised photo.png in ")


def test_best_quality_is_kept_for_the_next_start_and_gives_another_result(app, photo):
    document = app.open(photo)
    app.denoise()
    fast = document.state.value.denoised.picture.samples
    app.page.inspector.model.best.invoke()
    assert app.controller.context.settings.value.quality == "best"
    app.denoise()
    assert not np.array_equal(document.state.value.denoised.picture.samples, fast)


def test_cancel_leaves_the_picture_as_it_was(app, tmp_path):
    path = tmp_path / "large.png"
    Image.fromarray(np.full((1600, 2000, 3), 90, np.uint8)).save(path)
    document = app.open(path)
    app.page.inspector.denoise_button.invoke()
    app.until(lambda: (app.controller.denoising.progress.value.fraction or 0) > 0)
    app.page.inspector.progress.cancel_button.invoke()
    app.until(lambda: app.controller.denoising.progress.value is None)
    assert document.state.value.denoised is None
    assert not document.unsaved


def test_escape_cancels(app, tmp_path):
    path = tmp_path / "large.png"
    Image.fromarray(np.full((1600, 2000, 3), 90, np.uint8)).save(path)
    document = app.open(path)
    app.page.inspector.denoise_button.invoke()
    app.key("Escape")
    app.until(lambda: app.controller.denoising.progress.value is None)
    assert document.state.value.denoised is None


def test_the_noise_level_is_estimated_and_can_be_overridden(app, photo):
    document = app.open(photo)
    denoising = app.controller.denoising
    app.until(lambda: denoising.found.noise.value is not None)
    assert denoising.found.noise.value.sigma_255 == pytest.approx(12, abs=3)
    app.page.inspector.level.slider.scale.set(40)
    assert denoising.level.value == 40
    app.denoise()
    assert document.state.value.denoised.result.sigma_255 == 40


def test_what_is_shown_is_what_is_saved(app, photo, tmp_path):
    document = app.open(photo)
    app.denoise()
    strength = app.page.inspector.strength
    strength.luma.scale.set(60)
    strength.colour.scale.set(90)
    state = document.state.value
    assert (state.strength, state.colour_strength) == (0.6, 0.9)
    target = tmp_path / "result.png"
    app.controller.saving.save(document, target)
    app.until(lambda: not app.controller.saving.saving.value)
    mixed = blend(_samples(photo), state.denoised.picture.samples, 0.6, 0.9)
    assert np.array_equal(_samples(target), mixed)
    after = app.controller.view.looks.value[1]
    shown = after.combine([layer.levels[0] for layer in after.layers()])
    assert np.array_equal(shown, mixed)


def test_undo_and_redo_go_through_every_change(app, photo):
    document = app.open(photo)
    first = document.state.value
    app.controller.noising.add("gaussian", 25, seed=3)
    app.until(lambda: document.state.value.noise)
    app.denoise()
    app.page.inspector.strength.luma.scale.set(50)
    app.page.inspector.strength.luma.scale.set(30)
    last = document.state.value
    app.key("ctrl+z")
    assert document.state.value.strength == 1
    app.key("ctrl+z")
    assert document.state.value.denoised is None
    app.key("ctrl+z")
    assert document.state.value is first
    for _ in range(3):
        app.key("ctrl+shift+z")
    assert document.state.value is last


def test_added_noise_is_the_same_for_the_same_seed(app, photo):
    document = app.open(photo)
    noises = []
    for seed in (5, 6, 5):
        before = document.state.value
        app.page.inspector.noise.seed.delete(0, "end")
        app.page.inspector.noise.seed.insert(0, str(seed))
        app.page.inspector.noise.button.invoke()
        app.until(lambda before=before: document.state.value is not before)
        noises.append(document.state.value.noisy.picture.samples)
    assert np.array_equal(noises[0], noises[2])
    assert not np.array_equal(noises[0], noises[1])
    assert np.array_equal(document.state.value.truth.picture.samples, _samples(photo))


def test_keep_grain_leaves_brightness_noise_and_no_colour_noise(app, photo):
    document = app.open(photo)
    app.denoise()
    app.page.inspector.strength.grain.invoke()
    state = document.state.value
    assert state.strength < state.colour_strength == 1
    app.page.inspector.strength.grain.invoke()
    assert document.state.value.strength == 1


def test_the_difference_from_the_original_can_be_seen_where_it_is_known(app, photo):
    document = app.open(photo)
    app.denoise()
    button = app.page.toolbar._modes.buttons["error"]
    assert button.instate(["disabled"])
    app.controller.noising.add("gaussian", 25, seed=1)
    app.until(lambda: document.state.value.truth)
    app.denoise()
    assert button.instate(["!disabled"])
    button.invoke()
    app.live(0.2)
    assert app.controller.view.mode.value == "error"
    app.key("ctrl+z", "ctrl+z")
    assert document.state.value.truth is None
    assert app.controller.view.mode.value == "split"


def test_a_lack_of_memory_is_told_in_the_status_line(app, make_photo, tmp_path, monkeypatch):
    from scratch_layers.models import Denoiser

    whole = Denoiser.denoise

    def hungry(self, image, sigma):
        if image.shape[2] > 250:
            raise MemoryError
        return whole(self, image, sigma)

    monkeypatch.setattr(Denoiser, "denoise", hungry)
    document = app.open(make_photo(tmp_path / "large.png", 300, 320))
    app.denoise()
    assert document.state.value.denoised is not None
    message = app.window.main.status.message
    assert "Denoised large.png" in message
    assert "went on in tiles of half the size" in message


def test_the_device_is_chosen_beside_the_model_and_remembered(app):
    box, settings = app.page.inspector.device.box, app.controller.context.settings
    app.until(lambda: "Processor (cpu)" in box.cget("values"))
    assert box.get() == "Automatic"
    box.current(list(box.cget("values")).index("Processor (cpu)"))
    box.event_generate("<<ComboboxSelected>>")
    assert settings.value.device == "cpu"
    app.controller.context.change_settings(device="cuda:7")
    assert "cuda:7" in box.get()


def test_small_errors_of_a_deep_picture_are_seen_at_its_full_depth(app, tmp_path):
    path = tmp_path / "deep.png"
    save_picture(Picture(np.full((120, 160, 3), 20_000, np.uint16)), path)
    document = app.open(path)
    app.denoise()
    view = app.controller.view
    view.show_mode("removed")
    look = view.difference()
    assert [layer.levels[0].dtype for layer in look.layers()] == [np.uint16, np.uint16]
    state = document.state.value
    change = state.noisy.picture.samples.astype(float) - state.denoised.picture.samples
    for _ in range(9):
        view.change_gain(+1)
    look = view.difference()
    shown = look.combine([layer.levels[0] for layer in look.layers()])
    expected = np.clip(np.rint(128 + 64 * change / 257), 0, 255)
    assert np.abs(shown - expected).max() <= 1


def test_the_toolbar_takes_a_second_row_in_the_smallest_window(app, photo):
    app.open(photo)
    toolbar = app.page.toolbar
    heights = []
    for width in (900, 1200, 900):
        app.root.geometry(f"{width}x600")
        app.until(lambda width=width: app.root.winfo_width() == width)
        app.live(0.1)
        heights.append(toolbar.winfo_height())
        buttons = [*toolbar._zooming, *toolbar._modes.buttons.values()]
        assert all(button.winfo_ismapped() for button in buttons)
        right = toolbar.winfo_rootx() + toolbar.winfo_width()
        assert all(button.winfo_rootx() + button.winfo_width() <= right for button in buttons)
    assert heights[0] == heights[2] > heights[1]


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_words_of_progress_move_nothing_sideways(make_window, photo, scale):
    app = make_window(scale)
    app.open(photo)
    width = app.page.viewer.winfo_width()
    progress = app.controller.denoising.progress
    for seconds in (3, 3600 + 59 * 60):
        progress.value = Progress("Denoising", 0.99, seconds)
        app.live(0.1)
        assert app.page.viewer.winfo_width() == width
    words = app.page.inspector.progress._sentence
    assert words.winfo_height() >= words.winfo_reqheight()
    progress.value = None
