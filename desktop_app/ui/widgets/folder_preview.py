"""Some photos of a folder in a row, and how many there are."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from tkinter import ttk

from PIL import Image, ImageOps, ImageTk

from desktop_app.controllers.training_folders import TrainingFoldersController
from desktop_app.services.pictures.pyramid import Pixels
from desktop_app.services.training.folder_look import FolderLook
from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.wrapping import WrappedLabel

GAP, SIDE = 4, 44
"""Lengths of the row; its height must not follow its width, which a scroll bar may change."""


class FolderPreview(ttk.Frame):
    """Shows what the controller knows about the folder of one field of the plan."""

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        folders: TrainingFoldersController,
        field: str,
    ) -> None:
        super().__init__(parent)
        self._gap, self._side = appearance.px(GAP), appearance.px(SIDE)
        self._folders = folders
        self._field = field
        self._look: FolderLook | None = None
        self._photo: ImageTk.PhotoImage | None = None
        self.pictures = ttk.Label(self)
        self.words = WrappedLabel(self, style="Muted.TLabel")
        self.columnconfigure(0, weight=1)
        self._drawing = Later(self, self._draw)
        bind_subscription(self, folders.looks.subscribe(lambda _: self._drawing.request()))

    def _draw(self) -> None:
        look: FolderLook | None = self._folders.looks.value.get(self._field)
        words = self._folders.words(self._field)
        self.words.configure(text=words)
        if look is not self._look:
            self._look = look
            self._show_thumbnails(() if look is None else look.thumbnails)
        self._place(self.pictures, 0, self._photo is not None)
        self._place(self.words, 1, bool(words))
        if not words:
            # A frame that loses its last widget keeps its height unless it is told.
            self.configure(height=1)

    def _place(self, label: ttk.Label, row: int, shown: bool) -> None:
        """Let a label appear or vanish; nothing is laid out anew where nothing changes."""
        if shown and not label.winfo_manager():
            label.grid(row=row, column=0, sticky="ew", pady=(0, self._gap))
        elif not shown and label.winfo_manager():
            label.grid_forget()

    def _show_thumbnails(self, pictures: Sequence[Pixels]) -> None:
        photo = None
        if pictures:
            photo = ImageTk.PhotoImage(thumbnail_row(pictures, self._side, self._gap), master=self)
        # The label lets go of the former picture before that is dropped.
        self.pictures.configure(image="" if photo is None else photo)
        self._photo = photo


def thumbnail_row(pictures: Sequence[Pixels], side: int, gap: int) -> Image.Image:
    """Return squares cut from the middle of each picture, in a row."""
    row = Image.new("RGBA", (len(pictures) * (side + gap) - gap, side))
    for number, picture in enumerate(pictures):
        square = ImageOps.fit(Image.fromarray(picture), (side, side), Image.Resampling.BOX)
        row.paste(square, (number * (side + gap), 0))
    return row
