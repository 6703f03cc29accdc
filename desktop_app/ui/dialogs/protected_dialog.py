"""The question before a file is replaced that is write-protected or has further names."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.ui.dialogs.dialog import Dialog
from desktop_app.ui.theme.appearance import Appearance

WIDTH = 400


class ProtectedDialog(Dialog):
    """Answers ``replace`` or ``None``."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, reason: str) -> None:
        super().__init__(parent, appearance, "Replace this file?")
        px = appearance.px
        ttk.Label(
            self.body, text="Replace this file?", style="Strong.TLabel", wraplength=px(WIDTH)
        ).pack(anchor="w")
        ttk.Label(self.body, text=f"{reason}.", wraplength=px(WIDTH), justify="left").pack(
            anchor="w", pady=(px(8), 0)
        )
        self.add_buttons([("cancel", "Cancel"), ("replace", "Replace")], default="cancel")
