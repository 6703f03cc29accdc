"""The card of a model: what it is for, what it learned from, how good it measured."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator
from tkinter import ttk

from desktop_app.controllers.models import ModelsController
from desktop_app.services.models.model_store import AUTOMATIC, ModelEntry
from desktop_app.ui.dialogs.dialog import Dialog
from desktop_app.ui.theme.appearance import Appearance

WIDTH = 440


class CardDialog(Dialog):
    """Shows the chosen model's card."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, models: ModelsController) -> None:
        entry = models.entry()
        title = entry.title if entry is not None else models.chosen.value
        super().__init__(parent, appearance, title)
        px = appearance.px
        ttk.Label(
            self.body, text=title, style="Heading.TLabel", wraplength=px(WIDTH), justify="left"
        ).grid(row=0, column=0, columnspan=2, sticky="w", pady=(0, px(10)))
        rows = card_rows(entry) if entry is not None else [("File", models.chosen.value)]
        for row, (name, value) in enumerate(rows, start=1):
            ttk.Label(self.body, text=name, style="Muted.TLabel").grid(
                row=row, column=0, sticky="nw", padx=(0, px(20)), pady=px(2)
            )
            ttk.Label(self.body, text=value, wraplength=px(WIDTH - 120), justify="left").grid(
                row=row, column=1, sticky="w", pady=px(2)
            )
        self.add_buttons([("close", "Close")], default="close")


def card_rows(entry: ModelEntry) -> Iterator[tuple[str, str]]:
    """Yield name and value of what a card says, in the order in which people want to know it."""
    card = entry.card
    for text, name in ((card.description, "What it is for"), (card.data, "Learned from")):
        if text:
            yield name, text
    if entry.name == AUTOMATIC:
        return
    if entry.is_for_sensors:
        yield "Noise", "sensor, in RAW files, of any sensitivity"
    else:
        low, high = card.noise.get("sigma_255", (0, 75))
        yield "Noise", f"{card.noise.get('kind', 'gaussian')}, level {low:g} to {high:g}"
    for test_set, levels in card.measured.items():
        lines = []
        for level, values in levels.items():
            numbers = ", ".join(f"{key.upper()} {value:g}" for key, value in values.items())
            lines.append(f"level {level}: {numbers}")
        yield f"On {test_set}", "\n".join(lines)
    if card.trained:
        yield "Training", ", ".join(f"{value:g} {key}" for key, value in card.trained.items())
    for text, name in ((card.licence, "Licence"), (card.training_command, "Made by")):
        if text:
            yield name, text
