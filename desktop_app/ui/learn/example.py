"""A convolution or an upsampling worked out by hand: output and both gradients, sum by sum."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

import numpy as np

from desktop_app.controllers.worked_example import LAYERS, MATRICES, ExampleController
from desktop_app.services.models.worked_example import WorkedSums
from desktop_app.ui.later import Later
from desktop_app.ui.learn.number_grid import NumberGrid
from desktop_app.ui.learn.transport import Transport
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.theme.palette import Palette
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.choice_bar import Choice, ChoiceBar
from desktop_app.ui.widgets.wrapping import WrappedLabel

EXPLANATIONS = {
    "Convolution": "A kernel of 3 x 3 weights slides over 5 x 5 pixels with zeros around them",
    "Upsampling": "3 x 3 pixels are doubled, then convolved: what stands in for ConvTranspose2d",
    "Output": "Forward: what the layer makes of its input",
    "Input gradient": "Backward: how the loss changes with every pixel",
    "Weight gradient": "Backward: how the loss changes with every weight",
}
CELL, NARROWEST = 88, 22
SIGN = 26
COLUMNS = 13
"""Cells beside each other at most: 5 + 3 + 5."""


class ExampleView(ttk.Frame):
    """Choices above, the matrices below; a click on a cell of the result works that one out."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, example: ExampleController) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._example = example
        self._result: NumberGrid | None = None
        px = appearance.px
        card = Card(self, appearance, "Worked out by hand")
        card.pack(fill="both", expand=True)
        choices = ttk.Frame(card.body)
        choices.pack(fill="x")
        self.layers = self._bar(choices, LAYERS, lambda name: example.choose(layer=name))
        self.layers.pack(side="left")
        self.matrices = self._bar(choices, MATRICES, lambda name: example.choose(matrix=name))
        self.matrices.pack(side="left", padx=(px(16), 0))
        self.equation = WrappedLabel(card.body, font="SunValleyBodyLargeFont")
        self.equation.pack(fill="x", pady=px(8))
        self.transport = Transport(card.body, appearance, example.playback)
        self.transport.pack(fill="x")
        self.term = WrappedLabel(card.body, style="Strong.TLabel")
        self.term.pack(fill="x", pady=(px(6), 0))
        self.canvas = tk.Canvas(card.body, highlightthickness=0, borderwidth=0, width=1, height=1)
        self.canvas.pack(fill="both", expand=True, pady=px(8))
        self._drawing = Later(self, self._draw)
        self.canvas.bind("<Configure>", lambda _: self._drawing.request())
        self.canvas.bind("<Button-1>", self._on_click)
        appearance.follow(self, self._paint)
        bind_subscription(self, example.sums.subscribe(lambda _: self._drawing.request()))
        bind_subscription(
            self, example.playback.position.subscribe(lambda _: self._drawing.request())
        )
        if example.sums.value is None:
            example.choose()

    def _bar(
        self, parent: tk.Misc, names: tuple[str, ...], on_choice: Callable[[str], object]
    ) -> ChoiceBar:
        choices = [Choice(name, "", name, EXPLANATIONS[name]) for name in names]
        return ChoiceBar(parent, self._appearance, choices, on_choice)

    def _paint(self, palette: Palette) -> None:
        self.canvas.configure(background=palette.background)
        self._drawing.request()

    def _draw(self) -> None:
        canvas, sums = self.canvas, self._example.sums.value
        canvas.delete("all")
        width, height = canvas.winfo_width(), canvas.winfo_height()
        if sums is None or width <= 1:
            return
        palette = self._appearance.palette.value
        self.layers.chosen, self.matrices.chosen = self._example.layer, self._example.matrix
        self.equation.configure(text=self._example.equation)
        done = self._example.playback.position.value
        self.term.configure(text=_term_words(sums, done))
        px = self._appearance.column
        top = px(20)
        cell = min(px(CELL), (width - 2 * px(SIGN) - 2) / COLUMNS, (height - top - 2) / 5)
        chosen = sums.terms[done - 1] if done else (None, None, None)
        now = [term for term in sums.terms if term[0] == chosen[0]]
        result, unknown = _so_far(sums, done)
        left = 1.0
        for number, (matrix, title, place, marked, hidden) in enumerate(
            (
                (sums.left, sums.names[0], chosen[1], [term[1] for term in now], ()),
                (sums.right, sums.names[1], chosen[2], [term[2] for term in now], ()),
                (result, sums.names[2], chosen[0], (), unknown),
            )
        ):
            grid = NumberGrid(left, top, cell, cell, palette, px(NARROWEST), title)
            largest = float(np.abs(sums.result).max()) if number == 2 else None
            grid.draw(canvas, matrix, chosen=place, marked=marked, hidden=hidden, largest=largest)
            left += matrix.shape[1] * cell + px(SIGN)
            if number < 2:
                canvas.create_text(
                    left - px(SIGN) / 2,
                    top + 1.5 * cell,
                    text="×="[number],
                    fill=palette.muted,
                    font="SunValleyBodyLargeFont",
                )
        self._result = grid

    def _on_click(self, event: tk.Event) -> None:
        sums, grid = self._example.sums.value, self._result
        if sums is None or grid is None:
            return
        row, column = (
            int((event.y - grid.top) // grid.high),
            int((event.x - grid.left) // grid.wide),
        )
        if 0 <= row < sums.result.shape[0] and 0 <= column < sums.result.shape[1]:
            self._example.go_to((row, column))


def _so_far(sums: WorkedSums, done: int) -> tuple[np.ndarray, set[tuple[int, int]]]:
    """Return the result with the sum that is being made, and the cells not begun."""
    result = sums.result.copy()
    if not done:
        return result, {term[0] for term in sums.terms}
    cell = sums.terms[done - 1][0]
    result[cell] = sums.partial(done)[0]
    return result, {term[0] for term in sums.terms if term[0] > cell}


def _term_words(sums: WorkedSums, done: int) -> str:
    """Write the sum of the present cell as far as it has come."""
    if not done:
        return "Press play, step on, or click a cell of the result."
    cell = sums.terms[done - 1][0]
    parts = [
        f"{_number(sums.left[left])}·{_number(sums.right[right])}"
        for place, left, right in sums.terms[:done]
        if place == cell
    ]
    return f"{' + '.join(parts)} = {sums.partial(done)[0]:g}".replace("-", "−")


def _number(value: float) -> str:
    return f"({value:g})" if value < 0 else f"{value:g}"
