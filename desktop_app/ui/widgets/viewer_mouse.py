"""What mouse, trackpad and arrow keys do in the viewer: zoom, move, drag the split line, point."""

from __future__ import annotations

import sys
import tkinter as tk
from collections.abc import Callable
from functools import partial

from desktop_app.controllers.view import ViewController
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.widgets.viewer_marks import Loupe

GRIP = 10
# What one notch of a wheel reports; trackpads report many small parts of it.
NOTCH = 1 if sys.platform == "darwin" else 120
PINCH_STEP = 1.08


class ViewerMouse:
    """Follows the events of the viewer's canvas and changes what its controller says.

    Args:
        on_pointer: called with the picture coordinates under the pointer, or ``None`` outside.
        on_press: called before a click takes the keyboard's focus.

    Attributes:
        clicked: whether the canvas is getting the keyboard's focus by a click.
    """

    def __init__(
        self,
        canvas: tk.Canvas,
        appearance: Appearance,
        view: ViewController,
        on_pointer: Callable[[tuple[int, int] | None], object],
        on_press: Callable[[], object],
    ) -> None:
        self._canvas = canvas
        self._appearance = appearance
        self._view = view
        self._on_pointer = on_pointer
        self._before_press = on_press
        self._loupe = Loupe(canvas, appearance, view)
        self._turned = 0.0
        self._drag: tuple[str, int, int] | None = None
        self.clicked = False
        self._bind()

    def _bind(self) -> None:
        bind = self._canvas.bind
        bind("<ButtonPress-1>", self._on_press)
        bind("<B1-Motion>", self._on_drag)
        bind("<ButtonRelease-1>", self._on_release)
        bind("<ButtonPress-2>", lambda event: self._start_drag("pan", event))
        bind("<B2-Motion>", self._on_drag)
        bind("<ButtonRelease-2>", self._on_release)
        bind("<Double-Button-1>", self._on_double_click)
        bind("<Motion>", self._on_motion)
        bind("<Leave>", self._on_leave)
        self._bind_wheel()
        for key, x, y in (("Left", 1, 0), ("Right", -1, 0), ("Up", 0, 1), ("Down", 0, -1)):
            bind(f"<{key}>", partial(self._on_arrow, 60 * x, 60 * y))

    def _bind_wheel(self) -> None:
        """The wheel zooms, with Shift it moves sideways; pinching arrives as Control and wheel."""
        bind = self._canvas.bind
        bind("<MouseWheel>", lambda event: self._on_wheel(event, event.delta / NOTCH))
        bind("<Control-MouseWheel>", lambda event: self._on_pinch(event, event.delta / NOTCH))
        bind("<Shift-MouseWheel>", lambda event: self._pan(round(60 * event.delta / NOTCH), 0))
        for button, direction in ((4, +1), (5, -1)):
            bind(f"<Button-{button}>", partial(self._on_button_wheel, direction))
            bind(f"<Control-Button-{button}>", partial(self._on_button_pinch, direction))
            bind(f"<Shift-Button-{button}>", partial(self._on_arrow, 60 * direction, 0))
        try:
            # From Tk 9 on, two fingers on a trackpad report how far they moved in each direction.
            bind("<TouchpadScroll>", self._on_touchpad)
        except tk.TclError:
            return

    def _on_button_wheel(self, direction: int, event: tk.Event) -> None:
        self._on_wheel(event, direction)

    def _on_button_pinch(self, direction: int, event: tk.Event) -> None:
        self._on_pinch(event, direction)

    def _on_touchpad(self, event: tk.Event) -> None:
        x, y = self._canvas.tk.call("tk::PreciseScrollDeltas", event.delta)
        self._pan(int(x), int(y))

    def _on_arrow(self, x: int, y: int, _: tk.Event) -> None:
        self._pan(x, y)

    def split_x(self) -> int:
        """Return where the split line stands, in pixels of the canvas."""
        return round(self._view.split.value * self._canvas.winfo_width())

    def _on_split(self, x: int) -> bool:
        looks = self._view.looks.value
        return (
            self._view.mode.value == "split"
            and looks is not None
            and looks[1] is not None
            and abs(x - self.split_x()) <= self._appearance.px(GRIP)
        )

    def _on_press(self, event: tk.Event) -> None:
        self._before_press()
        self.clicked = True
        self._canvas.focus_set()
        self._start_drag("split" if self._on_split(event.x) else "pan", event)

    def _start_drag(self, kind: str, event: tk.Event) -> None:
        self._drag = (kind, event.x, event.y)
        self._canvas.configure(cursor="sb_h_double_arrow" if kind == "split" else "fleur")

    def _on_drag(self, event: tk.Event) -> None:
        if self._drag is None:
            return
        kind, x, y = self._drag
        if kind == "split":
            self._view.split.value = min(
                max(event.x / max(1, self._canvas.winfo_width()), 0.0), 1.0
            )
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
        return x - (self._canvas.winfo_width() - width) if x >= width else x

    def _on_motion(self, event: tk.Event) -> None:
        if self._drag is None:
            self._canvas.configure(cursor="sb_h_double_arrow" if self._on_split(event.x) else "")
        self._view.pointer = self._in_viewport(event.x), event.y
        point = self._point()
        self._on_pointer(None if point is None else (int(point[0]), int(point[1])))
        self.show_loupe(event)

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

    def show_loupe(self, event: tk.Event | None = None) -> None:
        """Show the loupe at the pointer, where one is wanted and there is picture under it."""
        point = self._point()
        if not self._view.loupe.value or point is None or self._drag is not None:
            self._loupe.hide()
            return
        x = (
            event.x
            if event is not None
            else self._canvas.winfo_pointerx() - self._canvas.winfo_rootx()
        )
        y = (
            event.y
            if event is not None
            else self._canvas.winfo_pointery() - self._canvas.winfo_rooty()
        )
        self._loupe.show(x, y, point)
