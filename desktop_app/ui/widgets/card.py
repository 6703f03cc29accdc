"""A titled group of controls."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.widgets.tool_rows import ToolRows


class Card(ttk.Frame):
    """A frame with a border and a title.

    Attributes:
        header: holds the title; what else is packed there stands beside it.
        tools: the place for buttons, at the right end of the header, or below it in a narrow card.
        body: the place for everything else.
    """

    def __init__(self, parent: tk.Misc, appearance: Appearance, title: str) -> None:
        px = appearance.px
        super().__init__(parent, style="Card.TFrame", padding=(px(12), px(10), px(12), px(12)))
        rows = ToolRows(self, 2, px(8))
        rows.pack(fill="x", pady=(0, px(6)))
        self.header, self.tools = rows.groups
        ttk.Label(self.header, text=title, style="Strong.TLabel").pack(side="left")
        self.body = ttk.Frame(self)
        self.body.pack(fill="both", expand=True)
        self.body.columnconfigure(0, weight=1)
