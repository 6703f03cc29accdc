"""A titled group of controls."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.ui.theme.appearance import Appearance


class Card(ttk.Frame):
    """A frame with a border and a title; put widgets into :attr:`body`."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, title: str) -> None:
        px = appearance.px
        super().__init__(parent, style="Card.TFrame", padding=(px(12), px(10), px(12), px(12)))
        self.header = ttk.Frame(self)
        self.header.pack(fill="x", pady=(0, px(6)))
        ttk.Label(self.header, text=title, style="Strong.TLabel").pack(side="left")
        self.body = ttk.Frame(self)
        self.body.pack(fill="both", expand=True)
        self.body.columnconfigure(0, weight=1)
