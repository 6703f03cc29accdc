"""What a person writes on a card stays there, whatever the run does next."""

from __future__ import annotations

import json

import pytest

from desktop_app.services.training.cards import change_texts, read_texts
from scratch_layers.errors import ArgumentError, WeightsError
from scratch_layers.models import Denoiser, ModelCard, load_model, save_model
from scratch_layers.models.card import read_card


@pytest.fixture
def model(tmp_path):
    """A model where a run would put it."""
    folder = tmp_path / "run" / "model"
    folder.mkdir(parents=True)
    save_model(folder, Denoiser.create("paper", {}), ModelCard(name="mine", title="Old"))
    return folder / "mine.safetensors"


def test_texts_are_written_and_everything_else_stays(model):
    before = read_card(model)
    change_texts(model, {"title": "For my camera", "licence": "CC0"})
    _, card = load_model(model)
    assert (card.title, card.licence) == ("For my camera", "CC0")
    assert card.weights_sha256 == before.weights_sha256
    assert card.data == before.data


def test_texts_are_kept_for_the_models_to_come(model):
    change_texts(model, {"title": "For my camera"})
    assert read_texts(model.parents[1])["title"] == "For my camera"


def test_a_text_that_is_too_long_changes_nothing(model):
    with pytest.raises(ArgumentError, match="10000 characters"):
        change_texts(model, {"title": "x" * 10_001})
    assert read_card(model).title == "Old"
    assert read_texts(model.parents[1]) == {}


def test_a_damaged_card_is_refused(model):
    model.with_suffix(".json").write_text("{")
    with pytest.raises(WeightsError, match="not valid JSON"):
        change_texts(model, {"title": "New"})


@pytest.mark.parametrize("stored", ["", "[1]", '{"title": 5}', json.dumps({"title": "x" * 20_000})])
def test_texts_that_cannot_be_used_are_passed_over(tmp_path, stored):
    (tmp_path / "card-texts.json").write_text(stored)
    assert read_texts(tmp_path) == {}
