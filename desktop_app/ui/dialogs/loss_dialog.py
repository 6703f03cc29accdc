"""The question before a file format drops something that the source held."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from pathlib import Path
from tkinter import ttk

from desktop_app.ui.dialogs.dialog import Dialog
from desktop_app.ui.theme.appearance import Appearance

WIDTH = 420


class LossDialog(Dialog):
    """Answers ``save`` or ``None``."""

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, path: Path, losses: Sequence[str]
    ) -> None:
        super().__init__(parent, appearance, "Not everything can be kept")
        px = appearance.px
        for text, style in (
            (f"{path.name} cannot keep everything:", "Strong.TLabel"),
            *((loss, "TLabel") for loss in losses),
        ):
            ttk.Label(self.body, text=text, style=style, wraplength=px(WIDTH), justify="left").pack(
                anchor="w", pady=(0, px(6))
            )
        self.add_buttons([("save", "Save all the same"), ("cancel", "Cancel")], default="save")

    def close(self, answer: str | None) -> str:
        """Count the Cancel button as no answer."""
        return super().close(None if answer == "cancel" else answer)
