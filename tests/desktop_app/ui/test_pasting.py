"""What is on the clipboard, opened."""

from __future__ import annotations


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
