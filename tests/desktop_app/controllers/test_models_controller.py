"""Models of one's own stand in the list under the titles of their cards."""

from __future__ import annotations

import json

import pytest

from desktop_app.controllers.context import Context
from desktop_app.controllers.models import ModelsController


@pytest.fixture
def models(tmp_path):
    controller = ModelsController(Context(tmp_path / "settings.json"))
    controller.refresh()
    return controller


def test_a_model_from_a_file_joins_the_list(models, subtracting_model):
    installed = models.entries.value
    models.choose(str(subtracting_model))
    assert models.entries.value[:-1] == installed
    assert models.entry().title == "Takes 10 away"
    models.choose("photo")
    models.choose(str(subtracting_model))
    assert len(models.entries.value) == len(installed) + 1


def test_the_model_of_the_settings_is_in_the_list_after_a_start(tmp_path, subtracting_model):
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"model": str(subtracting_model)}))
    models = ModelsController(Context(settings))
    models.refresh()
    assert models.entry().title == "Takes 10 away"
    assert models.chosen.value == str(subtracting_model)


def test_a_model_that_is_gone_becomes_automatic(tmp_path):
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"model": str(tmp_path / "gone.safetensors")}))
    models = ModelsController(Context(settings))
    models.refresh()
    assert models.chosen.value == "auto"
    assert models.entry().title == "Automatic"


def test_automatic_comes_first_and_is_chosen_at_first(models):
    assert models.entries.value[0].name == models.chosen.value == "auto"


def test_a_file_without_a_card_is_chosen_but_not_listed(models, tmp_path):
    path = tmp_path / "bare.safetensors"
    path.write_bytes(b"")
    installed = models.entries.value
    models.choose(str(path))
    assert models.entry() is None
    assert models.entries.value == installed


def test_a_card_that_was_changed_is_read_anew(models, subtracting_model, tmp_path):
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(subtracting_model.read_bytes())
    card = json.loads(subtracting_model.with_suffix(".json").read_text())
    del card["card_sha256"]
    for title in ("First", "Second"):
        copy.with_suffix(".json").write_text(json.dumps({**card, "title": title}))
        models.choose(str(copy))
        models.refresh()
        assert models.entry().title == title
