"""What the network makes of a picture it does not learn from: noisy, denoised, clean."""

from __future__ import annotations

import tkinter as tk
from pathlib import Path
from tkinter import ttk

from PIL import Image, ImageTk

from desktop_app.services.training.sample_rows import read_rows
from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.widgets.tooltip import Tooltip

HEIGHT, SHARE = 160, 0.25
"""The usual height, and the most that it may be of a low window's."""
WAITING = "Appears when training begins."
LEARNING = "Appears when the network is tried for the first time."


class TrainingPreview(ttk.Frame):
    """Shows one sample of the latest validation, as large as fits; a click shows the next one.

    Attributes:
        chosen: number of the sample that is shown; the same one at every validation.
    """

    def __init__(self, parent: tk.Misc, appearance: Appearance) -> None:
        super().__init__(parent, takefocus=True)
        self.bind("<FocusIn>", lambda _: self.configure(style="Focus.TFrame"))
        self.bind("<FocusOut>", lambda _: self.configure(style="TFrame"))
        self._rows: list[Image.Image] = []
        self._photo: ImageTk.PhotoImage | None = None
        self.chosen = 0
        self._waiting = WAITING
        self._label = ttk.Label(
            self, style="Muted.TLabel", text=WAITING, anchor="center", justify="center"
        )
        rim = appearance.px(2)
        self._label.place(x=rim, y=rim, relwidth=1, relheight=1, width=-2 * rim, height=-2 * rim)
        self._height = appearance.px(HEIGHT)
        self.configure(height=self._height)
        self._tooltip = Tooltip(self._label, appearance, "")
        self._drawing = Later(self, self._draw)
        self.bind("<Configure>", self._on_resize)
        self._label.bind("<Button-1>", lambda _: self.next())
        for key in ("space", "Right"):
            self.bind(f"<{key}>", lambda _: self.next())

    @property
    def shown(self) -> bool:
        """Whether there is something to see."""
        return self._photo is not None

    def show(self, path: Path | None) -> None:
        """Show a sheet; ``None`` clears the preview."""
        try:
            self._rows = [] if path is None else read_rows(path)
        except OSError:
            # The folder may have vanished meanwhile; training tells about that itself.
            self._rows = []
        self._drawing.request()

    def leave_room(self, height: int) -> None:
        """Be low where all there is has this height in pixels."""
        self.configure(height=min(self._height, round(SHARE * height)))

    def wait_for(self, words: str) -> None:
        """Say what is waited for, where there is nothing to see yet."""
        self._waiting = words
        self._drawing.request()

    def next(self) -> None:
        """Show the next sample."""
        self.chosen += 1
        self._drawing.request()

    def _on_resize(self, event: tk.Event) -> None:
        self._label.configure(wraplength=event.width)
        self._drawing.request()

    def _draw(self) -> None:
        width, height = self.winfo_width(), self.winfo_height()
        if not self._rows:
            self._label.configure(image="", text=self._waiting)
            self._photo = None
            self._tooltip.text = ""
            return
        if width < 10 or height < 10:
            return
        number = self.chosen % len(self._rows)
        row = self._rows[number]
        ratio = min(width / row.width, height / row.height)
        size = max(1, round(row.width * ratio)), max(1, round(row.height * ratio))
        shown = row.resize(size, Image.Resampling.BOX if ratio < 1 else Image.Resampling.NEAREST)
        photo = ImageTk.PhotoImage(shown, master=self)
        self._label.configure(image=photo, text="")
        self._photo = photo
        self._tooltip.text = (
            f"Sample {number + 1} of {len(self._rows)}, which the network does not learn from. "
            "Click for the next one."
        )
