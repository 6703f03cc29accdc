"""What a person writes on the card of a model that a run makes; every later model gets it too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from desktop_app.services.atomic_files import write_atomically
from scratch_layers.models.card import ModelCard, card_path, read_card
from scratch_layers.models.card_fields import MAXIMUM_TEXT

TEXT_FIELDS = ("title", "description", "data", "licence")

_FILE = "card-texts.json"


def read_texts(run_folder: Path) -> dict[str, Any]:
    """Return the texts that a person wrote for the models of a run, by field of the card.

    Texts that cannot be read are as if they had not been written: the run must go on.
    """
    try:
        stored = json.loads((run_folder / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(stored, dict):
        return {}
    texts = {name: stored.get(name) for name in TEXT_FIELDS}
    return {
        name: text
        for name, text in texts.items()
        if isinstance(text, str) and len(text) <= MAXIMUM_TEXT
    }


def change_texts(model: Path, texts: Mapping[str, str]) -> ModelCard:
    """Write texts onto the card of a model that a run has made, and of its models to come.

    Args:
        model: the weights file or its card, in the folder ``model`` of the run.
        texts: new values of fields in :data:`TEXT_FIELDS`.

    Raises:
        WeightsError: the card cannot be read.
        ArgumentError: a text is longer than a card can hold.
        WriteError: a file cannot be written.
    """
    changes: dict[str, Any] = {name: texts[name] for name in TEXT_FIELDS if name in texts}
    card = replace(read_card(model), **changes)
    content = card.to_json().encode()
    kept = {name: getattr(card, name) for name in TEXT_FIELDS}
    stored = json.dumps(kept, indent=2, ensure_ascii=False) + "\n"
    write_atomically(card_path(model).parents[1] / _FILE, lambda file: file.write(stored.encode()))
    write_atomically(card_path(model), lambda file: file.write(content))
    return card
