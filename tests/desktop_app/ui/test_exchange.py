"""What is on the clipboard, opened, and results put there."""

from __future__ import annotations

import stat
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from desktop_app.ui import exchange


def test_a_copied_file_is_opened(app, photo):
    app.root.clipboard_clear()
    app.root.clipboard_append(photo.as_uri(), type="STRING")
    app.key("ctrl+v")
    app.until(lambda: app.controller.documents.current.value is not None)
    assert app.controller.documents.current.value.path == photo


def test_a_copied_path_is_opened(app, photo):
    app.root.clipboard_clear()
    app.root.clipboard_append(str(photo))
    app.key("ctrl+v")
    app.until(lambda: app.controller.documents.current.value is not None)
    assert app.controller.documents.current.value.path == photo


def test_text_is_not_a_picture_and_that_is_said(app):
    app.root.clipboard_clear()
    app.root.clipboard_append("just words")
    app.key("ctrl+v")
    assert "no picture on the clipboard" in app.expect_problem().sentence


def put_xclip(folder, script, monkeypatch):
    """Let this script be the only program there is."""
    program = folder / "xclip"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


@pytest.mark.skipif(sys.platform != "linux", reason="only there another program is asked")
def test_words_copied_in_this_window_are_not_waited_for(app, monkeypatch, tmp_path):
    put_xclip(tmp_path, "exec /bin/sleep 600", monkeypatch)
    app.root.clipboard_clear()
    app.root.clipboard_append("just words")
    app.window.commands["paste"].run()
    assert "no picture on the clipboard" in app.expect_problem().sentence


OWNER = """
import tkinter
root = tkinter.Tk()
root.selection_handle(lambda at, most: "", selection="CLIPBOARD", type="image/png")
root.selection_own(selection="CLIPBOARD")
root.update()
print("owns", flush=True)
root.mainloop()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there another program is asked")
def test_a_picture_that_another_program_copied_is_opened(app, photo, monkeypatch, tmp_path):
    Image.open(photo).save(tmp_path / "copied.png")
    put_xclip(tmp_path, f"exec /bin/cat {tmp_path}/copied.png", monkeypatch)
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE) as owner:
        try:
            assert owner.stdout.readline() == b"owns\n"
            app.root.update()  # the window learns that it owns the clipboard no more
            app.window.commands["paste"].run()
            app.until(lambda: app.controller.documents.current.value is not None)
        finally:
            owner.kill()
    assert app.controller.documents.current.value.path.name.startswith("Pasted")


def test_a_copied_result_can_be_pasted_as_a_file(app, photo, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("tempfile.mkdtemp", lambda prefix: str(tmp_path))
    document = app.open(photo)
    app.window.commands["copy"].run()
    app.until(lambda: app.window.main.status.message.startswith("Copied"))
    app.window.commands["paste"].run()
    app.until(lambda: len(app.controller.documents.documents.value) == 2)
    pasted = app.controller.documents.documents.value[1].state.value.noisy.picture
    assert np.array_equal(pasted.samples, document.state.value.noisy.picture.samples)


def test_a_result_is_copied_as_a_picture_where_there_is_a_program_for_it(
    app, photo, monkeypatch, tmp_path
):
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "xclip"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\n/bin/cat > {tmp_path}/got.png\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    app.open(photo)
    app.denoise()
    app.window.commands["copy"].run()
    app.until(lambda: app.window.main.status.message == "Copied the result.")
    with Image.open(tmp_path / "got.png") as picture:
        assert picture.size == (160, 120)
    assert "image/png" in (tmp_path / "words").read_text()


def test_a_program_that_fails_gets_a_sentence(app, photo, monkeypatch, tmp_path):
    program = tmp_path / "xclip"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    app.open(photo)
    app.window.commands["copy"].run()
    assert "xclip failed" in app.expect_problem().sentence


@pytest.fixture
def copied(monkeypatch, tmp_path):
    """A picture on the clipboard, and a place of one's own for temporary files."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    registered = []
    monkeypatch.setattr(exchange.atexit, "register", lambda *call: registered.append(call))
    monkeypatch.setattr(exchange, "_copied_picture", lambda _: Image.new("RGB", (8, 6)))
    monkeypatch.setattr(exchange, "_copied_paths", lambda _: [])
    return registered


def test_a_copied_picture_is_private_and_goes_when_the_application_ends(copied, tmp_path):
    (path,), made = exchange.pasted_files(None)
    assert made
    with Image.open(path) as picture:
        assert picture.size == (8, 6)
    if sys.platform != "win32":
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    ((remove, *arguments),) = copied
    remove(*arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_result_saved_beside_a_copied_picture_stays(copied):
    (path,), made = exchange.pasted_files(None)
    assert made
    result = path.with_stem("result")
    result.write_bytes(b"precious")
    ((remove, *arguments),) = copied
    remove(*arguments)
    assert result.read_bytes() == b"precious"
    assert not path.exists()


def test_a_pasted_picture_is_offered_to_the_persons_pictures_and_asks_before_it_goes(
    app, copied, private_user_folders, monkeypatch
):
    pictures = private_user_folders / "Pictures"
    pictures.mkdir()
    monkeypatch.setattr("desktop_app.services.folders.user_pictures_path", lambda: pictures)
    app.window.commands["paste"].run()
    documents = app.controller.documents
    app.until(lambda: documents.current.value is not None)
    document = documents.current.value
    assert document.unsaved
    assert app.controller.saving.proposed_path(document, False) == pictures / document.name
    assert app.controller.context.settings.value.recent_files == ()
    app.controller.saving.save(document, pictures / "kept.png")
    app.until(lambda: not document.unsaved)
