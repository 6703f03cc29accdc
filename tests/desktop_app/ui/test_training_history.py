"""Earlier runs: taken up after a restart or a crash, compared, used, described."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from desktop_app.controllers.training import IDLE
from desktop_app.services.resources import sample_picture
from desktop_app.services.training.recipes import RECIPES, Recipe
from scratch_layers.models.card import read_card
from tests.desktop_app.ui.trainer import drawn_labels, start, stop

KILLED = """
import sys
from pathlib import Path
from desktop_app.controllers.application import ApplicationController
from desktop_app.services.training.recipes import RECIPES, Recipe
from desktop_app.ui.app import Window

RECIPES["photo"] = Recipe(validate_every=10)
home, photos = map(Path, sys.argv[1:])
window = Window(ApplicationController(home / "settings.json", home / "runs"))
window.main.show_page("train")
training = window.controller.training
training.plan.value = training.plan.value.with_changes(
    folder=str(photos), network="paper", preset="custom", custom_minutes=5.0, device="cpu"
)
window.root.after(300, training.start)
told = []
def tell(facts):
    if facts is not None and facts.step >= 25 and not told:
        told.append(True)
        print(training.record.saved_step, flush=True)
training.facts.subscribe(tell)
window.root.mainloop()
"""


@pytest.fixture
def validated(training, monkeypatch):
    """The app after a short run that has a model."""
    monkeypatch.setitem(RECIPES, "photo", Recipe(validate_every=10))
    start(training, steps=15)
    training.until(lambda: training.controller.training.model.value)
    stop(training)
    training.until(lambda: training.controller.history.runs.value)
    return training


def mark(app) -> None:
    page = app.window.main.pages["train"]
    page.runs.table.selection_set(page.runs.table.get_children()[0])
    app.live(0.1)


def test_the_list_of_runs_is_as_high_as_a_few_lines(validated):
    table = validated.window.main.pages["train"].runs.table
    validated.live(0.05)
    assert 100 < table.winfo_height() < 250
    mark(validated)
    assert "photos, " in validated.window.main.pages["train"].runs._details.cget("text")


def test_a_run_is_resumed_after_a_restart_with_its_curves(training, make_window):
    start(training, steps=25)
    done = training.controller.training
    folder = done.folder.value
    training.window.close()
    training.until(lambda: training.closed)
    step = done.facts.value.step

    again = make_window(folder=training.settings_file.parent)
    again.window.main.show_page("train")
    again.until(lambda: again.controller.history.runs.value)
    page = again.window.main.pages["train"]
    [line] = page.runs.table.get_children()
    assert page.runs.table.item(line, "values")[1] == "stopped"
    mark(again)
    page.runs.resume.invoke()
    curves = again.controller.training.curves
    again.until(lambda: step + 1 in curves.value.steps)
    assert again.controller.training.folder.value == folder
    assert curves.value.steps[:2] == [10, 20]
    stop(again)


def test_a_run_of_a_program_that_was_killed_is_resumed(app, make_photo, tmp_path):
    photos, home = tmp_path / "photos", tmp_path / "home"
    photos.mkdir()
    home.mkdir()
    for number in range(3):
        make_photo(photos / f"{number}.png", 176, 144, seed=number)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(home), str(photos)], stdout=subprocess.PIPE, text=True
    )
    saved = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait(20)
    process.stdout.close()
    [folder] = (home / "runs").iterdir()
    controller = app.controller.training
    controller.resume_run(folder)
    app.until(lambda: controller.state.value == "running")
    app.until(lambda: len(controller.curves.value.steps) > 5)
    steps = controller.curves.value.steps
    assert steps == sorted(set(steps))
    new = [event for event in _events(folder) if event["event"] == "Started"][-1]
    assert new["step"] >= saved > 0
    controller.stop()
    app.until(lambda: controller.state.value == IDLE)


def _events(folder):
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def test_two_runs_are_drawn_over_one_another(validated, monkeypatch):
    page = validated.window.main.pages["train"]
    start(validated, steps=25)
    stop(validated)
    validated.until(lambda: len(validated.controller.history.runs.value) == 2)
    page.runs.table.selection_set(*page.runs.table.get_children())
    validated.until(lambda: len(validated.controller.history.compared.value) == 2)
    names = set(validated.controller.history.compared.value)
    validated.until(lambda: names <= drawn_labels(page))


def test_the_model_of_the_run_is_used_at_once(validated, photo):
    page = validated.window.main.pages["train"]
    assert page.controls.use.winfo_ismapped()
    page.controls.use.invoke()
    model = validated.controller.training.model.value
    assert validated.controller.models.chosen.value == str(model)
    validated.window.main.show_page("denoise")
    document = validated.open(photo)
    validated.denoise()
    assert document.state.value.denoised.result.model == read_card(model).title


def test_the_model_of_the_run_is_compared_with_the_usual_one(validated, photo):
    controller, page = validated.controller, validated.window.main.pages["train"]
    usual = controller.models.chosen.value
    page.controls.compare.invoke()
    validated.until(lambda: controller.context.status.value.startswith("Against the original: "))
    assert controller.documents.current.value.path == sample_picture()
    validated.until(lambda: controller.at_rest)
    validated.window.main.show_page("denoise")
    validated.open(photo)
    assert controller.models.chosen.value == usual
    controller.noising.add("gaussian", 25.0, seed=1)
    validated.until(lambda: controller.documents.current.value.state.value.truth is not None)
    validated.window.main.show_page("train")
    page.controls.compare.invoke()
    validated.until(lambda: controller.context.status.value.startswith("Against the original: "))
    assert controller.view.mode.value == "rivals"
    assert controller.view.rivals[1].startswith("Photos, ")
    assert validated.page.inspector.model.box.get().startswith("Photos, ")
    result = controller.documents.current.value.state.value.denoised.result
    assert ": model Photos, " in result.sentence
    first, second = controller.context.status.value.split(";")
    assert " dB, SSIM 0." in first
    assert "Photos" in second
    validated.open(photo)
    assert controller.models.chosen.value == usual


def test_the_card_is_edited_and_later_models_of_the_run_keep_it(validated):
    page = validated.window.main.pages["train"]
    mark(validated)
    model = validated.controller.training.model.value
    complaints = []

    def write() -> None:
        [editor] = [child for child in page.winfo_children() if hasattr(child, "fields")]
        editor.fields["title"].delete("1.0", "end")
        editor.buttons["save"].invoke()
        complaints.append(editor.complaint.cget("text"))
        editor.fields["title"].insert("1.0", "For my camera\nat ISO 3200")
        editor.buttons["save"].invoke()

    validated.root.after(200, write)
    page.runs.edit.invoke()
    assert complaints == ["The model needs a title, by which people choose it."]
    assert read_card(model).title == "For my camera at ISO 3200"
    [line] = page.runs.table.get_children()
    validated.until(lambda: page.runs.table.set(line, "name") == "For my camera at ISO 3200")
    assert "Learned from photos, 0 minutes" in page.runs._details.cget("text")
    page.runs.use.invoke()
    validated.window.main.show_page("denoise")
    assert validated.page.inspector.model.box.get() == "For my camera at ISO 3200"
    validated.window.main.show_page("train")
    weights = read_card(model).weights_sha256
    page.runs.resume.invoke()
    validated.until(lambda: read_card(model).weights_sha256 != weights)
    stop(validated)
    assert read_card(model).title == "For my camera at ISO 3200"


def test_a_run_is_deleted_to_the_bin_after_a_question(validated, system_bin):
    page, controller = validated.window.main.pages["train"], validated.controller
    folder = controller.training.folder.value
    assert page.runs.delete.instate(["disabled"])
    mark(validated)
    page.runs.use.invoke()

    def answer(button: str) -> None:
        [dialog] = [child for child in page.winfo_children() if hasattr(child, "buttons")]
        dialog.buttons[button].invoke()

    validated.root.after(100, answer, "cancel")
    page.runs.delete.invoke()
    assert folder.exists()
    validated.root.after(100, answer, "yes")
    page.runs.table.focus_force()
    page.runs.table.event_generate("<Delete>")
    validated.until(lambda: not controller.history.runs.value)
    assert (system_bin / "files" / folder.name / "config.json").exists()
    assert not page.runs.table.get_children()
    assert controller.training.model.value is None
    assert controller.models.chosen.value == "auto"
    assert controller.context.status.value.startswith("Moved to the bin: ")


def test_a_run_that_is_being_trained_is_not_deleted(validated, system_bin):
    page = validated.window.main.pages["train"]
    mark(validated)
    page.runs.resume.invoke()
    validated.until(lambda: validated.controller.training.state.value == "running")
    validated.controller.history.delete(validated.controller.history.runs.value)
    problem = validated.expect_problem()
    assert "is being trained; stop it before deleting it." in problem.sentence
    assert validated.controller.training.folder.value.exists()
    stop(validated)
