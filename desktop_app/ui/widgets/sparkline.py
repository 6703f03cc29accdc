"""A curve without axes, small and quick to draw: how a loss falls, at a glance."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Sequence

from desktop_app.controllers.training_curves import decimated
from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette

HEIGHT = 56
MARGIN = 3
MOST_POINTS = 200
REDRAW_MS = 250


class Sparkline(tk.Canvas):
    """Draws positive values over steps on a logarithmic scale, from edge to edge.

    Attributes:
        points: what is drawn, as x and y in turn.
    """

    def __init__(self, parent: tk.Misc, appearance: Appearance) -> None:
        super().__init__(
            parent, height=appearance.px(HEIGHT), highlightthickness=0, borderwidth=0, width=10
        )
        self.points: list[float] = []
        self._margin = appearance.px(MARGIN)
        self._steps: list[int] = []
        self._values: list[float] = []
        self._line = self.create_line(0, 0, 0, 0, width=max(1, appearance.px(1.5)), state="hidden")
        self._drawing = Later(self, self._draw, delay_ms=REDRAW_MS)
        self.bind("<Configure>", lambda _: self._drawing.request())
        appearance.follow(self, self._paint)

    def show(self, steps: Sequence[int], values: Sequence[float]) -> None:
        """Draw these values soon, a few times a second at most."""
        self._steps, self._values = decimated(steps, values, MOST_POINTS)
        self._drawing.request()

    def _paint(self, palette: Palette) -> None:
        self.configure(background=palette.surface)
        self.itemconfigure(self._line, fill=palette.accent)

    def _draw(self) -> None:
        pairs = [
            (step, math.log(value))
            for step, value in zip(self._steps, self._values, strict=True)
            if value > 0 and math.isfinite(value)
        ]
        if len(pairs) < 2:
            self.points = []
            self.itemconfigure(self._line, state="hidden")
            return
        width = self.winfo_width() - 2 * self._margin
        height = self.winfo_height() - 2 * self._margin
        first, last = pairs[0][0], pairs[-1][0]
        low, high = min(value for _, value in pairs), max(value for _, value in pairs)
        self.points = []
        for step, value in pairs:
            across = (step - first) / max(1, last - first)
            down = (high - value) / (high - low) if high > low else 0.5
            self.points += [self._margin + across * width, self._margin + down * height]
        self.coords(self._line, *self.points)
        self.itemconfigure(self._line, state="normal")
