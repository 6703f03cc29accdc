"""Earlier training runs, to compare, resume, use and delete."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from desktop_app.controllers.run_history import RunEntry, RunHistoryController
from desktop_app.controllers.training import IDLE, TrainingController
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.icon_button import IconButton
from desktop_app.ui.widgets.low_table import Column, LowTable
from desktop_app.ui.widgets.tooltip import Tooltip
from desktop_app.ui.widgets.wrapping import WrappedLabel

COLUMNS: dict[str, Column] = {
    "name": ("Run", 88, "w"),
    "state": ("State", 54, "w"),
    "steps": ("Steps", 44, "e"),
    "psnr": ("dB", 42, "e"),
}
STATES = {"finished": "finished", "can be resumed": "stopped"}
LINES = 7


class RunList(ttk.Frame):
    """A table of runs; those that are marked are drawn beside the present one.

    Args:
        on_edit: called with the run whose model's card the person wants to write on.
        on_delete: called with the runs that the person wants to be rid of.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        history: RunHistoryController,
        training: TrainingController,
        on_edit: Callable[[RunEntry], object],
        on_delete: Callable[[list[RunEntry]], object],
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._history = history
        place = LowTable(self, appearance, COLUMNS, LINES, "extended")
        place.grid(row=0, column=0, columnspan=3, sticky="ew")
        self.table = place.table
        self.table.bind("<<TreeviewSelect>>", self._on_select)
        self.table.bind("<Delete>", lambda _: self._delete())
        self.resume = ttk.Button(self, text="Resume", command=self._resume)
        self.use = ttk.Button(self, text="Use", command=self._use)
        self.edit = ttk.Button(self, text="Name …", command=self._edit)
        for column, (button, explanation) in enumerate(
            (
                (self.resume, "Go on from the last checkpoint of this run"),
                (self.use, "Denoise with what this run has learned"),
                (self.edit, "Name it: title, purpose and licence on the card of its model"),
            )
        ):
            gap = (px(3) if column else 0, px(3) if column < 2 else 0)
            button.grid(row=1, column=column, sticky="ew", padx=gap, pady=(px(8), 0))
            Tooltip(button, appearance, explanation)
        below = ttk.Frame(self)
        below.grid(row=2, column=0, columnspan=3, sticky="ew", pady=(px(6), 0))
        self.delete = IconButton(
            below, appearance, "delete", "Move the marked runs to the bin (Delete)", self._delete
        )
        self.delete.pack(side="right", anchor="n")
        self._details = WrappedLabel(below, style="Muted.TLabel")
        self._details.pack(side="left", fill="x", expand=True)
        self._on_edit = on_edit
        self._on_delete = on_delete
        self.columnconfigure((0, 1, 2), weight=1)
        Tooltip(self.table, appearance, "Mark one or more runs to draw their curves for comparison")
        self._idle = True
        bind_subscription(self, history.runs.subscribe(self._show))
        bind_subscription(self, training.state.subscribe(self._on_state))

    def _chosen(self) -> list[RunEntry]:
        names = set(self.table.selection())
        return [entry for entry in self._history.runs.value if str(entry.folder) in names]

    def _show(self, runs: tuple[RunEntry, ...]) -> None:
        kept = set(self.table.selection()) & {str(entry.folder) for entry in runs}
        self.table.delete(*self.table.get_children())
        for entry in runs:
            psnr = "" if entry.psnr is None else f"{entry.psnr:.2f}"
            self.table.insert(
                "",
                "end",
                iid=str(entry.folder),
                values=(
                    entry.name,
                    STATES.get(entry.state, entry.state),
                    f"{entry.step:,}",
                    psnr,
                ),
            )
        self.table.selection_set(*kept)
        self._enable()

    def _on_select(self, _: tk.Event) -> None:
        self._enable()
        self._history.compare([entry.folder for entry in self._chosen()])

    def _on_state(self, state: str) -> None:
        self._idle = state == IDLE
        if self._idle:
            self._history.refresh()
        self._enable()

    def _enable(self) -> None:
        chosen = self._chosen()
        one = chosen[0] if len(chosen) == 1 else None
        self._details.configure(text="" if one is None else f"Learned from {one.details}.")
        resumable = one is not None and self._idle and one.state != "finished"
        self.resume.state(["!disabled" if resumable else "disabled"])
        self.delete.enable(bool(chosen))
        for button in (self.use, self.edit):
            button.state(["!disabled" if one is not None and one.model else "disabled"])

    def _resume(self) -> None:
        if chosen := self._chosen():
            self._history.resume(chosen[0])

    def _use(self) -> None:
        if chosen := self._chosen():
            self._history.use(chosen[0].folder, chosen[0].model)

    def _edit(self) -> None:
        if chosen := self._chosen():
            self._on_edit(chosen[0])

    def _delete(self) -> None:
        if chosen := self._chosen():
            self._on_delete(chosen)
