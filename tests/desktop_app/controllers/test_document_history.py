"""Undo, redo, and what counts as unsaved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from desktop_app.controllers.document import (
    MOST_UNDO_STEPS,
    DenoisedPicture,
    Document,
    LoadedPicture,
)
from desktop_app.services.denoising.events import Denoised
from desktop_app.services.denoising.noise_found import NoiseFound
from desktop_app.services.pictures import Picture


def _loaded(value: int) -> LoadedPicture:
    return LoadedPicture(Picture(np.full((8, 8, 3), value, np.uint8)))


@pytest.fixture
def document():
    return Document(Path("/somewhere/photo.png"), _loaded(10))


def test_undo_and_redo_walk_through_the_states(document):
    states = [document.state.value]
    for value in (20, 30, 40):
        document.change(f"Set {value}", noisy=_loaded(value))
        states.append(document.state.value)
    assert document.undo_label == "Set 40"
    document.undo()
    document.undo()
    assert document.state.value is states[1]
    assert document.redo_label == "Set 30"
    document.redo()
    assert document.state.value is states[2]


def test_a_change_after_undo_drops_what_was_undone(document):
    document.change("A", strength=0.5)
    document.undo()
    document.change("B", strength=0.7)
    assert document.redo_label is None
    document.undo()
    assert document.state.value.strength == 1
    assert document.undo_label is None


def test_a_slider_on_its_way_is_one_step(document):
    for value in (0.9, 0.8, 0.7):
        document.change("Strength", merge=True, strength=value)
    document.change("Colour", merge=True, colour_strength=0.1)
    document.undo()
    assert document.state.value.strength == 0.7
    document.undo()
    assert document.state.value.strength == 1


def test_a_saved_state_is_not_merged_away(document):
    document.change("Strength", merge=True, strength=0.9)
    document.mark_saved(document.state.value)
    document.change("Strength", merge=True, strength=0.8)
    assert document.unsaved
    document.undo()
    assert not document.unsaved
    assert document.state.value.strength == 0.9


def test_undoing_everything_leaves_nothing_unsaved(document):
    assert not document.unsaved
    document.change("A", strength=0.5)
    assert document.unsaved
    document.undo()
    assert not document.unsaved


def test_the_history_is_bounded(document):
    for number in range(MOST_UNDO_STEPS + 20):
        document.change(f"{number}", strength=number / 100)
    steps = 0
    while document.undo_label is not None:
        document.undo()
        steps += 1
    assert steps == MOST_UNDO_STEPS - 1


def test_what_is_rendered_mixes_by_strength_and_keeps_the_metadata(document):
    noise = NoiseFound("white", 25.0)
    result = Denoised(_loaded(110).picture, "model", noise, 25.0, 25.0, 1.0, "")
    document.change("Denoise", denoised=DenoisedPicture(result))
    document.change("Strength", strength=0.5, colour_strength=0.5)
    picture = document.state.value.rendered()
    assert (picture.samples == 60).all()
    assert picture.metadata is document.state.value.noisy.picture.metadata
