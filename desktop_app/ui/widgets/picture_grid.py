"""Small pictures in rows, as large as fits: feature maps, kernels."""

from __future__ import annotations

import math
import tkinter as tk

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageTk

from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette

GAP = 4
LARGEST_ENLARGEMENT = 12


class PictureGrid(tk.Canvas):
    """All pictures of a stack at one size, in the number of columns that makes them largest."""

    def __init__(self, parent: tk.Misc, appearance: Appearance) -> None:
        super().__init__(parent, highlightthickness=0, borderwidth=0, width=1, height=1)
        self._appearance = appearance
        self._stack: NDArray[np.uint8] | None = None
        self._photo: ImageTk.PhotoImage | None = None
        self._item = self.create_image(0, 0, anchor="nw")
        self._drawing = Later(self, self._draw)
        self.bind("<Configure>", lambda _: self._drawing.request())
        appearance.follow(self, self._paint)

    def show(self, stack: NDArray[np.uint8] | None) -> None:
        """Show (count, H, W) gray or (count, H, W, 3) colour pictures; ``None`` shows nothing."""
        self._stack = stack
        self._drawing.request()

    @property
    def shown(self) -> int:
        """How many pictures there are."""
        return 0 if self._stack is None else len(self._stack)

    def _paint(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self._drawing.request()

    def _draw(self) -> None:
        width, height = self.winfo_width(), self.winfo_height()
        if self._stack is None or width <= 1 or height <= 1:
            self.itemconfigure(self._item, image="")
            self._photo = None
            return
        gap = self._appearance.px(GAP)
        background = self._appearance.palette.value.background
        image = compose(self._stack, width, height, gap, background)
        # A picture that nothing shows any more is dropped here, on Tk's own thread.
        self._photo = ImageTk.PhotoImage(image, master=self)
        self.itemconfigure(self._item, image=self._photo)


def compose(
    stack: NDArray[np.uint8], width: int, height: int, gap: int, background: str
) -> Image.Image:
    """Lay pictures out in rows inside ``width`` x ``height``, as large as possible."""
    count, rows, columns = stack.shape[:3]
    across, zoom = _layout(count, columns, rows, width, height, gap)
    size = max(1, int(columns * zoom)), max(1, int(rows * zoom))
    image = Image.new("RGB", (width, height), background)
    # Pixels of enlarged pictures stay squares: they are what is to be seen.
    smooth = Image.Resampling.BOX if zoom < 1 else Image.Resampling.NEAREST
    for number, picture in enumerate(stack):
        place = number % across * (size[0] + gap), number // across * (size[1] + gap)
        image.paste(Image.fromarray(picture).resize(size, smooth), place)
    return image


def _layout(
    count: int, columns: int, rows: int, width: int, height: int, gap: int
) -> tuple[int, float]:
    """Return how many pictures stand side by side, and their zoom."""
    best, best_zoom = 1, 0.0
    for across in range(1, count + 1):
        down = math.ceil(count / across)
        zoom = min(
            (width - gap * (across - 1)) / (across * columns),
            (height - gap * (down - 1)) / (down * rows),
        )
        if zoom > best_zoom:
            best, best_zoom = across, zoom
    return best, min(best_zoom, LARGEST_ENLARGEMENT)
