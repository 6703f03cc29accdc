"""Nothing that was made is lost, and no file is overwritten without being asked for."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from PIL import Image

from desktop_app.ui import saving
from desktop_app.ui.dialogs.save_dialog import SaveDialog


@pytest.fixture
def choose(monkeypatch):
    """Let the system's dialog answer with these paths, one after the other."""
    answers = []
    monkeypatch.setattr(saving, "choose_target", lambda parent, proposal: answers.pop(0))
    return answers


def test_save_proposes_a_new_name_beside_the_source(app, photo):
    document = app.open(photo)
    app.denoise()
    app.answer("save")
    app.key("ctrl+s")
    app.until(lambda: not document.unsaved)
    assert document.saved_path == photo.with_name("photo_denoised.png")
    assert document.saved_path.exists()


def test_saving_again_goes_to_the_same_file_without_asking(app, photo):
    document = app.open(photo)
    app.denoise()
    app.answer("save")
    app.key("ctrl+s")
    app.until(lambda: not document.unsaved)
    first = document.saved_path.read_bytes()
    app.page.inspector.strength.luma.scale.set(40)
    assert document.unsaved
    app.key("ctrl+s")
    app.until(lambda: not document.unsaved)
    assert document.saved_path.read_bytes() != first


def test_a_protected_file_is_replaced_after_a_question_only(app, photo):
    document = app.open(photo)
    app.denoise()
    app.answer("save")
    app.key("ctrl+s")
    app.until(lambda: not document.unsaved)
    document.saved_path.chmod(0o444)
    first = document.saved_path.read_bytes()
    app.page.inspector.strength.luma.scale.set(40)
    app.answer("cancel")
    app.window.actions.saving.save()
    app.live(0.1)
    assert (document.unsaved, document.saved_path.read_bytes()) == (True, first)
    app.answer("yes")
    app.window.actions.saving.save()
    app.until(lambda: not document.unsaved)
    assert document.saved_path.read_bytes() != first


@pytest.fixture
def save_dialog(app, photo):
    """The save dialog of an opened PNG picture, shown but not waited for."""
    document = app.open(photo)
    dialog = SaveDialog(
        app.root,
        app.window.appearance,
        app.controller.saving.proposed_path(document, False),
        partial(app.controller.saving.fidelity, document),
        lambda parent, proposal: saving.choose_target(parent, proposal),
    )
    dialog.appear()
    yield dialog
    if dialog.winfo_exists():
        dialog.close(None)


def type_name(app, dialog, name):
    dialog.name.delete(0, "end")
    dialog.name.insert(0, name)
    app.live(0.05)


def test_the_dialog_says_what_the_file_keeps_as_the_name_changes(app, save_dialog):
    assert save_dialog.summary[0] == "✓  PNG, every sample exactly"
    type_name(app, save_dialog, "other.jpg")
    assert save_dialog.summary[0] == "✓  JPEG in high quality"
    assert save_dialog.path.name == "other.jpg"


def test_a_name_that_cannot_be_saved_keeps_the_dialog_open(app, save_dialog):
    for name, words in (("other.xyz", "ending .xyz is unknown"), ("", "needs a name")):
        type_name(app, save_dialog, name)
        assert words in save_dialog.summary[0]
        save_dialog.close("save")
        assert save_dialog.winfo_exists()


def test_a_path_that_is_typed_is_the_one_that_is_named(app, save_dialog, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    type_name(app, save_dialog, str(elsewhere / "other.png"))
    assert save_dialog.path == elsewhere / "other.png"
    assert save_dialog._folder.cget("text") == f"in {elsewhere}"
    type_name(app, save_dialog, "other.png")
    assert save_dialog._folder.cget("text") == f"in {tmp_path}"


def test_the_dialog_tells_of_a_file_that_would_be_replaced(app, save_dialog, photo):
    type_name(app, save_dialog, photo.name)
    assert f"{photo.name} exists already and will be replaced." in save_dialog.summary
    assert str(save_dialog.buttons["save"].cget("text")) == "Replace"
    type_name(app, save_dialog, "new.png")
    assert str(save_dialog.buttons["save"].cget("text")) == "Save"
    save_dialog.close("save")
    assert not save_dialog.replacing


def test_another_place_is_chosen_with_the_systems_dialog(app, save_dialog, choose, tmp_path):
    choose.append(tmp_path / "elsewhere" / "chosen.tif")
    save_dialog.browse.invoke()
    assert save_dialog.name.get() == "chosen.tif"
    assert save_dialog.path == tmp_path / "elsewhere" / "chosen.tif"
    assert save_dialog.summary[0] == "✓  TIFF, every sample exactly"


def test_a_file_that_appears_meanwhile_is_not_overwritten(app, photo):
    document = app.open(photo)
    app.denoise()
    target = photo.with_name("other.png")
    target.write_bytes(b"precious")
    app.controller.saving.save(document, target, overwrite=False)
    problem = app.expect_problem()
    assert "other.png exists already" in problem.sentence
    assert target.read_bytes() == b"precious"
    assert document.unsaved


def test_closing_with_unsaved_work_asks_and_cancel_keeps_the_window(app, photo):
    document = app.open(photo)
    app.denoise()
    app.answer("cancel")
    app.window.close()
    app.live(0.2)
    assert not app.closed
    assert document.unsaved


def test_closing_with_unsaved_work_can_save_it_first(app, photo):
    app.open(photo)
    app.denoise()
    app.answer("save")
    app.root.after(300, app.answer, "save")
    app.window.close()
    app.until(lambda: app.closed)
    with Image.open(photo.with_name("photo_denoised.png")) as kept:
        assert kept.size == (160, 120)


def test_closing_without_saving_is_possible(app, photo):
    app.open(photo)
    app.denoise()
    app.answer("discard")
    app.window.close()
    app.until(lambda: app.closed)


def test_closing_while_denoising_ends_the_work(app, tmp_path):
    path = tmp_path / "large.png"
    Image.new("RGB", (2000, 1600), "gray").save(path)
    app.open(path)
    app.page.inspector.denoise_button.invoke()
    app.live(0.1)
    app.window.close()
    app.until(lambda: app.closed)


def test_closing_one_picture_shows_the_next(app, photo, make_photo, tmp_path):
    second = app.open(make_photo(tmp_path / "second.png", seed=2))
    first = app.open(photo)
    assert app.controller.documents.current.value is first
    app.key("ctrl+w")
    assert app.controller.documents.current.value is second
    app.key("ctrl+w")
    assert app.page.empty.winfo_ismapped()


def test_a_format_that_drops_something_is_told_before_and_after(app, tmp_path, monkeypatch):
    path = tmp_path / "deep.png"
    samples = np.linspace(0, 65535, 64 * 48).astype(np.uint16).reshape(48, 64)
    Image.fromarray(samples).save(path)
    document = app.open(path)
    app.denoise()
    target = tmp_path / "shallow.jpg"
    lost = app.controller.saving.fidelity(document, target).lost
    assert any("8 bits per sample" in sentence for sentence in lost)
    monkeypatch.setattr(app.controller.saving, "proposed_path", lambda *_: target)
    app.answer("cancel")
    app.window.commands["save-as"].run()
    assert not target.exists()
    app.answer("save")
    app.window.commands["save-as"].run()
    app.until(lambda: not document.unsaved)
    assert target.exists()
    assert "8 bits per sample" in app.window.main.status.message


def test_a_copy_for_the_web_is_exported(app, photo, tmp_path, monkeypatch):
    document = app.open(photo)
    app.denoise()
    target = tmp_path / "small.jpg"
    monkeypatch.setattr(saving, "choose_export", lambda *_: target)
    app.answer("export")
    app.key("ctrl+e")
    app.until(lambda: app.window.main.status.message.startswith("Exported "))
    with Image.open(target) as image:
        assert (image.format, image.size) == ("JPEG", (160, 120))
    assert document.unsaved


def test_a_key_that_closes_a_dialog_before_it_is_seen_is_an_answer(app, photo):
    app.open(photo)
    dialog = SaveDialog(
        app.root,
        app.window.appearance,
        photo,
        partial(app.controller.saving.fidelity, app.controller.documents.current.value),
        lambda parent, proposal: None,
    )
    app.root.after(0, dialog.close, None)
    assert dialog.ask() is None
    assert not dialog.winfo_exists()
