"""Titled groups of controls; those that few people need are folded."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.context import Context
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette
from desktop_app.ui.widgets.wrapping import ToolRows


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
        label = ttk.Label(self.header, text=title, style="Strong.TLabel", justify="left")
        label.pack(side="left")
        rows.bind("<Configure>", lambda event: label.configure(wraplength=event.width), add="+")
        self.body = ttk.Frame(self)
        self.body.pack(fill="both", expand=True)
        self.body.columnconfigure(0, weight=1)


class FoldedCard(ttk.Frame):
    """A card whose title opens and closes it; the settings remember which.

    Attributes:
        body: the place for everything else.
        title: the button.
    """

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, title: str, context: Context
    ) -> None:
        px = appearance.px
        super().__init__(parent, style="Card.TFrame", padding=(px(6), px(4), px(12), px(4)))
        self._appearance = appearance
        self._context = context
        self._name = title
        self.title = ttk.Button(
            self, text=title, style="Icon.Toolbutton", compound="left", command=self._turn
        )
        self.title.pack(anchor="w")
        self.body = ttk.Frame(self, padding=(px(6), 0, 0, px(8)))
        appearance.follow(self, self._paint)
        self._show()

    @property
    def is_open(self) -> bool:
        """Whether what is inside is to be seen."""
        return self._name in self._context.settings.value.open_parts

    def _turn(self) -> None:
        parts = self._context.settings.value.open_parts
        kept = tuple(part for part in parts if part != self._name)
        self._context.change_settings(open_parts=kept if self.is_open else (*kept, self._name))
        self._show()

    def _show(self) -> None:
        if self.is_open:
            self.body.pack(fill="x")
        else:
            self.body.pack_forget()
        self._paint(self._appearance.palette.value)

    def _paint(self, _: Palette) -> None:
        icon = "unfolded" if self.is_open else "folded"
        self.title.configure(image=self._appearance.icon(icon, size=14))
