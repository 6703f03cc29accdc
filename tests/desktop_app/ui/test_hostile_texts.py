"""Texts from strangers in the window: everything that is shown can be seen for what it is."""

from __future__ import annotations

import json
from pathlib import Path
from tkinter import ttk

import pytest

from desktop_app.services.models import model_store
from desktop_app.services.shown_text import shown
from desktop_app.ui.dialogs.card_dialogs import CardDialog
from scratch_layers.models import Denoiser, ModelCard, save_model
from tests.shown_texts import shown_by

HOSTILE = "a\u202egpj.\u200b\u2066\U000e0041" + "\u0301" * 50 + "e"


@pytest.fixture
def hostile_model(private_user_folders: Path) -> None:
    folder = model_store.user_models_folder()
    folder.mkdir(parents=True)
    card = ModelCard(name="hostile", title=f"T{HOSTILE}", description=HOSTILE, data=HOSTILE,
                     licence=HOSTILE, training_command=HOSTILE, noise={"kind": HOSTILE},
                     measured={HOSTILE: {HOSTILE: {"psnr": 1, "ssim": 0, HOSTILE: 2}}},
                     trained={HOSTILE: 3})  # fmt: skip
    save_model(folder, Denoiser.create("plain", {"widths": [4]}), card)
    (folder / "pipe.json").mkdir()
    (folder / f"b{HOSTILE[:5]}.json").write_text(json.dumps({"format": HOSTILE}))


def test_nothing_in_the_window_is_shown_as_it_came(
    hostile_model, tmp_path, make_window, make_photo
):
    app = make_window()
    path = make_photo(tmp_path / f"{HOSTILE[:8]}.png", 24, 24)
    app.open(path)
    app.controller.models.choose("hostile")
    app.controller.batch.add([path])
    app.until(lambda: app.controller.batch.rows.value)
    app.controller.context.status.value = HOSTILE
    dialog = CardDialog(app.root, app.window.appearance, app.controller.models)
    app.live(0.2)
    texts = list(shown_by(app.root))
    dialog.close(None)
    assert sum("<U+202E>" in text for text in texts) >= 8
    assert [text for text in texts if shown(text) != text] == []


def test_long_lists_of_odd_values_stay_lists(app):
    table = ttk.Treeview(app.root, columns=("one", "two"))
    values = ("{ [odd \u202e} $x \\" * 300, "x" * 3000)
    item = table.insert("", "end", values=values)
    assert [str(value) for value in table.item(item, "values")] == list(map(shown, values))
    table.destroy()
