"""The gradient check of the chosen layer: a button, and the errors that were measured."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.learn import LearnController
from desktop_app.services.models.network_report import GradientCheck, GradientError
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.tooltip import Tooltip
from desktop_app.ui.widgets.wrapping import WrappedLabel

MOST_LINES = 4
HEADINGS = ("Error of", "vs. slopes", "vs. autograd")


class GradientPanel(ttk.Frame):
    """Relative errors for the layer's input and for its parameters."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, learn: LearnController) -> None:
        super().__init__(parent)
        self._gap = appearance.px(14)
        self._learn = learn
        self.button = ttk.Button(self, command=self._on_press)
        self.button.pack(anchor="w")
        Tooltip(
            self.button,
            appearance,
            "Compares this layer's hand-written backward pass with slopes measured along random "
            "directions, and with torch's own automatic differentiation, in double precision",
        )
        self.verdict = WrappedLabel(self)
        self.verdict.pack(fill="x", pady=(appearance.px(8), appearance.px(4)))
        self._table = ttk.Frame(self)
        self._table.pack(anchor="w")
        bind_subscription(self, learn.check.subscribe(self._show))
        bind_subscription(self, learn.checking.subscribe(self._show_checking))

    def errors(self) -> list[str]:
        """Return the words of the table, row by row."""
        return [str(cell.cget("text")) for cell in self._table.grid_slaves()[::-1]]

    def _show_checking(self, checking: bool) -> None:
        self.button.configure(text="Cancel" if checking else "Check gradient")
        if checking:
            self.verdict.configure(text="Checking …", style="Muted.TLabel")
        else:
            self._show(self._learn.check.value)

    def _on_press(self) -> None:
        if self._learn.checking.value:
            self._learn.cancel_check()
        else:
            self._learn.check_gradients()

    def _show(self, check: GradientCheck | None) -> None:
        for cell in self._table.grid_slaves():
            cell.destroy()
        if check is None:
            self.verdict.configure(
                text="Is the backward pass of this layer right? Measure it.", style="Muted.TLabel"
            )
            return
        self.verdict.configure(
            text="Right: only rounding errors are left." if check.passed else "Wrong!",
            style="Good.TLabel" if check.passed else "Bad.TLabel",
        )
        self._fill_row(0, HEADINGS, "Muted.TLabel")
        for row, error in enumerate(_lines(check), start=1):
            words = error.variable, f"{error.finite_differences:.1e}", f"{error.autograd:.1e}"
            self._fill_row(row, words, "Caption.TLabel")

    def _fill_row(self, row: int, words: tuple[str, ...], style: str) -> None:
        for column, text in enumerate(words):
            label = ttk.Label(self._table, text=text, style=style)
            label.grid(row=row, column=column, sticky="w", padx=(0, self._gap))


def _lines(check: GradientCheck) -> list[GradientError]:
    """Return the errors; those of many parameters as the worst of them."""
    if len(check.errors) <= MOST_LINES:
        return list(check.errors)
    image, *parameters = check.errors
    name = f"{len(parameters)} parameters"
    finite = max(error.finite_differences for error in parameters)
    return [image, GradientError(name, finite, max(error.autograd for error in parameters))]
