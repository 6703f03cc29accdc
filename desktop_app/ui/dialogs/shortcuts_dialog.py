"""The keys that do something."""

from __future__ import annotations

import math
import tkinter as tk
from tkinter import ttk

from desktop_app.ui.commands import Commands
from desktop_app.ui.dialogs.dialog import Dialog
from desktop_app.ui.theme.appearance import Appearance

MOUSE = (
    ("Wheel", "Zoom to the pointer"),
    ("Pinch, or Ctrl+wheel", "Zoom finely"),
    ("Shift+wheel", "Move sideways"),
    ("Drag", "Move the picture, or the split line"),
    ("Double click", "Fit, or 1:1 at the pointer"),
)


class ShortcutsDialog(Dialog):
    """Keys and mouse, and what they do, in two columns."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, commands: Commands) -> None:
        super().__init__(parent, appearance, "Keyboard and mouse")
        px = appearance.px
        ttk.Label(self.body, text="Keyboard and mouse", style="Heading.TLabel").grid(
            row=0, column=0, columnspan=4, sticky="w", pady=(0, px(12))
        )
        keys = [
            (command.shortcut, command.title.removesuffix(" …"))
            for command in commands.values()
            if command.keys
        ]
        told = [*keys, *MOUSE]
        rows = math.ceil(len(told) / 2)
        for number, (key, meaning) in enumerate(told):
            row, column = 1 + number % rows, 2 * (number // rows)
            before = px(36) if column else 0
            ttk.Label(self.body, text=key, style="Strong.TLabel").grid(
                row=row, column=column, sticky="w", padx=(before, px(24)), pady=px(1)
            )
            ttk.Label(self.body, text=meaning).grid(row=row, column=column + 1, sticky="w")
        self.add_buttons([("close", "Close")], default="close")
