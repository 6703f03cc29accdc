"""Files are chosen in the desktop's own dialogs where it has some, beginning where it was last."""

from __future__ import annotations

import sys

import pytest

from desktop_app.ui.dialogs import file_choice
from desktop_app.ui.dialogs.file_choice import choose_export, choose_folder, choose_pictures

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems' dialogs are Tk's")


@pytest.fixture
def desktop(monkeypatch, tmp_path):
    """A program in the place of the desktop's dialog: what it answers, and what it was asked."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))

    def install(name: str, answer: str, code: int = 0) -> None:
        program = programs / name
        lines = (
            "#!/bin/sh",
            f'for word in "$@"; do echo "$word" >> {tmp_path}/asked; done',
            f"printf '{answer}'",
            f"exit {code}",
        )
        program.write_text("\n".join(lines) + "\n")
        program.chmod(0o755)

    def asked() -> str:
        words = (tmp_path / "asked").read_text()
        (tmp_path / "asked").unlink()
        return words

    monkeypatch.setattr("desktop_app.services.folders.user_pictures_path", lambda: tmp_path)
    install.asked = asked
    return install


def test_the_desktops_dialog_is_asked_and_its_folder_remembered(app, desktop, tmp_path):
    context = app.controller.context
    folder = tmp_path / "two words"
    folder.mkdir()
    desktop("zenity", f"{folder}/a.png\\037{folder}/b c.png\\n")
    assert choose_pictures(app.root, context) == [folder / "a.png", folder / "b c.png"]
    words = desktop.asked()
    assert f"--filename={tmp_path}/\n" in words
    assert "--multiple" in words
    assert "Photos | *.jpg *.JPG" in words
    assert context.settings.value.folders == {"open": str(folder)}
    assert choose_pictures(app.root, context)
    assert f"--filename={folder}/\n" in desktop.asked()
    desktop("zenity", f"{folder}/curves.png\\n")
    assert choose_export(app.root, context, "curves.png") == folder / "curves.png"
    assert f"--filename={tmp_path}/curves.png\n--" in desktop.asked()
    desktop("zenity", "", code=1)
    assert choose_folder(app.root, context, "training", "Where?", folder) is None
    assert "--directory\n" in desktop.asked()
    assert set(context.settings.value.folders) == {"open", "export"}


def test_kde_has_a_dialog_of_its_own(app, desktop, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "KDE")
    desktop("zenity", "/wrong\\n")
    desktop("kdialog", "/one.png\\n/two.png\\n")
    chosen = choose_pictures(app.root, app.controller.context)
    assert [path.name for path in chosen] == ["one.png", "two.png"]
    assert f"--getopenfilename\n{tmp_path}\nPhotos (*.jpg" in desktop.asked()


@pytest.mark.parametrize("broken", [True, False])
def test_tks_own_dialog_stands_in_and_hides_dot_files(app, desktop, tmp_path, monkeypatch, broken):
    if broken:
        desktop("zenity", "no display", code=255)
    calls = []

    def ask(**options):
        calls.append(options)
        return (str(tmp_path / "x.png"),)

    monkeypatch.setattr(file_choice.filedialog, "askopenfilenames", ask)
    assert choose_pictures(app.root, app.controller.context) == [tmp_path / "x.png"]
    assert calls[0]["initialdir"] == str(tmp_path)
    assert app.root.tk.getvar("::tk::dialog::file::showHiddenVar") == 0
    assert app.root.tk.getvar("::tk::dialog::file::showHiddenBtn") == 1


DIALOG = ".__tk_filedialog"


def test_all_files_are_taken_in_tks_own_dialog(app, desktop, tmp_path, make_photo):
    folder = tmp_path / "photos"
    (folder / "inside").mkdir(parents=True)
    for name in ("a.png", "b c.png", ".hidden.png", "notes.txt"):
        make_photo(folder / name) if name.endswith("png") else (folder / name).touch()
    context = app.controller.context
    context.change_settings(folders={"open": str(folder)})

    def take_all() -> None:
        call, files = app.root.tk.call, f"{DIALOG}.contents.icons.cHull.canvas"
        if not call("winfo", "exists", files) or not call("winfo", "viewable", files):
            app.root.after(50, take_all)
            return
        call("focus", "-force", files)
        call("event", "generate", files, "<Control-a>")
        call(f"{DIALOG}.contents.f2.ok", "invoke")

    app.root.after(50, take_all)
    assert choose_pictures(app.root, context) == [folder / "a.png", folder / "b c.png"]
