"""The line at the bottom of the window: what happens, how far it is, what is under the pointer."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.ui.theme.appearance import Appearance


class StatusLine(ttk.Frame):
    """A sentence on the left, facts about the picture on the right."""

    def __init__(self, parent: tk.Misc, appearance: Appearance) -> None:
        super().__init__(parent, padding=(appearance.px(12), appearance.px(5)))
        self._message = ttk.Label(self, style="Muted.TLabel", anchor="w")
        self._facts = ttk.Label(self, style="Muted.TLabel", anchor="e")
        self._facts.pack(side="right")
        # The message gives way: it may be longer than the window is wide.
        self._message.configure(width=1)
        self._message.pack(side="left", fill="x", expand=True)

    @property
    def message(self) -> str:
        """The sentence on the left."""
        return str(self._message.cget("text"))

    @property
    def facts(self) -> str:
        """The facts on the right."""
        return str(self._facts.cget("text"))

    def show(self, message: str) -> None:
        """Replace the sentence on the left."""
        self._message.configure(text=message)

    def show_facts(self, facts: str) -> None:
        """Replace the facts on the right."""
        self._facts.configure(text=facts)
