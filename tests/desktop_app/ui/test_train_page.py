"""Training at the window: curves that move, pause, stop, and a clean end when it is closed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from desktop_app.controllers import training_start
from desktop_app.controllers.run_history import run_title
from desktop_app.controllers.training import IDLE, PAUSED, RUNNING
from desktop_app.controllers.training_plan import DATA, adapting_config
from desktop_app.services.training import recipes
from desktop_app.services.training.config import RunConfig
from desktop_app.services.training.recipes import NetworkWidth
from scratch_layers.threads import threads
from tests.desktop_app.raw_files import write_noisy_photo
from tests.desktop_app.ui.trainer import drawn_labels, drawn_points, start, stop


def test_a_run_draws_its_loss_and_its_numbers_shows_samples_and_keeps_what_it_learned(training):
    controller, page = training.controller.training, training.window.main.pages["train"]
    start(training)
    training.until(lambda: page.plot.drawing and drawn_points(page) > 1)
    training.until(lambda: page.preview.shown)
    assert not controller.curves.value.checked_steps
    words = page.controls._words
    training.until(lambda: "of memory" in words.cget("text"))
    assert "patches/s" in words.cget("text")
    assert "left" in words.cget("text")
    assert 50 * 2**20 < controller.facts.value.memory < 10 * 2**30
    stop(training)
    assert (controller.folder.value / "last.safetensors").exists()
    assert any("Stopped" in sentence for sentence in controller.messages.value)


def test_pause_holds_the_run_resume_goes_on_and_a_second_run_is_refused(training):
    controller, page = training.controller.training, training.window.main.pages["train"]
    start(training)
    controller.start()
    assert "under way already" in training.window.main.status.message
    page.controls.pause.invoke()
    assert controller.state.value == PAUSED
    # The step that is under way still ends, which takes its time beside other programs.
    training.live(1.5)
    held = len(controller.curves.value.steps)
    training.live(0.3)
    assert len(controller.curves.value.steps) == held
    page.controls.pause.invoke()
    assert controller.state.value == RUNNING
    training.until(lambda: len(controller.curves.value.steps) > held)
    for most in (1, None, 1):
        page.controls.gentle.invoke()
        assert threads._chosen == most
    stop(training)
    assert threads._chosen is None
    assert controller.gentle.value


def test_without_a_folder_nothing_starts_and_a_sentence_says_why(app):
    app.window.main.show_page("train")
    app.window.main.pages["train"].controls.start.invoke()
    assert app.controller.training.state.value == IDLE
    assert app.window.main.status.message == "Choose a folder of photos first."


def test_a_folder_without_photos_is_refused_with_a_sentence(training, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    plan = training.controller.training.plan
    plan.value = plan.value.with_changes(folder=str(empty))
    training.window.main.pages["train"].controls.start.invoke()
    problem = training.expect_problem()
    assert "empty" in problem.sentence
    training.until(lambda: training.controller.training.state.value == IDLE)


def test_earlier_runs_are_listed_compared_and_resumed(training):
    controller, page = training.controller, training.window.main.pages["train"]
    start(training, steps=25)
    stop(training)
    training.until(lambda: controller.history.runs.value)
    [entry] = controller.history.runs.value
    page.runs.table.selection_set(str(entry.folder))
    training.until(lambda: controller.history.compared.value)
    [curves] = controller.history.compared.value.values()
    assert curves.steps == [10, 20]
    training.until(lambda: run_title(entry.folder.name, seconds=True) in drawn_labels(page))
    page.runs.resume.invoke()
    training.until(lambda: entry.step + 1 in controller.training.curves.value.steps)
    steps = controller.training.curves.value.steps
    assert [step for step in steps if step <= entry.step] == list(range(10, entry.step + 1, 10))
    assert page.runs.resume.instate(["disabled"])
    stop(training)


def test_curves_are_exported_as_numbers_and_as_a_picture(training, tmp_path, monkeypatch):
    from desktop_app.ui.pages import train_page

    targets = {"curves.csv": tmp_path / "c.csv", "curves.png": tmp_path / "c.png"}
    monkeypatch.setattr(train_page, "choose_export", lambda parent, context, name: targets[name])
    page = training.window.main.pages["train"]
    start(training)
    stop(training)
    page.export_numbers()
    page.export_plot()
    training.until(lambda: targets["curves.png"].exists())
    lines = targets["curves.csv"].read_text().splitlines()
    assert lines[0].startswith("step,loss,smoothed_loss,learning_rate")
    assert len(lines) == 1 + len(training.controller.training.curves.value.steps)
    assert targets["curves.png"].read_bytes().startswith(b"\x89PNG")


def test_noisy_photos_alone_can_be_learned_from(training):
    plan = training.controller.training.plan
    page = training.window.main.pages["train"]
    page.form.data.current([*DATA].index("noisy"))
    page.form.data.event_generate("<<ComboboxSelected>>")
    training.live(0.1)
    assert plan.value.data == "noisy"
    assert not page.form.lowest.winfo_ismapped()
    plan.value = plan.value.with_changes(network="unet")
    start(training, steps=1)
    stop(training)


def _some_steps(*arguments) -> RunConfig:
    config = adapting_config(*arguments)
    return replace(config, training=replace(config.training, steps=40, minutes=None))


def test_the_app_adapts_to_one_photo_and_denoises_it_with_what_it_learned(
    training, photo, make_photo, tmp_path, monkeypatch
):
    monkeypatch.setattr(training_start, "adapting_config", _some_steps)
    training.window.main.show_page("denoise")
    document = training.open(photo)
    training.page.inspector.adapt.button.invoke()
    panel = training.page.inspector.adapt
    assert panel.button.instate(["disabled"])
    training.until(lambda: panel.plot.points)
    assert panel.live.winfo_ismapped()
    assert panel.preview.shown or "training begins" not in panel.preview._label.cget("text")
    training.until(lambda: document.state.value.rival)
    folder = training.controller.training.folder.value
    assert training.controller.models.chosen.value.startswith(str(folder))
    assert not panel.live.winfo_ismapped()
    state, view = document.state.value, training.controller.view
    assert state.rival.result.model == "Tiny"
    assert view.mode.value == "rivals"
    assert view.rivals == ("Tiny", state.denoised.result.model)
    training.live(0.2)
    document.undo()
    assert view.mode.value == "split"
    training.open(make_photo(tmp_path / "other.png"))
    assert not training.controller.models.chosen.value.startswith(str(folder))
    assert training.page.inspector.adapt.button.instate(["!disabled"])


def test_a_model_for_raw_files_is_trained_seen_developed_and_used(
    training, photo, tmp_path, monkeypatch
):
    pytest.importorskip("rawpy")
    tiny = NetworkWidth("Tiny", {"widths": [4, 4], "blocks": 1})
    monkeypatch.setitem(recipes.NETWORKS["mosaic"].widths, "narrow", tiny)
    recipe = replace(recipes.RECIPES["raw"], batch_size=1, patch_size=48)
    monkeypatch.setitem(recipes.RECIPES, "raw", recipe)
    controller, page = training.controller.training, training.window.main.pages["train"]
    page.form.data.current([*DATA].index("raw"))
    page.form.data.event_generate("<<ComboboxSelected>>")
    start(training, steps=2)
    training.until(lambda: page.preview.shown)
    stop(training)
    # The photos have colours; a mosaic has none.
    clean = np.asarray(page.preview._rows[0])[:, -60:].astype(float)
    assert np.ptp(clean, axis=2).mean() > 10
    training.until(lambda: controller.model.value is not None)
    page.controls.use.invoke()
    assert training.controller.models.entry().is_for_sensors
    training.open(photo)
    page.controls.compare.invoke()
    assert training.window.main.status.message.startswith("Open a RAW file first")
    write_noisy_photo(tmp_path / "photo.dng")
    document = training.open(tmp_path / "photo.dng")
    training.window.main.show_page("denoise")
    training.denoise()
    noisy, clean = document.state.value.noisy, document.state.value.denoised
    assert clean.picture.mosaic.linear().std() != noisy.picture.mosaic.linear().std()
