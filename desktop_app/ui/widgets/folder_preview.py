"""Some photos of a folder in a row, and how many there are."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from tkinter import ttk

from PIL import Image, ImageOps, ImageTk

from desktop_app.controllers.training_folders import TrainingFoldersController
from desktop_app.services.folder_look import THUMBNAILS, FolderLook
from desktop_app.services.image_pyramid import Pixels
from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance, bind_subscription

GAP = 4


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
        self._gap = appearance.px(GAP)
        self._folders = folders
        self._field = field
        self._photo: ImageTk.PhotoImage | None = None
        self.pictures = ttk.Label(self)
        self.words = ttk.Label(self, style="Muted.TLabel", justify="left")
        self._drawing = Later(self, self._draw)
        self.bind("<Configure>", lambda _: self._drawing.request())
        bind_subscription(self, folders.looks.subscribe(lambda _: self._drawing.request()))

    def _draw(self) -> None:
        look: FolderLook | None = self._folders.looks.value.get(self._field)
        words, width = self._folders.words(self._field), self.winfo_width()
        self.words.configure(text=words, wraplength=max(1, width))
        row = None if look is None else thumbnail_row(look.thumbnails, width, self._gap)
        # The label lets go of the former picture before that is dropped.
        photo = None if row is None else ImageTk.PhotoImage(row, master=self)
        self.pictures.configure(image="" if photo is None else photo)
        self._photo = photo
        for label, shown in ((self.pictures, photo is not None), (self.words, bool(words))):
            label.pack_forget()
            if shown:
                label.pack(anchor="w", pady=(0, self._gap))
        if not words:
            # A frame that loses its last widget keeps its height unless it is told.
            self.configure(height=1)


def thumbnail_row(pictures: Sequence[Pixels], width: int, gap: int) -> Image.Image | None:
    """Return squares cut from the middle of each picture, in a row as wide as ``width``."""
    side = (width - (THUMBNAILS - 1) * gap) // THUMBNAILS
    if not pictures or side < 4:
        return None
    row = Image.new("RGBA", (width, side))
    for number, picture in enumerate(pictures):
        square = ImageOps.fit(Image.fromarray(picture), (side, side), Image.Resampling.BOX)
        row.paste(square, (number * (side + gap), 0))
    return row
