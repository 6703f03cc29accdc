"""What lies over the picture: the split line, the words Before and After, and the loupe."""

from __future__ import annotations

import tkinter as tk
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageTk

from desktop_app.controllers.view import ViewController
from desktop_app.ui.theme.appearance import Appearance

if TYPE_CHECKING:
    from desktop_app.services.pictures.view_rendering import Look

HANDLE = 34
PLATE_HEIGHT = 24
MARGIN = 12
OVERSAMPLING = 4
SIDE = 150
DISTANCE = 28
FRAME = 2


class ViewerMarks:
    """Canvas items over the image; every ``show_...`` hides what the others showed."""

    def __init__(self, canvas: tk.Canvas, appearance: Appearance) -> None:
        self._canvas = canvas
        self._px = appearance.px
        self._plate_height = appearance.column(PLATE_HEIGHT)
        self._handle_picture = ImageTk.PhotoImage(_handle(self._px(HANDLE)), master=canvas)
        self._plates: dict[int, ImageTk.PhotoImage] = {}
        # A dark line with a light core stays visible on every picture.
        self._shadow = self._create_line("#202020", 3)
        self._line = self._create_line("#ffffff", 1)
        self._handle = canvas.create_image(0, 0, image=self._handle_picture, tags="mark")
        self._labels = [self._create_label() for _ in range(2)]
        self.hide()

    def hide(self) -> None:
        """Show nothing."""
        self._canvas.itemconfigure("mark", state="hidden")

    def show_split(self, x: int, height: int, titles: tuple[str, str]) -> None:
        """Show the split line at ``x`` and the titles on either side of it.

        Args:
            x: of the line, in pixels of the canvas.
            height: of the line, from the top.
            titles: on its left and on its right.
        """
        self.hide()
        for item in (self._shadow, self._line):
            self._canvas.coords(item, x, 0, x, height)
            self._canvas.itemconfigure(item, state="normal")
        self._canvas.coords(self._handle, x, height // 2)
        self._canvas.itemconfigure(self._handle, state="normal")
        width = self._canvas.winfo_width()
        if x > self._px(110):
            self._show_label(0, titles[0], self._px(MARGIN), "nw")
        if x < width - self._px(110):
            self._show_label(1, titles[1], width - self._px(MARGIN), "ne")

    def show_side(self, width: int, titles: tuple[str, str]) -> None:
        """Show titles in the outer corners of two pictures side by side."""
        self.hide()
        self._show_label(0, titles[0], self._px(MARGIN), "nw")
        self._show_label(1, titles[1], width - self._px(MARGIN), "ne")

    def show_one(self, text: str) -> None:
        """Show one text in the corner."""
        self.hide()
        self._show_label(0, text, self._px(MARGIN), "nw")

    def _create_line(self, colour: str, width: int) -> int:
        return self._canvas.create_line(0, 0, 0, 0, fill=colour, width=self._px(width), tags="mark")

    def _create_label(self) -> tuple[int, int]:
        plate = self._canvas.create_image(0, 0, tags="mark")
        text = self._canvas.create_text(
            0, 0, fill="#ffffff", font="SunValleyCaptionFont", tags="mark"
        )
        return plate, text

    def _show_label(self, index: int, words: str, x: int, anchor: str) -> None:
        plate, text = self._labels[index]
        self._canvas.itemconfigure(text, text=words, state="normal")
        left, _, right, _ = self._canvas.bbox(text)
        width, height = right - left + self._px(20), self._plate_height
        if width not in self._plates:
            self._plates[width] = ImageTk.PhotoImage(_plate(width, height), master=self._canvas)
        middle_x = x + width // 2 if anchor == "nw" else x - width // 2
        middle_y = self._px(MARGIN) + height // 2
        self._canvas.itemconfigure(plate, image=self._plates[width], state="normal")
        self._canvas.coords(plate, middle_x, middle_y)
        self._canvas.coords(text, middle_x, middle_y)


def _plate(width: int, height: int) -> Image.Image:
    mask = Image.new("L", (width * OVERSAMPLING, height * OVERSAMPLING))
    ImageDraw.Draw(mask).rounded_rectangle(
        (0, 0, mask.width - 1, mask.height - 1), radius=mask.height // 2, fill=150
    )
    plate = Image.new("RGBA", (width, height), "#000000")
    plate.putalpha(mask.resize((width, height), Image.Resampling.BOX))
    return plate


def _handle(size: int) -> Image.Image:
    large = Image.new("RGBA", (size * OVERSAMPLING,) * 2)
    pen, unit = ImageDraw.Draw(large), size * OVERSAMPLING / HANDLE
    pen.ellipse((0, 0, large.width - 1, large.height - 1), fill="#20202090")
    pen.ellipse([unit * value for value in (2, 2, 32, 32)], fill="#ffffff")
    for points in ((13, 11, 7.5, 17, 13, 23), (21, 11, 26.5, 17, 21, 23)):
        pen.polygon([unit * value for value in points], fill="#303030")
    return large.convert("RGBa").resize((size, size), Image.Resampling.BOX).convert("RGBA")


LOWEST_ZOOM, STRONGER = 4.0, 3.0


class Loupe:
    """An image item over the viewer's picture; one pane without a result, two with one."""

    def __init__(self, canvas: tk.Canvas, appearance: Appearance, view: ViewController) -> None:
        self._canvas = canvas
        self._appearance = appearance
        self._view = view
        self._photo: ImageTk.PhotoImage | None = None
        self._item = canvas.create_image(0, 0, anchor="nw", state="hidden")

    @property
    def shown(self) -> bool:
        """Whether it is to be seen."""
        return str(self._canvas.itemcget(self._item, "state")) == "normal"

    @property
    def zoom(self) -> float:
        """Screen pixels per picture pixel, always clearly more than around it."""
        return max(LOWEST_ZOOM, STRONGER * self._view.viewport.zoom)

    def show(self, x: int, y: int, point: tuple[float, float]) -> None:
        """Show the surroundings of a point of the picture beside a place of the canvas."""
        looks = self._view.looks.value
        if looks is None:
            self.hide()
            return
        panes = [look for look in looks if look is not None]
        side, frame = self._appearance.px(SIDE), self._appearance.px(FRAME)
        width, height = len(panes) * (side + frame) + frame, side + 2 * frame
        image = Image.new("RGB", (width, height), "#ffffff")
        for number, look in enumerate(panes):
            image.paste(self._pane(look, point, side), (frame + number * (side + frame), frame))
        if self._photo is None or self._photo.width() != width:
            self._photo = ImageTk.PhotoImage("RGB", (width, height), master=self._canvas)
        self._photo.paste(image)
        self._canvas.itemconfigure(self._item, image=self._photo, state="normal")
        self._canvas.coords(self._item, *self._place(x, y, width, height))
        self._canvas.tag_raise(self._item)

    def hide(self) -> None:
        """Show nothing."""
        self._canvas.itemconfigure(self._item, state="hidden")

    def _pane(self, look: Look, point: tuple[float, float], side: int) -> Image.Image:
        from desktop_app.services.pictures.view_rendering import render

        reach = side / 2 / self.zoom
        background = self._appearance.palette.value.viewer
        return render(look, point[0] - reach, point[1] - reach, self.zoom, side, side, background)

    def _place(self, x: int, y: int, width: int, height: int) -> tuple[int, int]:
        """Stand below and right of the pointer; on the other side where there is no room."""
        away = self._appearance.px(DISTANCE)
        left = x + away if x + away + width <= self._canvas.winfo_width() else x - away - width
        top = y + away if y + away + height <= self._canvas.winfo_height() else y - away - height
        return max(0, left), max(0, top)
