"""What is in view is denoised before anybody asks; the whole photo when asked for or saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.controllers.preview import part_in_view
from desktop_app.controllers.viewport import Viewport


@pytest.fixture
def preview(app):
    """The app with the preview switched on, as it is for people."""
    app.controller.context.change_settings(preview=True)
    return app


@pytest.fixture
def large(make_photo, tmp_path):
    """A photo of which the window shows a part at 1:1."""
    return make_photo(tmp_path / "large.png", 1600, 1280)


def shown(app, document):
    """What is done of a document, once something is in view."""
    loaded = document.state.value.noisy
    app.until(lambda: loaded.unfinished is not None and loaded.unfinished.tiles.done.share > 0)
    return loaded.unfinished


def at_rest(app):
    app.live(0.2)
    app.until(lambda: app.controller.at_rest)
    app.live(0.2)
    app.until(lambda: app.controller.at_rest)


def test_the_part_in_view_is_denoised_and_follows_the_view(preview, large):
    view = preview.controller.view
    document = preview.open(large)
    view.zoom_to(1)
    tiles = shown(preview, document).tiles
    at_rest(preview)
    assert 0 < tiles.done.share < 1
    assert (document.state.value.denoised, document.unsaved) == (None, False)
    assert view.after_words == "Preview"
    modes = preview.page.toolbar._modes.buttons
    assert modes["side"].instate(["!disabled"])
    view.show_mode("side")
    preview.live(0.05)
    before, rectangle = tiles.done.share, part_in_view(view.viewport)
    assert tiles.done.missing_in(rectangle, (512, 512)) == []
    view.viewport.pan(-500, -300)
    view.moved()
    at_rest(preview)
    assert document.state.value.noisy.unfinished.tiles is tiles
    assert tiles.done.share > before
    assert tiles.done.missing_in(part_in_view(view.viewport), (512, 512)) == []
    preview.denoise()
    result = document.state.value.denoised.picture
    assert result.samples is tiles.result.samples
    assert (tiles.done.share, view.after_words) == (1, "After")


def test_two_clicks_save_the_whole_photo_denoised(preview, large, tmp_path):
    document = preview.open(large)
    preview.controller.view.zoom_to(1)
    shown(preview, document)
    preview.answer("save")
    button = preview.page.toolbar._save
    preview.point_at(button, 10, 10)
    preview.xdotool("click", 1)
    preview.until(lambda: document.saved_path is not None and not document.unsaved)
    assert document.saved_path == tmp_path / "large_denoised.png"
    with Image.open(document.saved_path) as saved:
        samples = np.asarray(saved)
    assert np.array_equal(samples, document.state.value.denoised.picture.samples)
    with Image.open(large) as noisy:
        assert (samples != np.asarray(noisy)).mean() > 0.3


def test_cancelling_keeps_what_is_done_and_going_on_uses_it(app, large):
    document, denoising = app.open(large), app.controller.denoising
    app.page.inspector.denoise_button.invoke()
    app.until(lambda: (denoising.progress.value.fraction or 0) > 0)
    app.page.inspector.progress.cancel_button.invoke()
    app.until(lambda: denoising.progress.value is None)
    assert "goes on where it was" in app.controller.context.status.value
    tiles = document.state.value.noisy.unfinished.tiles
    assert 0 < tiles.done.share < 1
    assert app.controller.view.looks.value[1] is not None
    assert not document.unsaved
    seen = []
    denoising.progress.subscribe(lambda one: seen.append(one and one.fraction), now=False)
    before = tiles.done.share
    app.denoise()
    assert document.state.value.denoised.picture.samples is tiles.result.samples
    assert min(fraction for fraction in seen if fraction) > before


def test_the_strength_is_set_on_the_preview_and_stays(preview, photo):
    document = preview.open(photo)
    shown(preview, document)
    at_rest(preview)
    preview.page.inspector.strength.luma.scale.set(40)
    assert document.state.value.strength == 0.4
    assert preview.controller.view.looks.value[1].strength == 0.4
    preview.denoise()
    assert document.state.value.strength == 0.4
    assert document.state.value.denoised is not None


def test_undone_denoising_shows_the_photo_as_it_was(preview, photo):
    document = preview.open(photo)
    shown(preview, document)
    preview.denoise()
    document.undo()
    at_rest(preview)
    assert preview.controller.view.looks.value[1] is None
    assert not preview.controller.preview.is_wanted(document)
    document.redo()
    assert preview.controller.view.looks.value[1] is not None


def test_another_level_begins_anew_and_a_model_that_is_gone_is_told_once(preview, photo, tmp_path):
    document, controller = preview.open(photo), preview.controller
    first = shown(preview, document).tiles
    at_rest(preview)
    controller.denoising.level.value = 40.0
    preview.until(lambda: document.state.value.noisy.unfinished.tiles is not first)
    at_rest(preview)
    controller.models.chosen.value = str(tmp_path / "gone.safetensors")
    preview.until(lambda: "There is no preview" in controller.context.status.value)
    controller.context.tell("Ready.")
    controller.view.moved()
    at_rest(preview)
    assert controller.context.status.value == "Ready."


def test_saving_says_what_it_does_before(preview, photo, tmp_path):
    clean = tmp_path / "clean.png"
    Image.new("RGB", (60, 60), "teal").save(clean)
    before_saving = preview.controller.preview.before_saving
    # Once a part is denoised, it counts as wanted whatever the settings say from then on.
    preview.controller.context.change_settings(preview=False)
    document = preview.open(photo)
    assert before_saving(document) == ""
    preview.controller.context.change_settings(preview=True)
    assert before_saving(document) == "The whole photo is denoised first."
    preview.controller.models.chosen.value = "auto"
    document = preview.open(clean)
    preview.until(lambda: document.state.value.noisy.noise is not None)
    assert before_saving(document) == "This picture is clean already; it is saved as it is."


def test_few_photos_keep_their_parts(preview, make_photo, tmp_path):
    documents = [preview.open(make_photo(tmp_path / f"{number}.png")) for number in range(5)]
    for document in documents:
        preview.controller.documents.select(document)
        shown(preview, document)
    assert [one.state.value.noisy.unfinished is None for one in documents] == [
        *(True, True),
        *(False, False, False),
    ]


@pytest.mark.parametrize(
    ("zoom", "left", "top", "part"),
    [
        (1.0, 1000.0, 500.0, (448, 960, 1344, 2240)),
        (2.0, 1000.0, 500.0, (448, 960, 960, 1600)),
        (None, 0.0, 0.0, (1472, 2240, 2560, 3776)),
    ],
)
def test_the_part_that_is_denoised(zoom, left, top, part):
    viewport = Viewport(1200, 800)
    viewport.show(6000, 4000)
    if zoom is not None:
        viewport.zoom_to(zoom)
        viewport.left, viewport.top = left, top
    assert part_in_view(viewport) == part


class Agreed:
    """A dialog for saving that is answered as soon as it is asked."""

    replacing = False

    def __init__(self, root, appearance, proposal: Path, *_: object) -> None:
        self.path = proposal

    def ask(self) -> str:
        return "save"


@pytest.mark.parametrize("cancelled", [False, True])
def test_what_is_saved_while_another_photo_is_denoised_follows_it(
    preview, large, make_photo, tmp_path, monkeypatch, cancelled
):
    monkeypatch.setattr("desktop_app.ui.saving.SaveDialog", Agreed)
    documents, commands = preview.controller.documents, preview.window.commands
    first = preview.open(large)
    second = preview.open(make_photo(tmp_path / "second.png"))
    at_rest(preview)
    documents.select(first)
    commands["denoise"].run()
    documents.select(second)
    commands["save"].run()
    assert preview.window.main.status.message == "second.png follows the photo at work."
    if cancelled:
        commands["cancel"].run()
        at_rest(preview)
        assert (first.state.value.denoised, second.state.value.denoised) == (None, None)
        assert second.saved_path is None
        return
    preview.until(lambda: second.saved_path is not None and not second.unsaved)
    assert first.state.value.denoised is not None
    assert documents.current.value is second
    noisy, saved = (np.asarray(Image.open(path)) for path in (second.path, second.saved_path))
    assert (saved != noisy).any()
