"""Nothing that was made is lost, and no file is overwritten without being asked for."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from desktop_app.ui import window_commands


@pytest.fixture
def choose(monkeypatch):
    """Let the save dialog answer with these paths, one after the other."""
    answers, proposals = [], []

    def choose_target(parent, proposal):
        proposals.append(proposal)
        return answers.pop(0)

    monkeypatch.setattr(window_commands, "choose_target", choose_target)
    return answers, proposals


def test_save_proposes_a_new_name_beside_the_source(app, photo, choose):
    answers, proposals = choose
    document = app.open(photo)
    app.denoise()
    answers.append(photo.with_name("chosen.png"))
    app.key("ctrl+s")
    app.until(lambda: not document.unsaved)
    assert proposals == [photo.with_name("photo_denoised.png")]
    assert photo.with_name("chosen.png").exists()


def test_saving_again_goes_to_the_same_file_without_asking(app, photo, choose):
    answers, proposals = choose
    document = app.open(photo)
    app.denoise()
    answers.append(photo.with_name("chosen.png"))
    app.key("ctrl+s")
    app.until(lambda: not document.unsaved)
    app.page.inspector.strength.luma.scale.set(40)
    assert document.unsaved
    app.key("ctrl+s")
    app.until(lambda: not document.unsaved)
    assert len(proposals) == 1


def test_a_file_that_appears_meanwhile_is_not_overwritten(app, photo):
    document = app.open(photo)
    app.denoise()
    target = photo.with_name("other.png")
    target.write_bytes(b"precious")
    app.controller.documents.save(document, target, overwrite=False)
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


def test_closing_with_unsaved_work_can_save_it_first(app, photo, choose):
    answers, _ = choose
    app.open(photo)
    app.denoise()
    answers.append(photo.with_name("kept.png"))
    app.answer("save")
    app.window.close()
    app.until(lambda: app.closed)
    with Image.open(photo.with_name("kept.png")) as kept:
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


def test_a_format_that_drops_something_is_asked_about(app, tmp_path, choose):
    answers, _ = choose
    path = tmp_path / "deep.png"
    samples = np.linspace(0, 65535, 64 * 48).astype(np.uint16).reshape(48, 64)
    Image.fromarray(samples).save(path)
    document = app.open(path)
    app.denoise()
    target = tmp_path / "shallow.jpg"
    answers += [target, target]
    app.answer("cancel")
    app.window.commands["save-as"].run()
    assert not target.exists()
    app.answer("save")
    app.window.commands["save-as"].run()
    app.until(lambda: not document.unsaved)
    assert target.exists()
    assert "16-bit" in app.window.main.status.message
