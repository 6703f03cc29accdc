"""A loupe that follows the pointer: the place under it before and after, much enlarged."""

from __future__ import annotations

import tkinter as tk

from PIL import Image, ImageTk

from desktop_app.controllers.view import ViewController
from desktop_app.services.pictures.view_rendering import Look, render
from desktop_app.ui.theme.appearance import Appearance

SIDE = 150
DISTANCE = 28
FRAME = 2
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
        reach = side / 2 / self.zoom
        background = self._appearance.palette.value.viewer
        return render(look, point[0] - reach, point[1] - reach, self.zoom, side, side, background)

    def _place(self, x: int, y: int, width: int, height: int) -> tuple[int, int]:
        """Stand below and right of the pointer; on the other side where there is no room."""
        away = self._appearance.px(DISTANCE)
        left = x + away if x + away + width <= self._canvas.winfo_width() else x - away - width
        top = y + away if y + away + height <= self._canvas.winfo_height() else y - away - height
        return max(0, left), max(0, top)
