"""Errors are sentences; the traceback is there for whoever asks."""

from __future__ import annotations

from PIL import Image

from desktop_app.ui.dialogs.information_dialogs import ProblemDialog


def _dialog(app) -> ProblemDialog:
    found = []

    def look() -> bool:
        found[:] = [
            child for child in app.root.winfo_children() if isinstance(child, ProblemDialog)
        ]
        return bool(found) and bool(found[0].winfo_viewable())

    app.until(look)
    return found[0]


def test_a_text_file_named_png_gets_a_sentence(app, tmp_path):
    path = tmp_path / "text.png"
    path.write_text("not a picture")
    app.controller.documents.open([path])
    problem = app.expect_problem()
    dialog = _dialog(app)
    assert "text.png" in problem.sentence
    assert "Traceback" not in problem.sentence
    dialog.copy()
    assert "Traceback" in app.root.clipboard_get()
    dialog.buttons["close"].invoke()
    app.live(0.1)
    assert not app.controller.documents.documents.value


def test_a_bad_file_does_not_stop_the_good_ones(app, photo, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(photo.read_bytes()[:200])
    app.controller.documents.open([bad, photo])
    app.until(lambda: app.controller.documents.current.value is not None)
    assert app.controller.documents.current.value.path == photo
    app.expect_problem()
    _dialog(app).buttons["close"].invoke()


def test_many_bad_files_are_told_in_one_list(app, photo, tmp_path):
    bad = [tmp_path / f"bad{number}.jpg" for number in range(3)]
    for path in bad:
        path.write_bytes(b"nothing")
    app.controller.documents.open([*bad, photo])
    problem = app.expect_problem()
    assert app.problems == []
    assert problem.title == "3 files were not opened"
    dialog = _dialog(app)
    app.until(lambda: dialog.list.text)
    lines = dialog.list.text.splitlines()
    assert [path.name in line for path, line in zip(bad, lines, strict=True)] == [True] * 3
    dialog.copy()
    assert "bad2.jpg" in app.root.clipboard_get()
    dialog.buttons["close"].invoke()


def test_an_error_in_a_callback_is_shown_and_not_swallowed(app, capsys):
    app.root.report_callback_exception = app.window._on_callback_error
    app.root.after(0, lambda: 1 / 0)
    problem = app.expect_problem()
    assert "division by zero" in problem.sentence
    assert "ZeroDivisionError" in capsys.readouterr().err
    _dialog(app).buttons["close"].invoke()


def test_an_animation_is_opened_by_its_first_picture_if_the_person_wants(app, tmp_path):
    path = tmp_path / "moving.gif"
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    app.controller.documents.open([path])
    app.expect_problem()
    _dialog(app).buttons["way-out"].invoke()
    app.until(lambda: app.controller.documents.current.value is not None)
    samples = app.controller.documents.current.value.state.value.noisy.picture.samples
    assert tuple(samples[0, 0]) == (255, 0, 0)
