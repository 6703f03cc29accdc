"""A sum of products, term by term: two matrices, their products, and what has come together."""

from __future__ import annotations

import tkinter as tk
from tkinter import font as tkfont
from tkinter import ttk

import numpy as np

from desktop_app.controllers.number_words import precise
from desktop_app.controllers.playback import Playback
from desktop_app.services.models.sums_of_products import SumOfProducts
from desktop_app.ui.later import Later
from desktop_app.ui.learn.number_grid import CAPTION, NumberGrid, short
from desktop_app.ui.learn.transport import Transport
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.theme.palette import Palette
from desktop_app.ui.widgets.wrapping import SteadyLabel

CELL = 46, 24
NARROWEST = 28
TITLE, SIGN = 18, 22
LOWEST = 92
LOW_BAR = 2
NAMED = 130
"""Width of a matrix that has room for more than the number of its map."""


class SumView(ttk.Frame):
    """Shows a window, a kernel and their products for one input map, and what every map adds.

    Args:
        playback: how many terms are done.
    """

    def __init__(self, parent: tk.Misc, appearance: Appearance, playback: Playback) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._playback = playback
        self._sum: SumOfProducts | None = None
        self._words = ""
        self._adds = np.zeros(0, np.float32)
        self.transport = Transport(self, appearance, playback)
        self.transport.grid(row=0, column=0, sticky="ew", pady=(0, appearance.px(4)))
        height = appearance.column(LOWEST)
        self.canvas = tk.Canvas(self, highlightthickness=0, borderwidth=0, width=1, height=height)
        self.canvas.grid(row=1, column=0, sticky="nsew")
        self.words = SteadyLabel(self, style="Strong.TLabel")
        self.words.grid(row=2, column=0, sticky="ew", pady=(appearance.px(6), 0))
        self.columnconfigure(0, weight=1)
        self._drawing = Later(self, self.draw)
        self.canvas.bind("<Configure>", lambda _: self._drawing.request())
        bind_subscription(self, playback.position.subscribe(lambda _: self._drawing.request()))
        appearance.follow(self, self._paint)

    def show(self, found: SumOfProducts | None, words: str) -> None:
        """Show another sum, or, where there is none, what else makes the value."""
        self._sum, self._words = found, words
        self._adds = np.zeros(0, np.float32) if found is None else found.by_group
        self.transport.enable(found is not None)
        # Words alone stand where the eye looks first.
        if found is None:
            self.canvas.grid_remove()
        else:
            self.canvas.grid()
        self.rowconfigure(1, weight=int(found is not None))
        self._drawing.request()

    def equation(self) -> str:
        """Return the latest term in numbers."""
        found, done = self._sum, self._playback.position.value
        if found is None:
            return self._words
        total = short_precise(found.partial(done))
        if not done:
            return f"begin with {found.beginning}: {total}"
        left, right = found.factors(done - 1)
        before = short_precise(found.partial(done - 1))
        sentence = f"{before} + {short_precise(left)} × {short_precise(right)} = {total}"
        return sentence if done < len(found) else f"{sentence}, the value"

    def draw(self) -> None:
        """Draw the present state of the sum."""
        self.words.show(self.equation())
        self.canvas.delete("all")
        width, height = self.canvas.winfo_width(), self.canvas.winfo_height()
        if self._sum is not None and width > 1:
            self._draw_factors(self._sum, width, height - 2, self._appearance.palette.value)

    def _draw_factors(
        self, found: SumOfProducts, width: int, height: float, palette: Palette
    ) -> None:
        px = self._appearance.column
        done = self._playback.position.value
        group, *place = (int(part) for part in found.terms[max(0, done - 1)][:3])
        chosen = (place[0], place[1]) if done else None
        rows, columns = found.left.shape[1:]
        share = 0.62 if len(found.left) > 1 else 1.0
        wide = min(px(CELL[0]), (width * share - 2 * px(SIGN)) / (3 * columns))
        high = min(px(CELL[1]), (height - px(TITLE)) / rows)
        top = px(TITLE)
        count = len(found.left)
        window, kernel = found.names
        window = f"{window}, map {group + 1} of {count}" if count > 1 else window
        if columns * wide < px(NAMED):
            window = f"map {group + 1}" if count > 1 else window
        products = found.left[group] * found.right[group]
        terms = found.terms[done:]
        hidden = {(int(row), int(column)) for of, row, column, _, _ in terms if of == group}
        step = columns * wide + px(SIGN)
        for number, (matrix, title, unknown) in enumerate(
            (
                (found.left[group], window, ()),
                (found.right[group], kernel, ()),
                (products, "products", hidden),
            )
        ):
            grid = NumberGrid(number * step, top, wide, high, palette, px(NARROWEST), title)
            grid.draw(
                self.canvas,
                matrix,
                chosen=chosen,
                hidden=unknown,
                largest=float(np.abs(products).max()) or None if number == 2 else None,
            )
            if number < 2:
                x, y = (number + 1) * step - px(SIGN) / 2, top + rows * high / 2
                sign = "×="[number]
                self.canvas.create_text(
                    x, y, text=sign, fill=palette.muted, font="SunValleyBodyFont"
                )
        if count > 1:
            left = 3 * step
            self._draw_bars(
                left, top, width - left - 2, max(rows * high, height * 0.6), group, done
            )

    def _draw_bars(
        self, left: float, top: float, width: float, height: float, group: int, done: int
    ) -> None:
        """Draw what each input map adds to the value."""
        assert self._sum is not None
        palette, adds = self._appearance.palette.value, self._adds
        own = short(float(adds[group]))
        titles = f"each {self._sum.group} adds; this one {own}", f"this one adds {own}"
        caption = tkfont.nametofont(CAPTION, root=self.canvas)
        fitting = (title for title in titles if caption.measure(title) <= width)
        self.canvas.create_text(
            left,
            top - 4,
            text=next(fitting, f"adds {own}"),
            anchor="sw",
            fill=palette.muted,
            font=CAPTION,
        )
        low, high = min(float(adds.min()), 0.0), max(float(adds.max()), 0.0)
        unit = height / ((high - low) or 1.0)
        zero, step = top + high * unit, width / len(adds)
        finished = group + (done >= len(self._sum) or self._last_of_group(done))
        for number, added in enumerate(adds):
            x, end = left + number * step, zero - float(added) * unit
            colour = palette.series[0 if added > 0 else 1]
            ready = number < finished
            self.canvas.create_rectangle(
                x + 1,
                min(zero, end),
                max(x + step - 1, x + LOW_BAR),
                max(zero, end),
                fill=colour if ready else "",
                outline=palette.accent if number == group else colour if ready else palette.border,
            )
        self.canvas.create_line(left, zero, left + width, zero, fill=palette.muted)

    def _last_of_group(self, done: int) -> bool:
        assert self._sum is not None
        terms = self._sum.terms
        return 0 < done < len(terms) and int(terms[done][0]) != int(terms[done - 1][0])

    def _paint(self, palette: Palette) -> None:
        self.canvas.configure(background=palette.background)
        self._drawing.request()


def short_precise(number: float) -> str:
    """Return a number with four digits, in brackets where it is negative."""
    return f"({precise(number)})" if number < 0 else precise(number)
