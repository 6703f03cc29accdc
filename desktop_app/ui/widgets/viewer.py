"""The picture, before and after, to be compared; the mouse has a module of its own."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

from PIL import Image, ImageTk

from desktop_app.controllers.view import ViewController
from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.theme.palette import Palette
from desktop_app.ui.widgets.viewer_marks import ViewerMarks
from desktop_app.ui.widgets.viewer_mouse import ViewerMouse

if TYPE_CHECKING:
    from desktop_app.services.pictures.view_rendering import Look

REFINE_MS = 100
GAP = 4
SIDE_MODES = ("side", "rivals")


class Viewer(tk.Canvas):
    """Shows what a :class:`ViewController` says, in one window-sized image.

    Args:
        on_pointer: called with the picture coordinates under the pointer, or ``None`` outside.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        view: ViewController,
        on_pointer: Callable[[tuple[int, int] | None], object],
    ) -> None:
        super().__init__(parent, highlightthickness=0, borderwidth=0, takefocus=True)
        self._appearance = appearance
        self._view = view
        self._photo: ImageTk.PhotoImage | None = None
        self._item = self.create_image(0, 0, anchor="nw")
        self._marks = ViewerMarks(self, appearance)
        self._mouse = ViewerMouse(
            self, appearance, view, on_pointer, lambda: self._show_focus(False)
        )
        self._rim = self.create_rectangle(0, 0, 0, 0, state="hidden", width=appearance.px(3))
        self.bind("<FocusIn>", lambda _: self._show_focus(not self._mouse.clicked))
        self.bind("<FocusOut>", lambda _: self._show_focus(False))
        self._drawing = Later(self, self._draw_draft)
        self._refining = Later(self, self._draw, delay_ms=REFINE_MS, postpone=True)
        self._draft = False
        for source in (view.looks, view.mode, view.split, view.before_shown, view.gain):
            bind_subscription(self, source.subscribe(lambda _: self.request_draw()))
        bind_subscription(self, view.loupe.subscribe(lambda _: self._mouse.show_loupe()))
        bind_subscription(self, view.mode.subscribe(lambda _: self.fit_window(), now=False))
        appearance.follow(self, self._paint)
        self.bind("<Configure>", self._on_resize)

    def request_draw(self) -> None:
        """Draw quickly once Tk has nothing more urgent to do, and well once there is rest."""
        self._drawing.request()

    def _paint(self, palette: Palette) -> None:
        self.configure(background=palette.viewer)
        self.itemconfigure(self._rim, outline=palette.accent)
        self.request_draw()

    def _show_focus(self, shown: bool) -> None:
        """Show that keys move the picture, once the keyboard has come here without the mouse."""
        self._mouse.clicked = False
        self.itemconfigure(self._rim, state="normal" if shown else "hidden")
        self._place_rim()

    def _place_rim(self) -> None:
        inset = self._appearance.px(2)
        self.coords(
            self._rim, inset, inset, self.winfo_width() - inset, self.winfo_height() - inset
        )
        self.tag_raise(self._rim)

    def _draw_draft(self) -> None:
        from desktop_app.services.pictures.view_rendering import CRISP_ZOOM

        zoom = self._view.viewport.zoom
        smooth = zoom == 1 or zoom >= CRISP_ZOOM
        self._draw(draft=not smooth)
        if not smooth:
            self._refining.request()

    def _draw(self, draft: bool = False) -> None:
        self._draft = draft
        looks = self._view.looks.value
        width, height = self.winfo_width(), self.winfo_height()
        if looks is None or width <= 1 or height <= 1:
            self.itemconfigure(self._item, image="")
            self._photo = None
            self._marks.hide()
            return
        image = self._compose(*looks, width, height)
        if self._photo is None or (self._photo.width(), self._photo.height()) != (width, height):
            self._photo = ImageTk.PhotoImage("RGB", (width, height), master=self)
            self.itemconfigure(self._item, image=self._photo)
        self._photo.paste(image)

    def _compose(self, before: Look, after: Look | None, width: int, height: int) -> Image.Image:
        mode = self._view.mode.value
        if after is None:
            self._marks.hide()
            return self._render(before, 0, width, height)
        words = "Before", self._view.after_words
        if mode == "flip":
            self._marks.show_one(words[0 if self._view.before_shown.value else 1])
            shown = before if self._view.before_shown.value else after
            return self._render(shown, 0, width, height)
        if mode in ("removed", "error"):
            return self._difference(mode, width, height)
        if mode == "side":
            return self._side_by_side(before, after, words, width, height)
        rival = self._view.rival_look()
        if mode == "rivals" and rival is not None and self._view.rivals is not None:
            return self._side_by_side(rival, after, self._view.rivals, width, height)
        line = self._mouse.split_x()
        self._marks.show_split(line, height, words)
        image = Image.new("RGB", (width, height))
        image.paste(self._render(before, 0, line, height), (0, 0))
        image.paste(self._render(after, line, width, height), (line, 0))
        return image

    def _difference(self, mode: str, width: int, height: int) -> Image.Image:
        look = self._view.difference()
        assert look is not None
        what = "Removed noise" if mode == "removed" else "Difference from the original"
        self._marks.show_one(f"{what}, {look.gain:g} x")
        return self._render(look, 0, width, height)

    def _side_by_side(
        self, before: Look, after: Look, titles: tuple[str, str], width: int, height: int
    ) -> Image.Image:
        half = self._view.viewport.width
        self._marks.show_side(width, titles)
        image = Image.new("RGB", (width, height), self._appearance.palette.value.background)
        image.paste(self._render(before, 0, half, height), (0, 0))
        image.paste(self._render(after, 0, half, height), (width - half, 0))
        return image

    def _render(self, look: Look, start: int, end: int, height: int) -> Image.Image:
        from desktop_app.services.pictures.view_rendering import render

        viewport = self._view.viewport
        return render(
            look,
            viewport.left + start / viewport.zoom,
            viewport.top,
            viewport.zoom,
            max(1, end - start),
            height,
            self._appearance.palette.value.viewer,
            self._draft,
        )

    def fit_window(self) -> None:
        """Tell the viewport how much room a picture has."""
        width = self.winfo_width()
        if self._view.mode.value in SIDE_MODES:
            width = (width - self._appearance.px(GAP)) // 2
        viewport = self._view.viewport
        if (viewport.width, viewport.height) != (width, self.winfo_height()):
            viewport.resize(width, self.winfo_height())
            self._view.moved()

    def _on_resize(self, _: tk.Event) -> None:
        self.fit_window()
        self._place_rim()
        self.request_draw()
