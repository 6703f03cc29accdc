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
from desktop_app.ui.widgets.wrapping import SteadyLabel

TITLES = {INPUT: "Where this gradient comes from", WEIGHT: "One weight"}
MAPS = ("map", "from")


class GradientSumView(Card):
    """Shows the sum of a :class:`GradientSumsController`.

    Attributes:
        numbers: choose output map and input map of the weight.
        tap: chooses its row and column in the kernel.
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
        self.title = SteadyLabel(self.body, style="Muted.TLabel")
        self.title.pack(fill="x")
        self.sum = SumView(self.body, appearance, sums.playback)
        self.sum.pack(fill="both", expand=True)
        bind_subscription(self, sums.shown.subscribe(self._show))

    def _build_choice(self, appearance: Appearance) -> None:
        gap = appearance.px(6)
        # In a narrow card the maps go below the title, and the place in the kernel beside it.
        self.tap = ttk.Combobox(self.header, state="readonly", width=13)
        self.tap.bind("<<ComboboxSelected>>", lambda _: self._choose())
        self.tap.pack(side="left", padx=(gap, 0))
        for name in MAPS:
            ttk.Label(self.tools, text=name, style="Muted.TLabel").pack(
                side="left", padx=(gap, appearance.px(2))
            )
            number = ttk.Spinbox(self.tools, from_=1, to=1, width=3, command=self._choose)
            number.bind("<Return>", lambda _: self._choose())
            number.bind("<FocusOut>", lambda _: self._choose())
            number.pack(side="left")
            self.numbers.append(number)
        Tooltip(self.numbers[0], appearance, "The map that the layer puts out")
        Tooltip(self.numbers[1], appearance, "The map that the layer is given")

    def _choose(self) -> None:
        counts, chosen = self._sums.weights, list(self._sums.weight[:2])
        if counts is None:
            return
        for index, number in enumerate(self.numbers):
            if (text := number.get().strip()).isdecimal():
                chosen[index] = min(max(int(text), 1), counts[index]) - 1
        out, into = chosen
        row, column = divmod(max(0, self.tap.current()), counts[3])
        self.tap.selection_clear()
        if (out, into, row, column) != self._sums.weight:
            self._sums.choose_weight((out, into, row, column))
        else:
            self._show_choice()

    def _show_choice(self) -> None:
        counts = self._sums.weights
        if self._kind != WEIGHT:
            return
        self.tap.state(["disabled" if counts is None else "!disabled"])
        for index, number in enumerate(self.numbers):
            number.configure(
                to=1 if counts is None else counts[index],
                state="disabled" if counts is None else "normal",
            )
            number.set(self._sums.weight[index] + 1)
        if counts is not None:
            rows, columns = counts[2:]
            self.tap.configure(
                values=[
                    f"row {row + 1}, column {column + 1}"
                    for row in range(rows)
                    for column in range(columns)
                ]
            )
            self.tap.current(self._sums.weight[2] * columns + self._sums.weight[3])

    def _show(self, shown: GradientSum | None) -> None:
        if self._sums.kind != self._kind:
            # The playback goes on through another sum than the one that is shown here.
            self.sum.show(None, "")
            return
        self._show_choice()
        self.title.show("" if shown is None else shown.title)
        self.sum.show(*((None, "") if shown is None else (shown.sum, shown.words)))
