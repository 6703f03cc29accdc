"""Earlier training runs, to compare, resume and use."""

from __future__ import annotations

import time
import tkinter as tk
from tkinter import ttk
from typing import Literal

from desktop_app.controllers.run_history import RunEntry, RunHistoryController
from desktop_app.controllers.training import IDLE, RUN_NAME, TrainingController
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.tooltip import Tooltip

COLUMNS: dict[str, tuple[str, int, Literal["w", "e"]]] = {
    "name": ("Run", 140, "w"),
    "steps": ("Steps", 56, "e"),
    "psnr": ("dB", 48, "e"),
}
LINES = 5


class RunList(ttk.Frame):
    """A table of runs; those that are marked are drawn beside the present one."""

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        history: RunHistoryController,
        training: TrainingController,
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._history = history
        self.table = ttk.Treeview(
            self, columns=tuple(COLUMNS), show="headings", height=LINES, selectmode="extended"
        )
        for name, (title, width, anchor) in COLUMNS.items():
            self.table.heading(name, text=title, anchor=anchor)
            self.table.column(
                name, width=px(width), minwidth=px(40), anchor=anchor, stretch=name == "name"
            )
        self.table.grid(row=0, column=0, columnspan=2, sticky="ew")
        self.table.bind("<<TreeviewSelect>>", self._on_select)
        self.resume = ttk.Button(self, text="Resume", command=self._resume)
        self.resume.grid(row=1, column=0, sticky="ew", padx=(0, px(3)), pady=(px(8), 0))
        self.use = ttk.Button(self, text="Use its model", command=self._use)
        self.use.grid(row=1, column=1, sticky="ew", padx=(px(3), 0), pady=(px(8), 0))
        self.columnconfigure((0, 1), weight=1, uniform="buttons")
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
                values=(_title(entry.folder.name), f"{entry.step:,}", psnr),
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
        resumable = one is not None and self._idle and one.state != "finished"
        self.resume.state(["!disabled" if resumable else "disabled"])
        self.use.state(["!disabled" if one is not None and one.model else "disabled"])

    def _resume(self) -> None:
        if chosen := self._chosen():
            self._history.resume(chosen[0])

    def _use(self) -> None:
        if chosen := self._chosen():
            self._history.use(chosen[0])


def _title(name: str) -> str:
    """Return the name of a run, shortened to day and time where it is the moment of its start."""
    try:
        return time.strftime("%d %b %H:%M", time.strptime(name, RUN_NAME))
    except ValueError:
        return name
