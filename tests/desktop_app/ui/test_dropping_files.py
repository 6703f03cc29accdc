"""Photos dragged here from another program."""

from __future__ import annotations

import subprocess
import sys

import pytest

# The package's own drag source has Tk send its list of files as 32-bit numbers; file managers send
# text, and so does this one.
SOURCE = """
import sys
from tkinterdnd2 import COPY, DND_FILES, TkinterDnD

root = TkinterDnD.Tk()
root.tk.eval("proc ::tkdnd::xdnd::getFormatForType {type} {return STRING}")
root.geometry("120x80+1350+60")
root.drag_source_register(1, DND_FILES)
root.dnd_bind("<<DragInitCmd>>", lambda event: (COPY, DND_FILES, tuple(sys.argv[1:])))
root.after(500, lambda: print("ready", flush=True))
root.mainloop()
"""


@pytest.fixture
def drag_source():
    """Start a second program that offers files to whoever they are dropped on."""
    processes = []

    def start(*paths):
        process = subprocess.Popen(
            [sys.executable, "-c", SOURCE, *(path.as_uri() for path in paths)],
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout.readline().strip() == "ready"

    yield start
    for process in processes:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def _drop(app) -> None:
    """Drag from the other program's window to the middle of ours."""
    app.root.geometry("1200x780+0+0")
    app.live(0.2)
    app.xdotool("mousemove", 1400, 100)
    app.xdotool("mousedown", 1)
    for x, y in ((1395, 102), (1380, 110), (1100, 300), (700, 300), (690, 302), (680, 304)):
        app.xdotool("mousemove", x, y)
        app.live(0.1)
    app.xdotool("mouseup", 1)


def test_dropped_files_are_opened(app, make_photo, tmp_path, drag_source):
    paths = [make_photo(tmp_path / name, seed=1) for name in ("a b.png", "{brace}.png")]
    drag_source(*paths)
    _drop(app)
    documents = app.controller.documents
    app.until(lambda: len(documents.documents.value) == 2)
    assert [document.path for document in documents.documents.value] == paths
    app.live(0.1)
    assert app.page.filmstrip.winfo_ismapped()


def test_a_dropped_folder_opens_its_pictures(app, make_photo, tmp_path, drag_source):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("1.png", "2.png", "3.png"):
        make_photo(folder / name)
    (folder / "notes.txt").write_text("no picture")
    drag_source(folder)
    _drop(app)
    app.until(lambda: len(app.controller.documents.documents.value) == 3)


def test_a_folder_dropped_on_the_batch_page_joins_the_batch(app, make_photo, tmp_path, drag_source):
    folder = tmp_path / "a trip {2}"
    (folder / "day 1").mkdir(parents=True)
    make_photo(folder / "1.png")
    make_photo(folder / "day 1" / "2.png")
    app.window.main.show_page("batch")
    drag_source(folder)
    _drop(app)
    page = app.window.main.pages["batch"]
    app.until(lambda: len(page.list.tree.get_children()) == 2)
    assert app.controller.documents.documents.value == ()
    assert page.form.output.get() == f"{folder}_denoised"


def test_a_folder_dropped_on_the_train_page_is_what_to_learn_from(
    app, make_photo, tmp_path, drag_source
):
    folder = tmp_path / "photos"
    folder.mkdir()
    make_photo(folder / "1.png")
    app.window.main.show_page("train")
    drag_source(folder)
    _drop(app)
    app.until(lambda: app.controller.training.plan.value.folder == str(folder))
    assert app.controller.documents.documents.value == ()
