"""What the network makes of a few pictures it does not learn from: noisy, denoised, clean."""

from __future__ import annotations

import tkinter as tk
from pathlib import Path
from tkinter import ttk

from PIL import Image, ImageTk

from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance


class TrainingPreview(ttk.Frame):
    """Shows the sheet of samples that a run writes at every validation, as large as fits."""

    def __init__(self, parent: tk.Misc, appearance: Appearance) -> None:
        super().__init__(parent)
        self._sheet: Image.Image | None = None
        self._photo: ImageTk.PhotoImage | None = None
        self._label = ttk.Label(
            self, style="Muted.TLabel", text="Appears at the first validation.", anchor="center"
        )
        self._label.place(relwidth=1, relheight=1)
        self.configure(height=appearance.px(150))
        self._drawing = Later(self, self._draw)
        self.bind("<Configure>", lambda _: self._drawing.request())

    def show(self, path: Path | None) -> None:
        """Show a sheet; ``None`` clears the preview."""
        try:
            self._sheet = None if path is None else _opened(path)
        except OSError:
            # The folder may have vanished meanwhile; training tells about that itself.
            self._sheet = None
        self._drawing.request()

    def _draw(self) -> None:
        width, height = self.winfo_width(), self.winfo_height()
        if self._sheet is None:
            self._photo = None
            self._label.configure(image="", text="Appears at the first validation.")
            return
        if width < 10 or height < 10:
            return
        sheet = self._sheet
        ratio = min(width / sheet.width, height / sheet.height, 1.0)
        size = max(1, round(sheet.width * ratio)), max(1, round(sheet.height * ratio))
        shown = sheet.resize(size, Image.Resampling.BOX if ratio < 1 else Image.Resampling.NEAREST)
        self._photo = ImageTk.PhotoImage(shown, master=self)
        self._label.configure(image=self._photo, text="")


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")
