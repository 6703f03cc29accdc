"""Start, pause, resume and stop of a training run, and its numbers."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from desktop_app.controllers.training import (
    IDLE,
    PAUSED,
    RUNNING,
    STARTING,
    STOPPING,
    TrainingController,
    TrainingFacts,
    time_left,
)
from desktop_app.ui.theme.appearance import Appearance, bind_subscription

WORDS = {
    IDLE: "",
    STARTING: "Starting …",
    RUNNING: "Training",
    PAUSED: "Paused",
    STOPPING: "Stopping …",
}


class TrainingControls(ttk.Frame):
    """The buttons and a progress bar.

    Args:
        on_start: called when the person starts a run, with the form's fields not yet read.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        training: TrainingController,
        on_start: Callable[[], object],
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._training = training
        self.start = ttk.Button(
            self, text="Start training", style="Accent.TButton", command=on_start
        )
        self.pause = ttk.Button(self, text="Pause", command=self._toggle)
        self.stop = ttk.Button(self, text="Stop and keep", command=training.stop)
        self._words = ttk.Label(self, style="Muted.TLabel")
        self._bar = ttk.Progressbar(self, maximum=1.0)
        self.columnconfigure((0, 1), weight=1, uniform="buttons")
        self._gap = px(6)
        bind_subscription(self, training.state.subscribe(self._show_state))
        bind_subscription(self, training.facts.subscribe(self._show_facts))

    def _toggle(self) -> None:
        if self._training.state.value == PAUSED:
            self._training.resume()
        else:
            self._training.pause()

    def _show_state(self, state: str) -> None:
        for widget in (self.start, self.pause, self.stop, self._bar, self._words):
            widget.grid_forget()
        if state == IDLE:
            self.start.grid(row=0, column=0, columnspan=2, sticky="ew")
            return
        self.pause.grid(row=0, column=0, sticky="ew", padx=(0, self._gap // 2))
        self.stop.grid(row=0, column=1, sticky="ew", padx=(self._gap // 2, 0))
        self._bar.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(self._gap + 2, 2))
        self._words.grid(row=2, column=0, columnspan=2, sticky="w")
        self.pause.configure(text="Resume" if state == PAUSED else "Pause")
        self.pause.state(["!disabled" if state in (RUNNING, PAUSED) else "disabled"])
        self.stop.state(["disabled" if state == STOPPING else "!disabled"])
        self._show_facts(self._training.facts.value)

    def _show_facts(self, facts: TrainingFacts | None) -> None:
        words = WORDS[self._training.state.value]
        if facts is not None:
            self._bar.configure(value=facts.progress)
            parts = [f"step {facts.step:,}", time_left(facts)]
            parts.append(f"{facts.patches_per_second:.0f} patches/s")
            words = f"{words}: " + ", ".join(part for part in parts if part)
        else:
            self._bar.configure(value=0)
        self._words.configure(text=words)
