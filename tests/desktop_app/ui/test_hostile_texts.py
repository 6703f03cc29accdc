"""Texts from strangers in the window: everything that is shown can be seen for what it is."""

from __future__ import annotations

import json
import tkinter as tk
from collections.abc import Iterator
from pathlib import Path
from tkinter import ttk

import pytest

from desktop_app.services.models import model_store
from desktop_app.services.shown_text import is_fit_to_show
from desktop_app.ui.dialogs.card_dialog import CardDialog
from scratch_layers.models import Denoiser, ModelCard, save_model

HOSTILE = "a\u202egpj.\u200b\u2066\U000e0041" + "\u0301" * 50 + "e"


def shown_by(widget: tk.Misc) -> Iterator[str]:
    """All texts of a widget and of those inside it."""
    for option in ("text", "label", "values", "title"):
        if option in widget.keys():  # noqa: SIM118 - a widget's options, not its children
            value = widget.cget(option)
            yield from map(str, value if isinstance(value, tuple) else (value,))
    if isinstance(widget, ttk.Treeview):
        for item in widget.get_children():
            yield from map(str, widget.item(item, "values"))
    if isinstance(widget, tk.Text):
        yield widget.get("1.0", "end-1c")
    if isinstance(widget, tk.Wm):
        yield widget.wm_title()
    if isinstance(widget, tk.Menu) and widget.index("end") is not None:
        for place in range(int(widget.index("end") or 0) + 1):
            if widget.type(place) not in ("separator", "tearoff"):
                yield str(widget.entrycget(place, "label"))
    if isinstance(widget, tk.Canvas):
        for item in widget.find_all():
            if widget.type(item) == "text":
                yield str(widget.itemcget(item, "text"))
    for child in widget.winfo_children():
        yield from shown_by(child)


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
    assert [text for text in texts if not is_fit_to_show(text)] == []
