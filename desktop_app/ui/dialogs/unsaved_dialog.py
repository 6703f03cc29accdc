"""The question before unsaved work would be lost."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from tkinter import ttk

from desktop_app.ui.dialogs.dialog import Dialog
from desktop_app.ui.theme.appearance import Appearance

WIDTH = 400
MOST_NAMES = 5


class UnsavedDialog(Dialog):
    """Answers ``save``, ``discard`` or ``None`` (stay)."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, names: Sequence[str]) -> None:
        super().__init__(parent, appearance, "Unsaved work")
        px = appearance.px
        title = (
            f"Save the changes to {names[0]}?"
            if len(names) == 1
            else f"Save the changes to {len(names)} pictures?"
        )
        ttk.Label(
            self.body, text=title, style="Strong.TLabel", wraplength=px(WIDTH), justify="left"
        ).pack(anchor="w")
        listed = "" if len(names) == 1 else ", ".join(names[:MOST_NAMES])
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        text = f"{listed}{more}\n" if listed else ""
        ttk.Label(
            self.body,
            text=f"{text}Without saving, what you made here is lost.",
            wraplength=px(WIDTH),
            justify="left",
        ).pack(anchor="w", pady=(px(8), 0))
        self.add_buttons(
            [("save", "Save …"), ("cancel", "Cancel"), ("discard", "Do not save")], default="save"
        )
