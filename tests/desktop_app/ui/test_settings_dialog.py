"""Settings at the window: saved, refused with a sentence, or left alone."""

from __future__ import annotations

import json

import pytest

from desktop_app.services.settings import SCALES
from desktop_app.ui.dialogs.settings_dialog import SettingsDialog


@pytest.fixture
def dialog(app):
    dialog = SettingsDialog(app.root, app.window.appearance, app.controller.context)
    dialog.appear()
    app.live(0.1)
    yield dialog
    if dialog.winfo_exists():
        dialog.close(None)


def test_what_is_chosen_is_kept_on_disk_and_takes_effect(app, dialog, tmp_path):
    dialog.theme.current(2)
    dialog.scale.current(SCALES.index(1.5))
    dialog.pattern.delete(0, "end")
    dialog.pattern.insert(0, "clean_{name}")
    dialog.buttons["save"].invoke()
    app.live(0.1)
    stored = json.loads(app.settings_file.read_text())
    assert (stored["theme"], stored["scale"], stored["name_pattern"]) == (
        "dark",
        1.5,
        "clean_{name}",
    )
    assert app.window.appearance.palette.value.name == "dark"


def test_a_value_that_cannot_be_used_is_explained_and_nothing_changes(app, dialog):
    before = app.controller.context.settings.value
    dialog.pattern.delete(0, "end")
    dialog.pattern.insert(0, "always the same")
    dialog.buttons["save"].invoke()
    assert dialog.winfo_exists()
    assert "{name}" in dialog.complaint.cget("text")
    assert app.controller.context.settings.value == before


def test_cancel_changes_nothing(app, dialog):
    before = app.controller.context.settings.value
    dialog.theme.current(2)
    dialog.buttons["cancel"].invoke()
    assert app.controller.context.settings.value == before


@pytest.mark.parametrize(("entered", "kept"), [("auto", 0), (" 2000 ", 2000)])
def test_the_memory_is_chosen_by_the_program_or_the_person(app, dialog, entered, kept):
    assert dialog.memory.get() == "auto"
    dialog.memory.delete(0, "end")
    dialog.memory.insert(0, entered)
    dialog.buttons["save"].invoke()
    assert app.controller.context.settings.value.memory_budget_mb == kept


@pytest.mark.parametrize("entered", ["", "much", "12", "-1"])
def test_an_amount_of_memory_that_cannot_be_used_is_explained(app, dialog, entered):
    dialog.memory.delete(0, "end")
    dialog.memory.insert(0, entered)
    dialog.buttons["save"].invoke()
    assert "must be auto, or a whole number" in dialog.complaint.cget("text")
