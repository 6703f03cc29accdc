"""Charts that are drawn anew many times a second: a falling loss, bars of norms."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable, Sequence

from desktop_app.ui.later import Later
from desktop_app.ui.learn.number_grid import CAPTION
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette

DECADES = 4
"""How many powers of ten bars span at most."""

SMOOTHED = 0.95
LOWEST = 72
"""Height that a chart asks for, in lengths of the design."""


class Chart(tk.Canvas):
    """A canvas that is drawn anew when Tk is idle, in the colours of the theme."""

    def __init__(self, parent: tk.Misc, appearance: Appearance) -> None:
        height = appearance.px(LOWEST)
        super().__init__(parent, highlightthickness=0, borderwidth=0, width=1, height=height)
        self._appearance = appearance
        self._drawing = Later(self, self._redraw)
        self.bind("<Configure>", lambda _: self._drawing.request())
        appearance.follow(self, self._paint)

    def _paint(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self._drawing.request()

    def _redraw(self) -> None:
        self.delete("all")
        self._draw(self._appearance.palette.value, self.winfo_width(), self.winfo_height())

    def _draw(self, palette: Palette, width: int, height: int) -> None:
        raise NotImplementedError


class Bars(Chart):
    """Positive numbers as bars on a logarithmic scale.

    Args:
        ends: what stands below the first and the last bar.
        on_choice: called with the number of a bar that is clicked.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        ends: tuple[str, str],
        on_choice: Callable[[int], object] = lambda _: None,
    ) -> None:
        self._numbers: Sequence[float] = ()
        self._chosen: int | None = None
        self._words = ""
        self._ends = ends
        super().__init__(parent, appearance)
        self._on_choice = on_choice
        self.bind("<Button-1>", self._on_press)

    def show(self, numbers: Sequence[float], words: str, chosen: int | None = None) -> None:
        """Show other numbers, with words above them."""
        self._numbers, self._words, self._chosen = numbers, words, chosen
        self._drawing.request()

    def _draw(self, palette: Palette, width: int, height: int) -> None:
        if not self._numbers or width <= 1:
            return
        line = self._appearance.column(16)
        self.create_text(
            0, 0, text=self._words, width=width, anchor="nw", fill=palette.muted, font=CAPTION
        )
        head = max(line, self.bbox("all")[3])
        logs = [
            math.log10(max(number, 1e-30)) if number < math.inf else 30 for number in self._numbers
        ]
        top = max(logs)
        low = max(min(logs), top - DECADES) - 0.1
        step, room = width / len(logs), height - head - line
        for number, value in enumerate(logs):
            share = min(1.0, max(0.02, (value - low) / ((top - low) or 1.0)))
            self.create_rectangle(
                number * step + 1,
                head + room * (1 - share),
                max((number + 1) * step - 1, number * step + 2),
                head + room,
                fill=palette.accent if number == self._chosen else palette.muted,
                width=0,
            )
        first, last = self._ends
        self.create_text(0, height, anchor="sw", text=first, fill=palette.muted, font=CAPTION)
        self.create_text(width, height, anchor="se", text=last, fill=palette.muted, font=CAPTION)

    def _on_press(self, event: tk.Event) -> None:
        if self._numbers:
            number = event.x * len(self._numbers) // max(1, self.winfo_width())
            self._on_choice(min(max(number, 0), len(self._numbers) - 1))


class LossCurve(Chart):
    """The loss of every step on a logarithmic scale, and a smoothed curve over it."""

    def __init__(self, parent: tk.Misc, appearance: Appearance) -> None:
        self._losses: Sequence[float] = ()
        self._step = 0
        super().__init__(parent, appearance)

    def show(self, losses: Sequence[float], step: int) -> None:
        """Show the losses of the latest steps, up to the one with this number."""
        self._losses, self._step = losses, step
        self._drawing.request()

    def _draw(self, palette: Palette, width: int, height: int) -> None:
        losses = [loss for loss in self._losses if 0 < loss < math.inf]
        line, margin = self._appearance.column(16), self._appearance.column(48)
        if len(losses) < 2 or width <= margin:
            return
        low, high = math.log10(min(losses)), math.log10(max(losses))
        high = max(high, low + 0.1)
        smoothed, average = [], losses[0]
        for loss in losses:
            average = SMOOTHED * average + (1 - SMOOTHED) * loss
            smoothed.append(average)
        words = f"step {self._step:,}, loss {smoothed[-1]:.3g}"
        self.create_text(width, 0, text=words, anchor="ne", fill=palette.muted, font=CAPTION)
        every = max(1, len(losses) // (width - margin))
        across = (width - margin) / (len(losses) - 1)
        down = (height - 1.5 * line) / (high - low)
        for row in range(3):
            y = line + row * (height - 1.5 * line) / 2
            self.create_line(margin, y, width, y, fill=palette.border)
            words = f"{10 ** (high - row * (high - low) / 2):.2g}"
            self.create_text(
                margin - 4, y, text=words, anchor="e", fill=palette.muted, font=CAPTION
            )
        for values, colour, thick in ((losses, palette.muted, 0.5), (smoothed, palette.accent, 2)):
            places = [*range(0, len(values), every), len(values) - 1]
            self.create_line(
                [
                    (margin + place * across, line + (high - math.log10(values[place])) * down)
                    for place in places
                ],
                fill=colour,
                width=thick,
            )
