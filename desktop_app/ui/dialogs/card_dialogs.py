"""The card of a model: shown with what it is for and how good it measured, and edited."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator
from pathlib import Path
from tkinter import ttk

from desktop_app.controllers.models import ModelsController
from desktop_app.controllers.problems import describe
from desktop_app.controllers.run_history import RunHistoryController
from desktop_app.services.models.model_store import AUTOMATIC, ModelEntry
from desktop_app.ui.dialogs.dialog import Dialog
from desktop_app.ui.theme.appearance import Appearance

CARD_WIDTH = 440
WIDTH = 460
FIELDS = {
    "title": ("Title", 1),
    "description": ("What it is for", 3),
    "data": ("Learned from", 2),
    "licence": ("Licence", 2),
}
"""For every text of the card: its name for people, and the lines that it gets."""


class CardDialog(Dialog):
    """Shows the chosen model's card."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, models: ModelsController) -> None:
        entry = models.entry()
        title = entry.title if entry is not None else models.chosen.value
        super().__init__(parent, appearance, title)
        px = appearance.px
        ttk.Label(
            self.body, text=title, style="Heading.TLabel", wraplength=px(CARD_WIDTH), justify="left"
        ).grid(row=0, column=0, columnspan=2, sticky="w", pady=(0, px(10)))
        rows = card_rows(entry) if entry is not None else [("File", models.chosen.value)]
        for row, (name, value) in enumerate(rows, start=1):
            ttk.Label(self.body, text=name, style="Muted.TLabel").grid(
                row=row, column=0, sticky="nw", padx=(0, px(20)), pady=px(2)
            )
            ttk.Label(self.body, text=value, wraplength=px(CARD_WIDTH - 120), justify="left").grid(
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
            is_level = level.replace(".", "", 1).isdecimal()
            lines.append(f"level {level}: {numbers}" if is_level else f"{level}: {numbers}")
        yield f"On {test_set}", "\n".join(lines)
    if card.trained:
        yield "Training", ", ".join(f"{value:g} {key}" for key, value in card.trained.items())
    for text, name in ((card.licence, "Licence"), (card.training_command, "Made by")):
        if text:
            yield name, text


class CardEditor(Dialog):
    """Fields for the texts of a card; nothing is written before Save is pressed.

    Attributes:
        fields: the fields by the name of the text.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        history: RunHistoryController,
        model: Path,
    ) -> None:
        super().__init__(parent, appearance, "Card of the model")
        self._history = history
        self._model = model
        px = appearance.px
        ttk.Label(self.body, text="Card of the model", style="Heading.TLabel").grid(
            row=0, column=0, columnspan=2, sticky="w", pady=(0, px(10))
        )
        self.fields: dict[str, tk.Text] = {}
        for row, (name, (title, lines)) in enumerate(FIELDS.items(), start=1):
            ttk.Label(self.body, text=title).grid(
                row=row, column=0, sticky="nw", padx=(0, px(20)), pady=px(6)
            )
            self.fields[name] = field = self._field(lines)
            field.grid(row=row, column=1, sticky="ew", pady=px(4))
        self.complaint = ttk.Label(self.body, style="Bad.TLabel", wraplength=px(WIDTH))
        self.complaint.grid(row=len(FIELDS) + 1, column=0, columnspan=2, sticky="w")
        self.body.columnconfigure(1, weight=1)
        self.add_buttons([("save", "Save"), ("cancel", "Cancel")], default="save")
        self._fill()
        self.fields["title"].focus_set()

    def close(self, answer: str | None) -> str:
        """Write the card before closing if that is what was asked; stay if that fails."""
        if answer == "save" and not self._save():
            return "break"
        return super().close(answer)

    def _field(self, lines: int) -> tk.Text:
        palette, px = self.appearance.palette.value, self.appearance.px
        field = tk.Text(
            self.body,
            width=44,
            height=lines,
            wrap="word",
            font="SunValleyBodyFont",
            relief="flat",
            borderwidth=0,
            highlightthickness=1,
            padx=px(6),
            pady=px(4),
            undo=True,
            background=palette.background,
            foreground=palette.text,
            insertbackground=palette.text,
            selectbackground=palette.accent,
            selectforeground=palette.on_accent,
            highlightbackground=palette.border,
            highlightcolor=palette.accent,
        )
        # Tab goes on to the next field, Enter presses Save: a text of a card is one paragraph.
        field.bind("<Tab>", lambda event: _go_to(event.widget.tk_focusNext()))
        field.bind("<Shift-Tab>", lambda event: _go_to(event.widget.tk_focusPrev()))
        field.bind("<Return>", lambda _: self.close("save"))
        return field

    def _fill(self) -> None:
        try:
            texts = self._history.texts(self._model)
        except Exception as error:  # noqa: BLE001 - shown to the person as a sentence
            self._complain(error)
            return
        for name, field in self.fields.items():
            field.insert("1.0", texts[name])
            field.edit_reset()

    def _save(self) -> bool:
        texts = {
            name: " ".join(field.get("1.0", "end").split()) for name, field in self.fields.items()
        }
        if not texts["title"]:
            self.complaint.configure(text="The model needs a title, by which people choose it.")
            return False
        try:
            self._history.change_texts(self._model, texts)
        except Exception as error:  # noqa: BLE001 - shown to the person as a sentence
            self._complain(error)
            return False
        return True

    def _complain(self, error: Exception) -> None:
        self.complaint.configure(text=describe("The card", error).sentence)


def _go_to(widget: tk.Misc | None) -> str:
    if widget is not None:
        widget.focus_set()
    return "break"
