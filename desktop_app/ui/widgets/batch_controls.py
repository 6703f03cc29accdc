"""Start, pause and cancel of a batch, and how far it is."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.batch import IDLE, PAUSED, STOPPING, BatchController
from desktop_app.controllers.batch_plan import DONE, SKIPPED, BatchRow
from desktop_app.controllers.progress import Progress
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.wrapping import WrappedLabel


class BatchControls(ttk.Frame):
    """The buttons, with the progress of all photos together."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, batch: BatchController) -> None:
        super().__init__(parent)
        self._batch = batch
        self._gap = appearance.px(6)
        self.start = ttk.Button(self, text="Start", style="Accent.TButton", command=batch.start)
        self.pause = ttk.Button(self, text="Pause", command=self._toggle)
        self.cancel = ttk.Button(self, text="Cancel", command=batch.cancel)
        self._bar = ttk.Progressbar(self, maximum=1.0)
        self.words = WrappedLabel(self, style="Muted.TLabel")
        self.columnconfigure((0, 1), weight=1, uniform="buttons")
        bind_subscription(self, batch.state.subscribe(self._show_state))
        bind_subscription(self, batch.progress.subscribe(self._show_progress))
        bind_subscription(self, batch.rows.subscribe(self._show_rows))
        bind_subscription(
            self, batch.looking.subscribe(lambda _: self._show_rows(batch.rows.value))
        )

    def _toggle(self) -> None:
        if self._batch.state.value == PAUSED:
            self._batch.resume()
        else:
            self._batch.pause()

    def _show_state(self, state: str) -> None:
        for widget in (self.start, self.pause, self.cancel, self._bar, self.words):
            widget.grid_forget()
        if state == IDLE:
            self._show_rows(self._batch.rows.value)
            self.start.grid(row=0, column=0, columnspan=2, sticky="ew")
            return
        self.pause.grid(row=0, column=0, sticky="ew", padx=(0, self._gap // 2))
        self.cancel.grid(row=0, column=1, sticky="ew", padx=(self._gap // 2, 0))
        self._bar.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(self._gap + 2, 2))
        self.words.grid(row=2, column=0, columnspan=2, sticky="ew")
        self.pause.configure(text="Resume" if state == PAUSED else "Pause")
        self.pause.state(["disabled" if state == STOPPING else "!disabled"])
        self.cancel.state(["disabled" if state == STOPPING else "!disabled"])
        self._show_progress(self._batch.progress.value)

    def _show_progress(self, progress: Progress | None) -> None:
        if progress is not None:
            self._bar.configure(value=progress.fraction or 0.0)
            state = self._batch.state.value
            prefix = {PAUSED: "Paused. ", STOPPING: "Stopping. "}.get(state, "")
            self.words.configure(text=prefix + progress.sentence)

    def _show_rows(self, rows: list[BatchRow]) -> None:
        looking = self._batch.looking.value
        self.start.state(["!disabled" if rows and not looking else "disabled"])
        self.start.configure(text="Looking for photos …" if looking else _start_words(rows))


def _start_words(rows: list[BatchRow]) -> str:
    left = sum(row.status not in (DONE, SKIPPED) for row in rows)
    if rows and not left:
        return "Start again"
    return {0: "Start", 1: "Start with 1 photo"}.get(left, f"Start with {left:,} photos")
