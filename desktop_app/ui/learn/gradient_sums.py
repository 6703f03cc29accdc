"""The sum behind a value of a gradient, term by term, and the choice of a weight."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.gradient_sums import (
    INPUT,
    WEIGHT,
    GradientSum,
    GradientSumsController,
)
from desktop_app.ui.learn.sum_view import SumView
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.tooltip import Tooltip
from desktop_app.ui.widgets.wrapping import WrappedLabel

TITLES = {INPUT: "Where this gradient comes from", WEIGHT: "The gradient of one weight"}
CHOICES = ("To map", "from map", "row", "column")


class GradientSumView(Card):
    """Shows the sum of a :class:`GradientSumsController`.

    Attributes:
        numbers: choose output map, input map, row and column of the weight.
    """

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, sums: GradientSumsController, kind: str
    ) -> None:
        super().__init__(parent, appearance, TITLES[kind])
        self._sums = sums
        self._kind = kind
        self.numbers: list[ttk.Spinbox] = []
        if kind == WEIGHT:
            self._build_choice(appearance)
        self.title = WrappedLabel(self.body, style="Muted.TLabel")
        self.title.pack(fill="x")
        self.sum = SumView(self.body, appearance, sums.playback)
        self.sum.pack(fill="both", expand=True)
        bind_subscription(self, sums.shown.subscribe(self._show))

    def _build_choice(self, appearance: Appearance) -> None:
        for name in CHOICES:
            ttk.Label(self.tools, text=name, style="Muted.TLabel").pack(
                side="left", padx=(appearance.px(8), appearance.px(3))
            )
            number = ttk.Spinbox(self.tools, from_=1, to=1, width=3, command=self._choose)
            number.bind("<Return>", lambda _: self._choose())
            number.bind("<FocusOut>", lambda _: self._choose())
            number.pack(side="left")
            self.numbers.append(number)
        Tooltip(self.numbers[0], appearance, "The map that the layer puts out")
        Tooltip(self.numbers[1], appearance, "The map that the layer is given")

    def _choose(self) -> None:
        counts, chosen = self._sums.weights, []
        if counts is None:
            return
        for number, count, present in zip(self.numbers, counts, self._sums.weight, strict=True):
            text = number.get().strip()
            chosen.append(min(max(int(text), 1), count) - 1 if text.isdecimal() else present)
        out, into, row, column = chosen
        if (out, into, row, column) != self._sums.weight:
            self._sums.choose_weight((out, into, row, column))
        else:
            self._show_choice()

    def _show_choice(self) -> None:
        counts = self._sums.weights
        for place, number in enumerate(self.numbers):
            number.configure(
                to=1 if counts is None else counts[place],
                state="disabled" if counts is None else "normal",
            )
            number.set(self._sums.weight[place] + 1)

    def _show(self, shown: GradientSum | None) -> None:
        if self._sums.kind != self._kind:
            return
        self._show_choice()
        words = "" if shown is None else shown.title
        self.title.configure(text=words.replace(": -", ": −").replace("gradient -", "gradient −"))
        self.sum.show(*((None, "") if shown is None else (shown.sum, shown.words)))
