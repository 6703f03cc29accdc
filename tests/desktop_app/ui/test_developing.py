"""RAW files at the window: shown at once, denoised before development, developed in other ways."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from desktop_app.controllers.preview import part_in_view
from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import open_picture
from desktop_app.ui.dialogs.save_all_dialog import RAW_AS_DNG
from tests.desktop_app.raw_files import write_noisy_photo

pytest.importorskip("rawpy")


@pytest.fixture
def raw_file(tmp_path, app, models_for_raw_files):
    write_noisy_photo(tmp_path / "photo.dng")
    before = app.controller.models.chosen.value
    app.controller.models.chosen.value = str(models_for_raw_files / "raw.safetensors")
    yield tmp_path / "photo.dng"
    app.controller.models.chosen.value = before


def developed(app, document) -> None:
    """Wait until a document is developed as the panel says."""
    wanted = app.controller.development.choices
    app.until(lambda: document.state.value.noisy.picture.mosaic.development == wanted.value)


def test_a_result_is_developed_anew_without_the_network(app, raw_file, tmp_path):
    panel = app.page.inspector.development
    document = app.open(raw_file)
    assert app.page.inspector.development_card.winfo_manager()
    app.denoise()
    state = document.state.value
    clean = state.denoised.picture.mosaic
    panel.exposure.scale.set(10)
    panel.half.invoke()
    developed(app, document)
    again = document.state.value
    assert again.denoised.size == again.noisy.size == (35, 45)
    for before, after in ((state.noisy, again.noisy), (state.denoised, again.denoised)):
        assert after.picture.samples.mean() > 1.2 * before.picture.samples.mean()
    assert again.denoised.picture.mosaic.samples is clean.samples
    app.controller.saving.save(document, tmp_path / "clean.dng")
    app.until(lambda: document.saved_path is not None)
    assert np.array_equal(open_picture(tmp_path / "clean.dng").mosaic.samples, clean.samples)
    document.undo()
    assert panel.exposure.value == 0
    assert document.state.value is state


def test_the_part_in_view_is_denoised_at_once(app, raw_file, tmp_path):
    write_noisy_photo(raw_file, (900, 1300))
    app.controller.context.change_settings(preview=True)
    document, view = app.open(raw_file), app.controller.view
    view.zoom_to(1)
    loaded = document.state.value.noisy
    app.until(lambda: loaded.unfinished is not None and loaded.unfinished.tiles.done.share > 0)
    app.until(lambda: app.controller.at_rest)
    parts = loaded.unfinished.tiles
    before = parts.done.share
    assert before < 1
    assert view.after_words == "Preview"
    assert not document.unsaved
    view.viewport.pan(-400, -500)
    view.moved()
    app.live(0.2)
    app.until(lambda: parts.done.share > before and app.controller.at_rest)
    assert loaded.unfinished.tiles is parts
    assert parts.done.missing_in(part_in_view(view.viewport), (512, 512)) == []
    preview = parts.result.samples.astype(int)
    app.denoise()
    denoised = document.state.value.denoised.picture
    assert denoised.mosaic is not None
    is_done = (preview != loaded.picture.samples).any(axis=2)
    assert 0.2 < is_done.mean() < 1
    assert np.abs(preview - denoised.samples)[is_done].max() <= 4
    app.controller.context.change_settings(preview=False)


def test_half_the_strength_saves_half_a_mosaic(app, raw_file):
    document = app.open(raw_file)
    app.denoise()
    app.controller.denoising.set_strength(0.5)
    state = document.state.value
    noisy, clean = (one.picture.mosaic.linear() for one in (state.noisy, state.denoised))
    assert np.abs(state.rendered().mosaic.linear() - (noisy + clean) / 2).max() < 1e-4


def test_what_was_denoised_after_its_development_is_no_dng(app, raw_file, models_for_raw_files):
    document = app.open(raw_file)
    saving, target = app.controller.saving, raw_file.with_name("clean.dng")
    assert "Every sample of the sensor" in saving.fidelity(document, target).kept[0]
    app.controller.models.chosen.value = str(models_for_raw_files / "camera.safetensors")
    app.denoise()
    with pytest.raises(PictureError, match="only RAW files of Bayer sensors"):
        saving.fidelity(document, target)


def test_what_is_chosen_while_denoising_comes_after_it(app, raw_file):
    document = app.open(raw_file)
    app.page.inspector.denoise_button.invoke()
    app.page.inspector.development.exposure.scale.set(-10)
    developed(app, document)
    app.until(lambda: document.state.value.denoised is not None)
    developed(app, document)
    assert document.state.value.denoised.picture.mosaic.development.exposure == -1.0


def test_other_raw_files_are_developed_like_the_one_that_is_shown(app, raw_file, photo, tmp_path):
    app.open(raw_file, shutil.copy(raw_file, tmp_path / "other.dng"), photo)
    panel, documents = app.page.inspector.development, app.controller.documents
    panel.exposure.scale.set(-10)
    panel.half.invoke()
    app.window.commands["share-settings"].run()
    assert app.window.main.status.message == "Copied the settings to 1 photo."
    other = documents.documents.value[1].state
    app.until(lambda: other.value.noisy.picture.mosaic.development.half_size)
    app.page.filmstrip.buttons[documents.documents.value[1]].invoke()
    assert panel.exposure.value == -10


def test_several_are_saved_as_dng_where_they_can(app, raw_file, models_for_raw_files, tmp_path):
    app.open(raw_file)
    app.denoise()
    app.controller.models.chosen.value = str(models_for_raw_files / "camera.safetensors")
    app.open(shutil.copy(raw_file, tmp_path / "other.dng"))
    app.denoise()
    results = tmp_path / "results"
    results.mkdir()

    def fill(dialog) -> None:
        dialog.folder.insert(0, str(results))
        dialog.format.set(RAW_AS_DNG)

    app.answer("save", fill)
    app.window.actions.saving.save_all()
    app.until(lambda: len([*results.iterdir()]) == 2 and not app.controller.saving.saving.value)
    assert {path.name for path in results.iterdir()} == {"photo_denoised.dng", "other_denoised.tif"}


def test_the_status_line_speaks_of_the_photo_that_is_picked(app, raw_file, photo):
    app.open(raw_file, photo)
    raw, other = app.controller.documents.documents.value
    for one, words in ((other, "photo.png, 160 x 120."), (raw, "photo.dng, 70 x 90. Developed")):
        app.page.filmstrip.buttons[one].invoke()
        assert app.window.main.status.message.startswith(words)
    app.denoise()
    app.page.filmstrip.buttons[other].invoke()
    app.page.filmstrip.buttons[raw].invoke()
    assert app.window.main.status.message.endswith("model Raw, before development.")


def test_other_pictures_have_no_development(app, raw_file, photo):
    app.open(raw_file)
    app.open(photo)
    assert not app.page.inspector.development_card.winfo_manager()
    assert app.controller.development.choices.value is None


def test_a_file_that_is_gone_is_told_and_the_choice_taken_back(app, raw_file):
    document = app.open(raw_file)
    raw_file.unlink()
    app.page.inspector.development.exposure.scale.set(10)
    assert "does not exist" in app.expect_problem().sentence
    app.until(lambda: app.page.inspector.development.exposure.value == 0)
    assert document.state.value.noisy.picture.mosaic.development.exposure == 0
