"""What is on the clipboard, opened."""

from __future__ import annotations

import stat
import sys

import pytest
from PIL import Image

from desktop_app.ui import clipboard


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


def test_text_is_not_a_picture_and_that_is_said(app):
    app.root.clipboard_clear()
    app.root.clipboard_append("just words")
    app.key("ctrl+v")
    assert "no picture on the clipboard" in app.expect_problem().sentence


@pytest.fixture
def copied(monkeypatch, tmp_path):
    """A picture on the clipboard, and a place of one's own for temporary files."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    registered = []
    monkeypatch.setattr(clipboard.atexit, "register", lambda *call: registered.append(call))
    monkeypatch.setattr(clipboard, "_copied_picture", lambda: Image.new("RGB", (8, 6)))
    monkeypatch.setattr(clipboard, "_copied_paths", lambda _: [])
    return registered


def test_a_copied_picture_is_private_and_goes_when_the_application_ends(copied, tmp_path):
    (path,) = clipboard.pasted_files(None)
    with Image.open(path) as picture:
        assert picture.size == (8, 6)
    if sys.platform != "win32":
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    ((remove, *arguments),) = copied
    remove(*arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_result_saved_beside_a_copied_picture_stays(copied):
    (path,) = clipboard.pasted_files(None)
    result = path.with_stem("result")
    result.write_bytes(b"precious")
    ((remove, *arguments),) = copied
    remove(*arguments)
    assert result.read_bytes() == b"precious"
    assert not path.exists()
