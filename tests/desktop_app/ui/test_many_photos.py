"""Several photos are open: the filmstrip tells how far each is, and orders go to all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from desktop_app.controllers.all_photos import SavingPlan
from desktop_app.ui.dialogs.save_all_dialog import SaveAllDialog


@pytest.fixture
def three(app, make_photo, tmp_path):
    """The app with three photos, of which the first is shown."""
    sizes = ((160, 120), (120, 160), (160, 120))
    paths = [
        make_photo(tmp_path / f"lake {number}.png", *size, seed=number)
        for number, size in enumerate(sizes, start=1)
    ]
    app.open(*paths)
    return app


def words(app) -> list[str]:
    app.live(0.05)
    buttons = app.page.filmstrip.buttons
    return [str(buttons[one].cget("text")) for one in app.controller.documents.documents.value]


def test_all_photos_are_denoised_and_saved_while_one_is_looked_at(three, tmp_path):
    documents, view = three.controller.documents, three.controller.view
    first = documents.current.value
    assert words(three) == [f"lake {number}\nwaiting" for number in (1, 2, 3)]
    before = three.page.filmstrip.buttons[first].cget("image")
    view.zoom_to(3)
    three.window.commands["denoise-all"].run()
    three.until(lambda: three.controller.all_photos.left.value == 0)
    assert documents.current.value is first
    assert view.viewport.zoom == 3
    assert words(three) == [f"lake {number}\ndenoised" for number in (1, 2, 3)]
    assert three.page.filmstrip.buttons[first].cget("image") != before
    three.controller.denoising.set_strength(0.5)
    three.window.commands["share-settings"].run()
    assert [one.state.value.strength for one in documents.documents.value] == [0.5] * 3
    precious = tmp_path / "lake 2_denoised.jpg"
    precious.write_bytes(b"precious")
    three.controller.all_photos.save(SavingPlan(None, "{name}_denoised", ".jpg"))
    three.until(lambda: not documents.unsaved() and not three.controller.saving.saving.value)
    assert precious.read_bytes() == b"precious"
    for name in ("lake 1_denoised.jpg", "lake 2_denoised_2.jpg", "lake 3_denoised.jpg"):
        with Image.open(tmp_path / name) as kept:
            assert kept.format == "JPEG"
    assert words(three) == [f"lake {number}\nsaved" for number in (1, 2, 3)]
    three.until(lambda: three.window.main.status.message == "Saved 3 photos.")


def test_a_photo_that_fails_is_marked_and_the_others_go_on(three, monkeypatch):
    all_photos, denoising = three.controller.all_photos, three.controller.denoising
    second = three.controller.documents.documents.value[1]
    denoise = denoising.denoise

    def failing(**_) -> None:
        if three.controller.documents.current.value is second:
            denoising.progress.value = None
            denoising.progress.notify()
        else:
            denoise()

    monkeypatch.setattr(denoising, "denoise", failing)
    all_photos.denoise()
    three.until(lambda: all_photos.left.value == 0)
    assert [text.split("\n")[1] for text in words(three)] == ["denoised", "failed", "denoised"]


def test_escape_ends_the_whole_row(three):
    three.window.commands["denoise-all"].run()
    three.window.commands["cancel"].run()
    three.until(lambda: three.controller.denoising.progress.value is None)
    three.live(0.2)
    assert three.controller.all_photos.left.value == 0
    assert "waiting" in words(three)[1]
    assert three.controller.all_photos.failed.value == frozenset()


def test_the_filmstrip_is_walked_and_has_a_menu(three, monkeypatch):
    documents, strip = three.controller.documents, three.page.filmstrip
    first, second, third = documents.documents.value
    three.root.focus_force()
    strip.buttons[first].focus_set()
    three.live(0.05)
    three.xdotool("key", "Right", "Right", "Right")
    assert documents.current.value is third
    three.xdotool("key", "Left")
    assert documents.current.value is second
    opened = []
    monkeypatch.setattr(strip.menu, "tk_popup", lambda x, y: opened.append((x, y)))
    strip.buttons[first].event_generate("<Button-3>", x=5, y=5)
    assert documents.current.value is first
    assert opened
    titles = [strip.menu.entrycget(place, "label") for place in range(strip.menu.index("end") + 1)]
    assert {"Save as …", "Close picture", "Denoise all photos", "Save all photos …"} <= set(titles)
    strip.menu.invoke(titles.index("Close picture"))
    assert first not in documents.documents.value


def test_the_choices_for_all_photos_are_checked(app, tmp_path):
    chosen: list[Path | None] = [tmp_path]
    dialog = SaveAllDialog(app.root, app.window.appearance, 3, 2, "{name}_x", chosen.pop)
    dialog.appear()
    dialog.folder.insert(0, str(tmp_path / "gone"))
    dialog.buttons["save"].invoke()
    assert "is not a folder" in dialog.complaint.cget("text")
    dialog._on_browse()
    dialog.pattern.delete(0, "end")
    dialog.buttons["save"].invoke()
    assert "need {name}" in dialog.complaint.cget("text")
    dialog.pattern.insert(0, "a_{name}")
    dialog.format.current(2)
    dialog.format.event_generate("<<ComboboxSelected>>")
    assert dialog.quality.instate(["disabled"])
    dialog.format.current(1)
    dialog.format.event_generate("<<ComboboxSelected>>")
    dialog.quality.current(2)
    dialog.buttons["save"].invoke()
    assert dialog.answer == "save"
    assert dialog.plan == SavingPlan(tmp_path, "a_{name}", ".jpg", 80)


def test_several_are_picked_with_mouse_and_keys_for_the_next_order(three, tmp_path):
    documents, strip = three.controller.documents, three.page.filmstrip
    first, second, third = documents.documents.value

    def picked():
        three.live(0.05)
        ticked = [one for one in strip.buttons if strip.buttons[one].cget("text").startswith("✓")]
        assert len(ticked) in (0, len(documents.selected.value))
        return ticked

    def click(document, *keys):
        button = strip.buttons[document]
        three.point_at(button, 10, 10)
        for key in keys:
            three.xdotool("keydown", key)
        three.xdotool("click", 1)
        for key in keys:
            three.xdotool("keyup", key)

    click(third, "ctrl")
    assert picked() == [first, third]
    assert documents.current.value is first
    click(third, "ctrl")
    assert picked() == []
    click(third, "shift")
    assert picked() == [first, second, third]
    click(first)
    assert picked() == []
    three.root.focus_force()
    strip.buttons[first].focus_set()
    three.live(0.05)
    three.xdotool("key", "shift+Right")
    assert picked() == [first, second]
    menu = three.window.commands
    assert menu["denoise-all"].words == "Denoise 2 picked photos"
    menu["denoise-all"].run()
    three.until(lambda: three.controller.all_photos.left.value == 0)
    assert [text.split("\n")[1] for text in words(three)] == ["denoised", "denoised", "waiting"]
    three.controller.all_photos.save(SavingPlan(tmp_path, "{name}_small", ".jpg", 30))
    three.until(lambda: three.window.main.status.message == "Saved 2 photos.")
    small = (tmp_path / "lake 1_small.jpg").stat().st_size
    three.controller.saving.save(first, tmp_path / "usual.jpg")
    three.until(lambda: not three.controller.saving.saving.value)
    assert small < (tmp_path / "usual.jpg").stat().st_size / 2
    strip.buttons[second].focus_set()
    three.xdotool("key", "ctrl+a")
    assert picked() == [first, second, third]
    documents.close(second)
    assert picked() == [first, third]


def test_saving_all_denoises_what_is_shown_as_a_preview_and_copies_what_is_clean(
    app, make_photo, tmp_path
):
    clean = tmp_path / "clean.png"
    Image.new("RGB", (60, 60), "teal").save(clean)
    app.controller.context.change_settings(preview=True)
    app.controller.models.chosen.value = "auto"
    app.open(clean, make_photo(tmp_path / "noisy.png", 64, 64))
    folder = tmp_path / "results"
    folder.mkdir()
    app.controller.all_photos.save(SavingPlan(folder, "{name}"))
    app.until(lambda: app.window.main.status.message == "Saved 2 photos.")
    assert sorted(path.name for path in folder.iterdir()) == ["clean.png", "noisy.png"]
    assert [one.progress_words for one in app.controller.documents.documents.value] == ["saved"] * 2
    assert app.controller.all_photos.failed.value == frozenset()
