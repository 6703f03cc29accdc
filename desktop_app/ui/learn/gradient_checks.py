"""The gradient check of every layer: a button, and the errors that were measured, as a table."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.learn import LearnController
from desktop_app.services.models.network_report import GradientCheck
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.low_table import Column, LowTable
from desktop_app.ui.widgets.tooltip import Tooltip
from desktop_app.ui.widgets.wrapping import WrappedLabel

COLUMNS: dict[str, Column] = {
    "layer": ("Error of", 96, "w"),
    "slopes": ("slopes", 60, "e"),
    "autograd": ("autograd", 68, "e"),
}
LINES = 4
RIGHT, WRONG = "✓", "✗"


class GradientChecks(ttk.Frame):
    """The largest relative error of each layer, over its input and its parameters."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, learn: LearnController) -> None:
        super().__init__(parent)
        self._learn = learn
        row = ttk.Frame(self)
        row.pack(fill="x", pady=(0, appearance.px(6)))
        self.button = ttk.Button(row, command=self._on_press)
        self.button.pack(side="left")
        Tooltip(
            self.button,
            appearance,
            "Compares every hand-written backward pass with slopes measured along random "
            "directions, and with torch's own automatic differentiation, in double precision",
        )
        self.verdict = WrappedLabel(row)
        self.verdict.pack(side="left", fill="x", expand=True, padx=(appearance.px(8), 0))
        place = LowTable(self, appearance, COLUMNS, LINES, "browse")
        place.pack(fill="both", expand=True)
        self.table = place.table
        self.table.bind("<<TreeviewSelect>>", self._on_select)
        backward = learn.backward
        bind_subscription(self, backward.checks.subscribe(self._show))
        bind_subscription(self, backward.checking.subscribe(lambda _: self._show_verdict()))

    def _on_press(self) -> None:
        if self._learn.backward.checking.value:
            self._learn.backward.cancel_checks()
        else:
            self._learn.backward.check_all()

    def _on_select(self, _: tk.Event) -> None:
        for line in self.table.selection():
            self._learn.select(self.table.index(line))

    def _show(self, checks: tuple[GradientCheck, ...]) -> None:
        there = len(self.table.get_children())
        if len(checks) < there:
            self.table.delete(*self.table.get_children())
            there = 0
        for check in checks[there:]:
            worst = check.worst
            sign = RIGHT if check.passed else WRONG
            values = (
                f"{sign} {check.layer}",
                f"{worst.finite_differences:.1e}",
                f"{worst.autograd:.1e}",
            )
            self.table.see(self.table.insert("", "end", values=values))
        self._show_verdict()

    def _show_verdict(self) -> None:
        checking = self._learn.backward.checking.value
        checks = self._learn.backward.checks.value
        wrong = [check.layer for check in checks if not check.passed]
        self.button.configure(text="Cancel" if checking else "Check all layers")
        if wrong:
            self.verdict.configure(text=f"Wrong: {', '.join(wrong)}!", style="Bad.TLabel")
        elif checking:
            self.verdict.configure(text=f"{len(checks)} right so far …", style="Muted.TLabel")
        elif checks:
            words = f"All {len(checks)} right: only rounding errors are left."
            self.verdict.configure(text=words, style="Good.TLabel")
        else:
            words = "Are the hand-written gradients right? Measure it."
            self.verdict.configure(text=words, style="Muted.TLabel")
