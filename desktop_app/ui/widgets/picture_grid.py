"""Small pictures in rows, as large as fits: feature maps, kernels."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageTk

from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette

GAP = 4
LARGEST_ENLARGEMENT = 24
LOWEST, LOWEST_PHOTO = 96, 128
"""Heights, in lengths of the design, in which pictures that stand together can still be told apart,
and in which places of a photo can be pointed at."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Place:
    """A pixel of one picture of a stack."""

    picture: int
    row: int
    column: int


class PictureGrid(tk.Canvas):
    """All pictures of a stack at one size, in the number of columns that makes them largest.

    A click, or Enter, lets a picture fill the grid; the arrow keys then go to its neighbours, and
    another click, or Escape, brings back all.

    Args:
        on_read: called with the place under the pointer, or ``None`` beside the pictures.
        on_pick: called with the place of a click into a picture that fills the grid, which then
            goes on to do so; of a click into any picture where none is ever to fill it.
        grows: whether a picture can fill the grid.
        lowest: the height that it asks for, in lengths of the design.

    Attributes:
        chosen: number of the picture that fills the grid; ``None`` while all are shown.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        on_read: Callable[[Place | None], object] | None = None,
        on_pick: Callable[[Place], object] | None = None,
        *,
        grows: bool = True,
        lowest: int = LOWEST,
    ) -> None:
        super().__init__(
            parent,
            highlightthickness=1,
            borderwidth=0,
            width=1,
            height=appearance.px(lowest),
            takefocus=True,
        )
        self._appearance = appearance
        self._on_read = on_read
        self._on_pick = on_pick
        self._grows = grows
        self._boxes: list[tuple[int, Box]] = []
        self._stack: NDArray[np.uint8] | None = None
        self._photo: ImageTk.PhotoImage | None = None
        self.chosen: int | None = None
        self._item = self.create_image(0, 0, anchor="nw")
        self._drawing = Later(self, self._draw)
        self.bind("<Configure>", lambda _: self._drawing.request())
        self.bind("<Button-1>", self._on_click)
        self.bind("<Motion>", lambda event: self._read(self.place_at(event.x, event.y)))
        self.bind("<Leave>", lambda _: self._read(None))
        self.bind("<Escape>", lambda _: self.choose(None))
        for key in ("Return", "space"):
            self.bind(f"<{key}>", lambda _: self.choose(0 if self.chosen is None else None))
        for key, step in (("Left", -1), ("Right", +1)):
            self.bind(f"<{key}>", partial(self._step, step))
        appearance.follow(self, self._paint)

    def choose(self, picture: int | None) -> str:
        """Let one picture fill the grid; ``None`` shows all."""
        if not self._grows:
            return "break"
        self.chosen = None if picture is None or picture >= self.shown else picture
        self._drawing.request()
        return "break"

    def place_at(self, x: int, y: int) -> Place | None:
        """Return what is at a point of the canvas, or ``None`` beside the pictures."""
        if self._stack is None:
            return None
        rows, columns = self._stack.shape[1:3]
        count, across, wide, high, gap = self._measures(self._stack)
        column, inside_x = divmod(x, wide + gap)
        row, inside_y = divmod(y, high + gap)
        number = row * across + column
        if not (0 <= column < across and 0 <= number < count):
            return None
        if inside_x >= wide or inside_y >= high:
            return None
        picture = number if self.chosen is None else self.chosen
        return Place(picture, inside_y * rows // high, inside_x * columns // wide)

    def outline(self, boxes: Sequence[tuple[int, Box]]) -> None:
        """Draw frames around parts of pictures, and around no others.

        Args:
            boxes: the picture of each, and first row, first column, row and column after the last.
        """
        self._boxes = list(boxes)
        self._draw_boxes()

    def _measures(self, stack: NDArray[np.uint8]) -> tuple[int, int, int, int, int]:
        """Return how many pictures are shown and how many side by side, their size, the gap."""
        rows, columns = stack.shape[1:3]
        count = 1 if self.chosen is not None else len(stack)
        gap, width, height = self._appearance.px(GAP), self.winfo_width(), self.winfo_height()
        across, zoom = _layout(count, columns, rows, width, height, gap)
        return count, across, max(1, int(columns * zoom)), max(1, int(rows * zoom)), gap

    def _draw_boxes(self) -> None:
        self.delete("box")
        if self._stack is None:
            return
        rows, columns = self._stack.shape[1:3]
        _, across, wide, high, gap = self._measures(self._stack)
        palette = self._appearance.palette.value
        for number, (top, left, bottom, right) in self._boxes:
            if self.chosen not in (None, number):
                continue
            down, right_of = divmod(number if self.chosen is None else 0, across)
            x, y = right_of * (wide + gap), down * (high + gap)
            frame = (
                x + left * wide / columns,
                y + top * high / rows,
                # A frame around a pixel that is smaller than the screen's can still be seen.
                max(x + right * wide / columns, x + left * wide / columns + 3),
                max(y + bottom * high / rows, y + top * high / rows + 3),
            )
            self.create_rectangle(frame, outline=palette.on_accent, width=4, tags="box")
            self.create_rectangle(frame, outline=palette.accent, width=2, tags="box")

    def _on_click(self, event: tk.Event) -> None:
        self.focus_set()
        place = self.place_at(event.x, event.y)
        if self._on_pick is not None and (self.chosen is not None or not self._grows):
            if place is not None:
                self._on_pick(place)
            return
        self.choose(place.picture if place is not None and self.chosen is None else None)

    def _step(self, step: int, _: tk.Event) -> str:
        if self.chosen is not None:
            self.choose((self.chosen + step) % self.shown)
        return "break"

    def _read(self, place: Place | None) -> None:
        if self._on_read is not None:
            self._on_read(place)

    def show(self, stack: NDArray[np.uint8] | None) -> None:
        """Show (count, H, W) gray or (count, H, W, 3) colour pictures; ``None`` shows nothing."""
        self._stack = stack
        self.chosen = None if self.chosen is None or self.chosen >= self.shown else self.chosen
        self._drawing.request()

    @property
    def shown(self) -> int:
        """How many pictures there are."""
        return 0 if self._stack is None else len(self._stack)

    def _paint(self, palette: Palette) -> None:
        self.configure(
            background=palette.background,
            highlightbackground=palette.background,
            highlightcolor=palette.accent,
        )
        self._drawing.request()

    def _draw(self) -> None:
        width, height = self.winfo_width(), self.winfo_height()
        if self._stack is None or width <= 1 or height <= 1:
            self.itemconfigure(self._item, image="")
            self._photo = None
            self.delete("box")
            return
        gap = self._appearance.px(GAP)
        background = self._appearance.palette.value.background
        stack = self._stack
        if self.chosen is not None:
            stack = stack[self.chosen : self.chosen + 1]
        image = compose(stack, width, height, gap, background)
        # A picture that nothing shows any more is dropped here, on Tk's own thread.
        self._photo = ImageTk.PhotoImage(image, master=self)
        self.itemconfigure(self._item, image=self._photo)
        self._draw_boxes()


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
