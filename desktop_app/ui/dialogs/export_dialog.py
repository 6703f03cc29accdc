"""The choices for a copy of a picture that goes to the web."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.services.pictures.web_export import ENDINGS, WebOptions
from desktop_app.ui.dialogs.dialog import Dialog
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.widgets.labelled_slider import LabelledSlider

SIDES = (0, 3840, 2560, 2048, 1600, 1200, 1080, 800)
WIDTH = 380


class ExportDialog(Dialog):
    """Answers ``export`` or ``None``; :attr:`options` holds the choices."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, size: tuple[int, int]) -> None:
        super().__init__(parent, appearance, "Export for the web")
        px = appearance.px
        self.options = WebOptions()
        ttk.Label(
            self.body,
            text="A copy in sRGB without EXIF data, place and names. The original stays as it is.",
            wraplength=px(WIDTH),
            justify="left",
        ).grid(row=0, column=0, columnspan=2, sticky="w", pady=(0, px(12)))
        offered = [side for side in SIDES if side < max(size)]
        self._sides = offered
        words = [f"{side} pixels" if side else f"As it is ({max(size)} pixels)" for side in offered]
        self.side = self._box(1, "Longest side", words)
        usual = self.options.longest_side
        self.side.current(offered.index(usual) if usual in offered else 0)
        self.format = self._box(2, "Format", list(ENDINGS))
        self.format.current(0)
        self.quality = LabelledSlider(
            self.body, "Quality", 40, 100, self.options.quality, str, lambda _: None
        )
        self.quality.grid(row=3, column=0, columnspan=2, sticky="ew", pady=(px(8), 0))
        self.body.columnconfigure(1, weight=1)
        self.add_buttons([("export", "Export …"), ("cancel", "Cancel")], default="export")

    def close(self, answer: str | None) -> str:
        """Take the choices; count the Cancel button as no answer."""
        self.options = WebOptions(
            self._sides[self.side.current()], self.format.get(), self.quality.value
        )
        return super().close("export" if answer == "export" else None)

    def _box(self, row: int, title: str, values: list[str]) -> ttk.Combobox:
        px = self.appearance.px
        ttk.Label(self.body, text=title).grid(
            row=row, column=0, sticky="w", padx=(0, px(20)), pady=px(4)
        )
        box = ttk.Combobox(self.body, state="readonly", values=values)
        box.bind("<<ComboboxSelected>>", lambda _: box.selection_clear())
        box.grid(row=row, column=1, sticky="ew", pady=px(4))
        return box
