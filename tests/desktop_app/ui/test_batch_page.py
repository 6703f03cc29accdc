"""The Batch page as a person uses it."""

from __future__ import annotations

import subprocess
import sys
import time
from tkinter import font as tkfont

import pytest

from desktop_app.services.pictures import open_picture
from desktop_app.services.pictures.development import Development
from desktop_app.ui.pages import batch_page
from tests.desktop_app.raw_files import write_dng, write_one_of_each_sensor


@pytest.fixture
def page(app):
    app.window.main.navigation.buttons["batch"].invoke()
    app.live(0.05)
    return app.window.main.pages["batch"]


@pytest.fixture
def folder(make_photo, tmp_path):
    folder = tmp_path / "trip"
    folder.mkdir()
    for number in range(3):
        make_photo(folder / f"{number}.png", width=64, height=48, seed=number)
    (folder / "3.png").write_bytes(b"broken")
    return folder


def line(page, index: int) -> tuple[str, ...]:
    return page.list.tree.item(str(index), "values")


def test_an_empty_page_invites_and_offers_nothing_else(page, app):
    assert page.controls.start.instate(["disabled"])
    assert page.retry.instate(["disabled"])
    assert not page.list.winfo_ismapped()


def test_a_folder_is_added_denoised_and_summed_up(page, app, folder, monkeypatch):
    monkeypatch.setattr(batch_page, "choose_folder", lambda *_: folder)
    page.add_folder()
    app.until(lambda: page.list.tree.get_children())
    assert page.form.output.get() == f"{folder}_denoised"
    assert page.controls.start.cget("text") == "Start with 4 photos"
    page.controls.start.invoke()
    assert page.form.output.instate(["disabled"])
    app.until(lambda: not app.controller.batch.active)
    app.live(0.05)
    assert [line(page, index)[1] for index in range(4)] == ["Done"] * 3 + ["Failed"]
    assert "→" in line(page, 0)[2]
    assert line(page, 0)[3] == "0_denoised.png"
    assert page.controls.start.cget("text") == "Start with 1 photo"
    page.list.tree.selection_set("3")
    app.live(0.05)
    assert "3.png" in page.list.details.cget("text")
    page.copy.invoke()
    assert app.root.clipboard_get().startswith("4 pictures: 3 denoised, 1 failed.")
    assert page.retry.instate(["!disabled"])


def test_what_is_dropped_on_the_page_joins_the_batch(page, app, folder):
    app.window.main.drop([folder / "0.png", folder / "1.png"])
    app.until(lambda: len(page.list.tree.get_children()) == 2)
    assert app.controller.documents.documents.value == ()


def test_pause_holds_the_batch_until_resume(page, app, folder):
    app.window.main.drop([folder])
    app.until(lambda: page.list.tree.get_children())
    page.controls.start.invoke()
    page.controls.pause.invoke()
    app.live(0.5)
    assert app.controller.batch.active
    assert page.controls.pause.cget("text") == "Resume"
    page.controls.pause.invoke()
    app.until(lambda: not app.controller.batch.active)
    assert app.controller.batch.summary.value.startswith("4 pictures: 3 denoised")


def test_the_form_writes_into_the_plan(page, app, tmp_path):
    page.form.output.insert(0, str(tmp_path / "results"))
    page.form.existing.current(2)
    page.form.existing.event_generate("<<ComboboxSelected>>")
    page.noise.automatic.invoke()
    page.noise.level.scale.set(40)
    page.noise.strength.scale.set(70)
    app.live(0.05)
    plan = app.controller.batch.plan.value
    assert (plan.output, plan.existing) == (str(tmp_path / "results"), "rename")
    assert (plan.sigma_255, plan.strength) == (40.0, 70.0)


def test_marked_photos_can_be_removed_with_the_keyboard(page, app, folder):
    app.window.main.drop([folder])
    app.until(lambda: page.list.tree.get_children())
    page.list.tree.selection_set("0", "2")
    page.list.tree.focus_force()
    app.live(0.05)
    page.list.tree.event_generate("<Delete>")
    app.live(0.05)
    assert [line(page, index)[0] for index in range(2)] == ["1.png", "3.png"]


def test_a_double_click_shows_the_photo_on_the_denoise_page(page, app, folder):
    app.window.main.drop([folder / "1.png"])
    app.until(lambda: page.list.tree.get_children())
    app.live(0.1)
    left, top, width, height = page.list.tree.bbox("0")
    app.point_at(page.list.tree, left + width // 2, top + height // 2)
    app.xdotool("click", "--repeat", 2, "--delay", 60, 1)
    app.until(lambda: app.controller.documents.current.value is not None)
    assert app.controller.documents.current.value.path == folder / "1.png"
    assert app.window.main.pages["denoise"].winfo_ismapped()


def test_results_are_shown_beside_their_photos_and_in_their_folder(
    page, app, folder, tiny_model, tmp_path, monkeypatch
):
    app.window.main.drop([folder / "1.png", folder / "2.png"])
    app.until(lambda: page.list.tree.get_children())
    assert page.model.box.instate(["!disabled"])
    page.start()
    assert page.model.box.instate(["disabled"])
    app.controller.models.chosen.value = "camera"
    assert page.model.box.get() == "Tiny"
    app.until(lambda: not app.controller.batch.active)
    assert page.model.box.instate(["!disabled"])
    app.controller.models.chosen.value = str(tiny_model)
    page.list.tree.selection_set("1")
    page.list.tree.focus_force()
    app.live(0.05)
    page.list.tree.event_generate("<Return>")
    app.until(lambda: app.controller.documents.current.value is not None)
    document = app.controller.documents.current.value
    assert app.window.main.pages["denoise"].winfo_ismapped()
    assert (document.path.name, document.saved_path.name) == ("2.png", "2_denoised.png")
    assert not document.unsaved
    before, after = app.controller.view.looks.value
    assert after.denoised is not None
    assert (after.denoised.levels[0] != before.picture.levels[0]).any()
    program = tmp_path / "xdg-open"
    program.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/shown\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("desktop_app.services.folders.sys.platform", "linux")
    page.results.invoke()
    app.until(lambda: (tmp_path / "shown").exists() and (tmp_path / "shown").read_text())
    assert (tmp_path / "shown").read_text().strip() == str(folder)


def test_closing_during_a_batch_ends_it(page, app, folder):
    app.window.main.drop([folder])
    app.until(lambda: page.list.tree.get_children())
    page.controls.start.invoke()
    app.window.close()
    app.until(lambda: app.closed)


def test_a_photo_that_failed_is_tried_again_once_it_is_repaired(page, app, folder, make_photo):
    app.window.main.drop([folder])
    app.until(lambda: page.list.tree.get_children())
    page.controls.start.invoke()
    app.until(lambda: not app.controller.batch.active)
    make_photo(folder / "3.png", width=64, height=48)
    times = {path: path.stat().st_mtime_ns for path in folder.with_name("trip_denoised").iterdir()}
    page.retry.invoke()
    app.until(lambda: not app.controller.batch.active)
    assert line(page, 3)[1] == "Done"
    assert page.retry.instate(["disabled"])
    assert app.controller.batch.summary.value.startswith("4 pictures: 4 denoised")
    assert all(path.stat().st_mtime_ns == time for path, time in times.items())


def test_folders_inside_folders_keep_their_places(page, app, folder, make_photo):
    (folder / "day 2").mkdir()
    make_photo(folder / "day 2" / "0.png", width=64, height=48)
    app.window.main.drop([folder])
    app.until(lambda: len(page.list.tree.get_children()) == 5)
    app.until(lambda: not app.controller.batch.looking.value)
    page.controls.start.invoke()
    app.until(lambda: not app.controller.batch.active)
    results = folder.with_name("trip_denoised")
    assert (results / "day 2" / "0_denoised.png").exists()
    assert (results / "0_denoised.png").exists()


def test_progress_of_all_photos_and_of_the_present_one_is_shown(page, app, folder):
    app.window.main.drop([folder])
    app.until(lambda: page.list.tree.get_children())
    seen = set()
    app.controller.batch.progress.subscribe(
        lambda progress: progress and seen.add((progress.text, progress.seconds_left is not None))
    )
    shares = set()
    app.controller.batch.row_changed.subscribe(lambda index: shares.add(line(page, index)[1]))
    page.controls.start.invoke()
    app.until(lambda: not app.controller.batch.active)
    assert ("Photo 2 of 4, 1.png; all", True) in seen
    assert any(words.startswith("Denoising, ") for words in shares)


READER = "import tkinter; root = tkinter.Tk(); root.withdraw(); print(root.clipboard_get(), end='')"


def test_the_copied_summary_reaches_another_program(page, app, folder):
    app.window.main.drop([folder])
    app.until(lambda: page.list.tree.get_children())
    page.controls.start.invoke()
    app.until(lambda: not app.controller.batch.active)
    app.live(0.05)
    page.copy.invoke()
    other = subprocess.Popen([sys.executable, "-c", READER], stdout=subprocess.PIPE, text=True)
    app.until(lambda: other.poll() is not None)
    words = other.stdout.read()
    other.stdout.close()
    assert words == app.controller.batch.summary.value
    assert "3.png" in words


def test_a_full_list_is_drawn_anew_in_no_time(page, app, folder):
    app.window.main.drop([folder])
    app.until(lambda: len(page.list.tree.get_children()) == 4)
    app.live(0.1)
    began = time.process_time()
    for width in (60, 90):
        page.list.tree.column("status", width=width)
        app.root.update()
    assert time.process_time() - began < 0.3


def test_raw_files_are_developed_as_the_batch_says(page, app, folder):
    pytest.importorskip("rawpy")
    app.window.main.drop([folder / "1.png"])
    app.until(lambda: page.list.tree.get_children())
    assert not page.development_card.winfo_manager()
    write_dng(folder / "raw.dng")
    app.window.main.drop([folder / "raw.dng"])
    app.until(lambda: len(page.list.tree.get_children()) == 2)
    assert page.development_card.winfo_manager()
    assert not page.development_card.is_open
    panel = page.development
    panel.exposure.scale.set(-20)
    panel.half.invoke()
    page.controls.start.invoke()
    assert all(one.instate(["disabled"]) for one in (panel.exposure.scale, panel.half))
    app.until(lambda: not app.controller.batch.active)
    result = open_picture(folder / "raw_denoised.tif").samples
    wanted = open_picture(folder / "raw.dng", development=Development(exposure=-2, half_size=True))
    assert result.shape == (60, 80, 3)
    # Without the choice, values would be twice as large.
    assert abs(result.astype(float) - wanted.samples).mean() < 0.2 * wanted.samples.mean()
    page._open_photo(1)
    app.until(lambda: app.controller.documents.current.value is not None)
    state = app.controller.documents.current.value.state.value
    assert (state.noisy.picture.samples == wanted.samples).all()
    assert state.denoised is not None
    app.window.main.show_page("batch")
    app.controller.batch.change(as_dng=True)
    assert panel.half.instate(["disabled"])
    app.until(lambda: not app.controller.batch.looking.value)


def test_a_raw_file_under_another_name_is_developed_by_choice_too(page, app, folder):
    write_dng(folder / "renamed.tif")
    app.window.main.drop([folder / "renamed.tif"])
    app.until(lambda: page.list.tree.get_children())
    assert page.development_card.winfo_manager()


def test_what_cannot_be_dng_is_saved_as_without_it(page, app, folder, tiny_model):
    pytest.importorskip("rawpy")
    (folder / "3.png").unlink()
    write_one_of_each_sensor(folder)
    app.window.main.drop([folder])
    app.controller.batch.change(as_dng=True)
    app.controller.models.chosen.value = "auto"
    app.until(lambda: len(page.list.tree.get_children()) == 6)
    page.controls.start.invoke()
    app.until(lambda: not app.controller.batch.active)
    shown = [line(page, index) for index in range(6)]
    assert {name: (status, result) for name, status, _, result in shown} == {
        **{f"{number}.png": ("Done", f"{number}_denoised.png") for number in range(3)},
        "bayer.dng": ("Done", "bayer_denoised.dng"),
        "linear.dng": ("Done", "linear_denoised.tif"),
        "xtrans.dng": ("Done", "xtrans_denoised.tif"),
    }
    told = {}
    for index, values in enumerate(shown):
        page.list.tree.selection_set(str(index))
        app.live(0.02)
        told[values[0]] = page.list.details.cget("text")
    assert "Saved as PNG: DNG is only for what the Bayer sensors of cameras saw" in told["0.png"]
    assert "Saved as TIFF: DNG is only for" in told["linear.dng"]
    assert "Saved as TIFF: DNG is only for" in told["xtrans.dng"]
    assert "Saved as" not in told["bayer.dng"]
    app.controller.models.chosen.value = str(tiny_model)


SIZES = [("900x600", 1.0), ("1200x780", 1.0), ("1600x930", 2.0)]


@pytest.mark.parametrize(("size", "scale"), SIZES)
@pytest.mark.parametrize("stem", ["IMG_2026", "IMG_20261129_123456"])
def test_the_table_shows_whole_texts_or_leaves_columns_out(
    make_window, make_photo, tmp_path, size, scale, stem
):
    app = make_window(scale)
    app.root.geometry(f"{size}+0+0")
    app.window.main.show_page("batch")
    app.window.main.drop([make_photo(tmp_path / f"{stem}.png")])
    tree = app.window.main.pages["batch"].list.tree
    app.until(tree.get_children)
    app.live(0.2)
    shown = list(tree["displaycolumns"])
    assert shown == ["photo", "status", "noise", "result"][: len(shown)]
    assert len(shown) >= 2
    widths = sum(tree.column(name, "width") for name in shown)
    assert 0.95 * tree.winfo_width() <= widths <= tree.winfo_width()
    font = tkfont.nametofont("SunValleyBodyFont", root=app.root)
    (row,) = (tree.item(child, "values") for child in tree.get_children())
    texts = {**dict(zip(tree["columns"], row, strict=True)), "status": "Denoising, 100 %"}
    texts["noise"] = "24.5 → 12.3"
    for name in shown:
        assert font.measure(texts[name]) < tree.column(name, "width"), name
    if "result" not in shown:
        tree.selection_set("0")
        app.live(0.05)
        assert f"{stem}_denoised.png" in app.window.main.pages["batch"].list.details.cget("text")


def test_the_end_of_the_folder_is_seen_however_narrow_its_entry_becomes(page, app):
    app.controller.batch.change(output="/home/somebody/Pictures/A long holiday/photos_denoised")
    output = page.form.output
    for wider in (60, 30, 0):
        page.form.browse.pack_configure(ipadx=wider)
        app.live(0.05)
        assert output.xview()[1] == 1
        page.form.browse.pack_configure(ipadx=wider + 12)
        app.live(0.05)
        assert output.xview()[1] == 1


def test_a_photo_that_fails_at_once_does_not_make_the_rest_look_quick(
    page, app, make_photo, tmp_path
):
    (tmp_path / "0.png").write_bytes(b"broken")
    make_photo(tmp_path / "1.png")
    app.window.main.drop([tmp_path / "0.png", tmp_path / "1.png"])
    batch = app.controller.batch
    app.until(lambda: len(batch.rows.value) == 2)
    told = []
    batch.progress.subscribe(lambda one: told.append(one) if one is not None else None)
    page.controls.start.invoke()
    app.until(lambda: not batch.active)
    after_the_first = next(one for one in told if one.fraction == 0.5)
    assert "0.png" in after_the_first.text
    assert after_the_first.seconds_left is None
