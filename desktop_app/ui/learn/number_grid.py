"""A matrix of numbers on a canvas, each on the colour of its sign and size."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Collection
from dataclasses import dataclass
from tkinter import font as tkfont

import numpy as np
import numpy.typing as npt

from desktop_app.ui.theme.palette import Palette

CAPTION, LARGE = "SunValleyCaptionFont", "SunValleyBodyLargeFont"
STRONGEST_TINT = 0.6
"""How much of a colour lies under the largest number; more would swallow the text."""


@dataclass(frozen=True)
class NumberGrid:
    """Where a matrix stands on its canvas, and how it looks.

    Attributes:
        left, top: its corner in pixels, below its title.
        wide, high: of a cell, in pixels.
        palette: the colours.
        narrowest: width of a cell that can hold a number.
        title: what stands above it.
    """

    left: float
    top: float
    wide: float
    high: float
    palette: Palette
    narrowest: float
    title: str = ""

    def draw(
        self,
        canvas: tk.Canvas,
        numbers: npt.NDArray[np.floating],
        *,
        chosen: tuple[int, int] | None = None,
        marked: Collection[tuple[int, int]] = (),
        hidden: Collection[tuple[int, int]] = (),
        largest: float | None = None,
    ) -> None:
        """Draw the matrix.

        Args:
            canvas: on which it is drawn.
            numbers: (rows, columns).
            chosen: the cell to outline.
            marked: cells to outline faintly.
            hidden: cells whose numbers are not known yet.
            largest: the size of number that has the full colour; by default the largest one.
        """
        palette = self.palette
        if self.title:
            title = canvas.create_text(
                self.left,
                self.top - 4,
                text=self.title,
                anchor="sw",
                fill=palette.muted,
                font=CAPTION,
            )
            canvas.move(title, min(0, canvas.winfo_width() - canvas.bbox(title)[2]), 0)
        shown = [
            abs(float(numbers[cell])) for cell in np.ndindex(*numbers.shape) if cell not in hidden
        ]
        largest = largest or max(shown, default=0.0) or 1.0
        font = self._font(canvas, numbers)
        readable = self.wide >= self.narrowest and _longest(font, numbers) <= self.wide
        for row, column in np.ndindex(*numbers.shape):
            number = float(numbers[row, column])
            known = (row, column) not in hidden
            x, y = self.left + column * self.wide, self.top + row * self.high
            fill = tint(palette, number / largest) if known else palette.background
            canvas.create_rectangle(
                x, y, x + self.wide, y + self.high, fill=fill, outline=palette.border
            )
            if known and readable:
                canvas.create_text(
                    x + self.wide / 2,
                    y + self.high / 2,
                    text=short(number),
                    fill=palette.text,
                    font=font,
                )
        frames = [(cell, palette.muted, 1.5) for cell in marked]
        if chosen is not None:
            frames.append((chosen, palette.accent, 3))
        for cell, colour, line in frames:
            x, y = self.left + cell[1] * self.wide, self.top + cell[0] * self.high
            canvas.create_rectangle(x, y, x + self.wide, y + self.high, outline=colour, width=line)

    def _font(self, canvas: tk.Canvas, numbers: npt.NDArray[np.floating]) -> tkfont.Font:
        """Return the large font where cells are twice as large as its numbers."""
        large = tkfont.nametofont(LARGE, root=canvas)
        fits = 2 * large.metrics("linespace") <= self.high
        if fits and 2 * _longest(large, numbers) <= self.wide:
            return large
        return tkfont.nametofont(CAPTION, root=canvas)


def _longest(font: tkfont.Font, numbers: npt.NDArray[np.floating]) -> int:
    """Return the pixels that the longest number takes."""
    return max((font.measure(short(float(number))) for number in numbers.flat), default=0)


def tint(palette: Palette, share: float) -> str:
    """Return the colour of a number: one hue above zero, another below, none at zero."""
    strength = STRONGEST_TINT * min(1.0, abs(share)) if math.isfinite(share) else STRONGEST_TINT
    colour = palette.series[0 if share > 0 else 1]
    mixed = (
        round(
            (1 - strength) * int(palette.background[i : i + 2], 16)
            + strength * int(colour[i : i + 2], 16)
        )
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)


def short(number: float) -> str:
    """Return a number in at most five letters."""
    if not math.isfinite(number):
        return "∞" if number == math.inf else "−∞" if number == -math.inf else "?"
    if number == 0:
        return "0"
    size = abs(number)
    if size >= 10000 or size < 0.001:
        words = f"{number:.0e}".replace("e+0", "e").replace("e-0", "e-")
    elif size >= 100 or number == round(number):
        words = f"{number:.0f}"
    else:
        words = f"{number:.{2 if size < 10 else 1}f}" if size >= 0.01 else f"{number:.3f}"
    return words.replace("-", "−")
