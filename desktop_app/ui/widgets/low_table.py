"""A table of a few lines, with a bar to scroll it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from tkinter import ttk
from typing import Literal, TypeAlias

from desktop_app.ui.theme.appearance import Appearance

LINE = 24
NARROWEST = 40

Column: TypeAlias = tuple[str, int, Literal["w", "e"]]
"""Heading, width in lengths of the design, and at which side its texts stand."""


class LowTable(ttk.Frame):
    """As high as its lines, where it is not given more.

    Args:
        columns: by name; the first one takes what is left of the width.
        lines: how many, the headings included.
        selectmode: ``browse`` for one line at a time, ``extended`` for several.

    Attributes:
        table: the lines.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        columns: Mapping[str, Column],
        lines: int,
        selectmode: Literal["browse", "extended"],
    ) -> None:
        # The pictures that the border of a table is drawn with would ask for hundreds of pixels.
        super().__init__(parent, height=appearance.column(lines * LINE))
        self.pack_propagate(False)
        self.table = ttk.Treeview(
            self,
            columns=tuple(columns),
            show="headings",
            height=1,
            selectmode=selectmode,
            style="Small.Treeview",
        )
        for number, (name, (title, width, anchor)) in enumerate(columns.items()):
            self.table.heading(name, text=title, anchor=anchor)
            self.table.column(
                name,
                width=appearance.column(width),
                minwidth=appearance.px(NARROWEST),
                anchor=anchor,
                stretch=number == 0,
            )
        bar = ttk.Scrollbar(self, orient="vertical", command=self.table.yview)
        self.table.configure(yscrollcommand=bar.set)
        bar.pack(side="right", fill="y")
        self.table.pack(fill="both", expand=True)
