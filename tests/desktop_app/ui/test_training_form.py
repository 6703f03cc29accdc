"""What is to be trained, decided at the window, and what the window says about it beforehand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from desktop_app.controllers.training import IDLE
from desktop_app.controllers.training_plan import DATA, TrainingPlan, run_config
from desktop_app.services.training.recipes import NETWORKS, RECIPES
from desktop_app.ui.widgets.training_form import NEW_MODEL
from scratch_layers.models.card import read_card
from scratch_layers.models.registry import architecture
from tests.desktop_app.ui.trainer import start, stop


@pytest.fixture
def form(training):
    training.live(0.1)
    return training.window.main.pages["train"].form


def choose(app, box, number: int) -> None:
    box.current(number)
    box.event_generate("<<ComboboxSelected>>")
    app.live(0.05)


def test_the_folder_is_counted_and_pictured(training, form):
    training.until(lambda: form.preview.words.cget("text") == "3 photos.")
    assert form.preview.pictures.winfo_ismapped()
    assert not form.second_preview.winfo_ismapped()


def test_a_folder_that_is_typed_is_looked_into(training, form, tmp_path):
    form.folder.delete(0, "end")
    form.folder.insert(0, str(tmp_path / "nowhere"))
    form.folder.focus_force()
    training.live(0.05)
    form.folder.event_generate("<Return>")
    training.until(lambda: "does not exist" in form.preview.words.cget("text"))
    assert not form.preview.pictures.winfo_ismapped()


def test_two_folders_are_counted_as_pairs(training, form, make_photo, tmp_path):
    clean = tmp_path / "clean"
    clean.mkdir()
    for name in ("0.png", "1.png", "other.png"):
        make_photo(clean / name, 176, 144)
    choose(training, form.data, [*DATA].index("pairs"))
    plan = training.controller.training.plan
    plan.value = plan.value.with_changes(second_folder=str(clean))
    words = "2 pairs; 2 photos have no partner of the same name."
    training.until(lambda: form.second_preview.words.cget("text") == words)
    assert form.second_preview.pictures.winfo_ismapped()


def test_width_and_device_go_into_the_run(training, form):
    choose(training, form.network, 0)
    choose(training, form.width, 1)
    training.until(lambda: "Processor (cpu)" in form.device.cget("values"))
    choose(training, form.device, form.device.cget("values").index("Processor (cpu)"))
    plan = training.controller.training.plan.value
    assert (plan.network, plan.width, plan.device) == ("unet", "medium", "cpu")
    start(training, steps=1)
    assert form.width.instate(["disabled"])
    stop(training)
    folder = training.controller.training.folder.value
    config = json.loads((folder / "config.json").read_text())
    assert config["training"]["configuration"] == {"widths": [32, 64, 128], "blocks": 2}
    assert config["device"] == "cpu"


def test_a_network_that_lacks_the_width_takes_its_narrowest(training, form):
    choose(training, form.network, 0)
    choose(training, form.width, 3)
    choose(training, form.network, 2)
    assert training.controller.training.plan.value.width == "narrow"
    assert form.width.cget("values") == ("As in the paper",)


def test_a_copy_of_a_model_goes_on_learning(training, form, tiny_model, monkeypatch):
    recipe = replace(RECIPES["raw"], batch_size=1, patch_size=32)
    monkeypatch.setitem(RECIPES, "raw", recipe)
    models, plan = training.controller.models, training.controller.training.plan
    models.choose_for_now(str(tiny_model))
    choose(training, form.start_from, form.start_from.cget("values").index("Tiny"))
    assert not form.network.winfo_ismapped()
    choose(training, form.data, [*DATA].index("raw"))
    assert form.start_from.get() == "Tiny"
    assert run_config(plan.value).training.learning_rate == recipe.learning_rate(is_pretrained=True)
    start(training, steps=1)
    stop(training)
    model = training.controller.training.model.value
    card = read_card(model)
    assert (card.architecture, card.configuration["widths"]) == ("mosaic-unet", [4, 4])
    models.choose_for_now(str(model))
    choose(training, form.start_from, form.start_from.cget("values").index(card.title))
    choose(training, form.data, 0)
    assert (form.start_from.get(), plan.value.start_from) == (NEW_MODEL, "")
    assert form.network.winfo_ismapped()


@pytest.mark.parametrize("data", DATA)
def test_every_network_fits_the_data_and_widths_that_it_is_offered_for(data):
    plan = TrainingPlan(data, "photos", "clean")
    for network, family in plan.networks.items():
        for width in family.widths:
            config = run_config(plan.with_changes(network=network, width=width)).training
            known = architecture(config.architecture)
            assert known.channels == (1 if data == "raw" else 3)
            assert known.blueprint(config.configuration).state_dict()


def test_data_for_raw_files_offer_the_network_for_them(training, form):
    choose(training, form.network, 2)
    choose(training, form.data, [*DATA].index("raw"))
    assert form.network.cget("values") == ("U-Net for RAW",)
    assert not form.lowest.winfo_ismapped()
    training.until(lambda: "fewer than a patch of 192" in form.preview.words.cget("text"))
    choose(training, form.data, 0)
    assert form.network.get() == NETWORKS["paper"].title


def test_nothing_is_looked_into_before_the_page_is_shown(make_window, tmp_path):
    app = make_window()
    plan = app.controller.training.plan
    plan.value = plan.value.with_changes(folder=str(tmp_path))
    app.live(0.2)
    assert app.controller.folders.looks.value == {}
    assert app.controller.training.state.value == IDLE


def test_numbers_are_read_as_the_person_writes_them_or_refused(training):
    page = training.window.main.pages["train"]
    plan, status = training.controller.training.plan, training.controller.context.status

    def enter(words: str) -> None:
        page.form.minutes.delete(0, "end")
        page.form.minutes.insert(0, words)
        page.form.minutes.event_generate("<FocusOut>")

    enter("12,5")
    assert plan.value.custom_minutes == 12.5
    enter("lots")
    assert status.value == "Minutes: “lots” is not a number; write it like 12.5 or 12,5."
    assert page.form.minutes.get() == "12.5"
    page.form.minutes.insert("end", "x")
    page.start()
    assert not training.controller.training.active
    maker = training.page.inspector.noise
    maker.seed.insert("end", "?")
    maker.button.invoke()
    assert status.value.startswith("The seed “1?” is not a number")
