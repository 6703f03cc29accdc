"""A log of sentences, latest at the bottom."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.services.shown_text import shown
from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette
from desktop_app.ui.widgets.scrolled_frame import HidingScrollbar


class MessageList(ttk.Frame):
    """Read-only text that can be selected and copied."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, height: int = 5) -> None:
        super().__init__(parent)
        self._sentences: tuple[str, ...] = ()
        self._place = "end"
        self._writing = Later(self, self._write)
        self._text = tk.Text(
            self,
            height=height,
            width=10,
            wrap="word",
            font="SunValleyCaptionFont",
            relief="flat",
            borderwidth=0,
            highlightthickness=0,
            spacing1=appearance.px(2),
            state="disabled",
        )
        bar = HidingScrollbar(self, orient="vertical", command=self._text.yview)
        self._text.grid(row=0, column=0, sticky="nsew")
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self._text.configure(yscrollcommand=bar.set)

        def paint(palette: Palette) -> None:
            self._text.configure(
                background=palette.background,
                foreground=palette.muted,
                selectbackground=palette.accent,
                selectforeground=palette.on_accent,
            )

        appearance.follow(self, paint)

    def show(self, sentences: tuple[str, ...], *, from_start: bool = False) -> None:
        """Replace the sentences, once the window has a moment; show the latest, or the first."""
        self._sentences, self._place = sentences, "1.0" if from_start else "end"
        self._writing.request()

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text.get("1.0", "end-1c")

    def _write(self) -> None:
        self._text.configure(state="normal")
        self._text.delete("1.0", "end")
        self._text.insert("1.0", shown("\n".join(self._sentences)))
        self._text.configure(state="disabled")
        self._text.see(self._place)
