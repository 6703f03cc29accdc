"""The picture, before and after, to be compared, zoomed and moved with the mouse."""

from __future__ import annotations

import sys
import tkinter as tk
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PIL import Image, ImageTk

from desktop_app.controllers.view import ViewController
from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.theme.palette import Palette
from desktop_app.ui.widgets.viewer_marks import Loupe, ViewerMarks

if TYPE_CHECKING:
    from desktop_app.services.pictures.view_rendering import Look

GRIP = 10
REFINE_MS = 100
GAP = 4
SIDE_MODES = ("side", "rivals")
# What one notch of a wheel reports; trackpads report many small parts of it.
NOTCH = 1 if sys.platform == "darwin" else 120
PINCH_STEP = 1.08


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
        self._on_pointer = on_pointer
        self._photo: ImageTk.PhotoImage | None = None
        self._item = self.create_image(0, 0, anchor="nw")
        self._marks = ViewerMarks(self, appearance)
        self._loupe = Loupe(self, appearance, view)
        self._rim = self.create_rectangle(0, 0, 0, 0, state="hidden", width=appearance.px(3))
        self._clicked = False
        self.bind("<FocusIn>", lambda _: self._show_focus(not self._clicked))
        self.bind("<FocusOut>", lambda _: self._show_focus(False))
        self._turned = 0.0
        self._drawing = Later(self, self._draw_draft)
        self._refining = Later(self, self._draw, delay_ms=REFINE_MS, postpone=True)
        self._draft = False
        self._drag: tuple[str, int, int] | None = None
        for source in (view.looks, view.mode, view.split, view.before_shown, view.gain):
            bind_subscription(self, source.subscribe(lambda _: self.request_draw()))
        bind_subscription(self, view.loupe.subscribe(lambda _: self._show_loupe()))
        bind_subscription(self, view.mode.subscribe(lambda _: self.fit_window(), now=False))
        appearance.follow(self, self._paint)
        self._bind_mouse()

    def request_draw(self) -> None:
        """Draw quickly once Tk has nothing more urgent to do, and well once there is rest."""
        self._drawing.request()

    def _bind_mouse(self) -> None:
        self.bind("<Configure>", self._on_resize)
        self.bind("<ButtonPress-1>", self._on_press)
        self.bind("<B1-Motion>", self._on_drag)
        self.bind("<ButtonRelease-1>", self._on_release)
        self.bind("<ButtonPress-2>", lambda event: self._start_drag("pan", event))
        self.bind("<B2-Motion>", self._on_drag)
        self.bind("<ButtonRelease-2>", self._on_release)
        self.bind("<Double-Button-1>", self._on_double_click)
        self.bind("<Motion>", self._on_motion)
        self.bind("<Leave>", self._on_leave)
        self._bind_wheel()
        for key, x, y in (("Left", 1, 0), ("Right", -1, 0), ("Up", 0, 1), ("Down", 0, -1)):
            self.bind(f"<{key}>", partial(self._on_arrow, 60 * x, 60 * y))

    def _bind_wheel(self) -> None:
        """The wheel zooms, with Shift it moves sideways; pinching arrives as Control and wheel."""
        self.bind("<MouseWheel>", lambda event: self._on_wheel(event, event.delta / NOTCH))
        self.bind("<Control-MouseWheel>", lambda event: self._on_pinch(event, event.delta / NOTCH))
        self.bind("<Shift-MouseWheel>", lambda event: self._pan(round(60 * event.delta / NOTCH), 0))
        for button, direction in ((4, +1), (5, -1)):
            self.bind(f"<Button-{button}>", partial(self._on_button_wheel, direction))
            self.bind(f"<Control-Button-{button}>", partial(self._on_button_pinch, direction))
            self.bind(f"<Shift-Button-{button}>", partial(self._on_arrow, 60 * direction, 0))
        try:
            # From Tk 9 on, two fingers on a trackpad report how far they moved in each direction.
            self.bind("<TouchpadScroll>", self._on_touchpad)
        except tk.TclError:
            return

    def _on_button_wheel(self, direction: int, event: tk.Event) -> None:
        self._on_wheel(event, direction)

    def _on_button_pinch(self, direction: int, event: tk.Event) -> None:
        self._on_pinch(event, direction)

    def _on_touchpad(self, event: tk.Event) -> None:
        x, y = self.tk.call("tk::PreciseScrollDeltas", event.delta)
        self._pan(int(x), int(y))

    def _on_arrow(self, x: int, y: int, _: tk.Event) -> None:
        self._pan(x, y)

    def _paint(self, palette: Palette) -> None:
        self.configure(background=palette.viewer)
        self.itemconfigure(self._rim, outline=palette.accent)
        self.request_draw()

    def _show_focus(self, shown: bool) -> None:
        """Show that keys move the picture, once the keyboard has come here without the mouse."""
        self._clicked = False
        self.itemconfigure(self._rim, state="normal" if shown else "hidden")
        self._place_rim()

    def _place_rim(self) -> None:
        inset = self._appearance.px(2)
        self.coords(
            self._rim, inset, inset, self.winfo_width() - inset, self.winfo_height() - inset
        )
        self.tag_raise(self._rim)

    # Drawing ------------------------------------------------------------------------------------

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
        line = self._split_x()
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

    # Mouse --------------------------------------------------------------------------------------

    def _split_x(self) -> int:
        return round(self._view.split.value * self.winfo_width())

    def _on_split(self, x: int) -> bool:
        looks = self._view.looks.value
        return (
            self._view.mode.value == "split"
            and looks is not None
            and looks[1] is not None
            and abs(x - self._split_x()) <= self._appearance.px(GRIP)
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

    def _on_press(self, event: tk.Event) -> None:
        self._show_focus(False)
        self._clicked = True
        self.focus_set()
        self._start_drag("split" if self._on_split(event.x) else "pan", event)

    def _start_drag(self, kind: str, event: tk.Event) -> None:
        self._drag = (kind, event.x, event.y)
        self.configure(cursor="sb_h_double_arrow" if kind == "split" else "fleur")

    def _on_drag(self, event: tk.Event) -> None:
        if self._drag is None:
            return
        kind, x, y = self._drag
        if kind == "split":
            self._view.split.value = min(max(event.x / max(1, self.winfo_width()), 0.0), 1.0)
            return
        self._drag = (kind, event.x, event.y)
        self._pan(event.x - x, event.y - y)

    def _on_release(self, event: tk.Event) -> None:
        self._drag = None
        self._on_motion(event)

    def _pan(self, x: int, y: int) -> None:
        self._view.viewport.pan(x, y)
        self._view.moved()

    def _on_double_click(self, event: tk.Event) -> None:
        if self._on_split(event.x):
            self._view.split.value = 0.5
        elif self._view.viewport.fitted:
            self._zoom_at(event.x, 1.0, event.y)
        else:
            self._view.fit()

    def _zoom_at(self, x: int, zoom: float, y: int) -> None:
        self._view.viewport.zoom_to(zoom, self._in_viewport(x), y)
        self._view.moved()

    def _on_wheel(self, event: tk.Event, notches: float) -> None:
        """Zoom by a step for every whole notch: a trackpad's small movements add up."""
        if notches * self._turned < 0:
            self._turned = 0.0
        self._turned += notches
        viewport = self._view.viewport
        if abs(self._turned) >= 1:
            viewport.zoom_step(int(self._turned), self._in_viewport(event.x), event.y)
            self._turned -= int(self._turned)
            self._view.moved()

    def _on_pinch(self, event: tk.Event, notches: float) -> None:
        zoom = self._view.viewport.zoom * PINCH_STEP**notches
        self._zoom_at(event.x, zoom, event.y)

    def _in_viewport(self, x: int) -> int:
        """Return the place in the picture's own window, of which there are two side by side."""
        width = self._view.viewport.width
        return x - (self.winfo_width() - width) if x >= width else x

    def _on_motion(self, event: tk.Event) -> None:
        if self._drag is None:
            self.configure(cursor="sb_h_double_arrow" if self._on_split(event.x) else "")
        self._view.pointer = self._in_viewport(event.x), event.y
        point = self._point()
        self._on_pointer(None if point is None else (int(point[0]), int(point[1])))
        self._show_loupe(event)

    def _on_leave(self, _: tk.Event) -> None:
        self._view.pointer = None
        self._on_pointer(None)
        self._loupe.hide()

    def _point(self) -> tuple[float, float] | None:
        """Return the point of the picture under the pointer, or ``None`` beside it."""
        if self._view.pointer is None:
            return None
        viewport = self._view.viewport
        x, y = viewport.to_picture(*self._view.pointer)
        inside = 0 <= x < viewport.picture_width and 0 <= y < viewport.picture_height
        return (x, y) if inside else None

    def _show_loupe(self, event: tk.Event | None = None) -> None:
        point = self._point()
        if not self._view.loupe.value or point is None or self._drag is not None:
            self._loupe.hide()
            return
        x = event.x if event is not None else self.winfo_pointerx() - self.winfo_rootx()
        y = event.y if event is not None else self.winfo_pointery() - self.winfo_rooty()
        self._loupe.show(x, y, point)
