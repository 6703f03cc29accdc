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
)
from desktop_app.controllers.training_record import TrainingFacts, memory_words, time_left
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.tooltip import Tooltip

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
        on_use: called when the person wants to denoise with what has been learned so far.
        on_compare: called when the person wants to see it beside the usual model.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        training: TrainingController,
        on_start: Callable[[], object],
        on_use: Callable[[], object],
        on_compare: Callable[[], object],
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._training = training
        self.start = ttk.Button(
            self, text="Start training", style="Accent.TButton", command=on_start
        )
        self.pause = ttk.Button(self, text="Pause", command=self._toggle)
        self.stop = ttk.Button(self, text="Stop and keep", command=training.stop)
        self.use = ttk.Button(self, text="Use model now", command=on_use)
        self.compare = ttk.Button(self, text="Compare …", command=on_compare)
        Tooltip(
            self.compare,
            appearance,
            "Denoise the open photo with the usual model and with this one, side by side",
        )
        Tooltip(
            self.use,
            appearance,
            "Denoise with the best network of this run so far; training is not disturbed",
        )
        self._gentle = tk.BooleanVar(self, training.gentle.value)
        self.gentle = ttk.Checkbutton(
            self,
            text="Gentle: one core only",
            style="Switch.TCheckbutton",
            variable=self._gentle,
            command=lambda: training.be_gentle(self._gentle.get()),
        )
        self.gentle.grid(row=4, column=0, columnspan=2, sticky="w", pady=(px(6), 0))
        Tooltip(
            self.gentle,
            appearance,
            "Leave the other cores to other programs, while a run goes on too; "
            "photos are then denoised on one core as well",
        )
        self._words = ttk.Label(self, style="Muted.TLabel", justify="left")
        self._bar = ttk.Progressbar(self, maximum=1.0)
        self.columnconfigure((0, 1), weight=1, uniform="buttons")
        self._gap = px(6)
        bind_subscription(self, training.state.subscribe(self._show_state))
        bind_subscription(self, training.facts.subscribe(self._show_facts))
        bind_subscription(self, training.gentle.subscribe(self._gentle.set))
        bind_subscription(self, training.model.subscribe(lambda _: self._show_use()))

    def _toggle(self) -> None:
        if self._training.state.value == PAUSED:
            self._training.resume()
        else:
            self._training.pause()

    def _show_state(self, state: str) -> None:
        for widget in (self.start, self.pause, self.stop, self._bar, self._words):
            widget.grid_forget()
        self._show_use()
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
        self._bar.configure(value=0 if facts is None else facts.progress)
        self._words.configure(text=words if facts is None else facts_words(words, facts))

    def _show_use(self) -> None:
        if self._training.model.value is None:
            self.use.grid_forget()
            self.compare.grid_forget()
        else:
            gap = self._gap
            self.use.grid(row=3, column=0, sticky="ew", pady=(gap, 0), padx=(0, gap // 2))
            self.compare.grid(row=3, column=1, sticky="ew", pady=(gap, 0), padx=(gap // 2, 0))


def facts_words(state: str, facts: TrainingFacts) -> str:
    """Return the numbers of a run on two lines: how far it is, and what it takes."""
    far = [f"step {facts.step:,}", time_left(facts.seconds_left)]
    takes = [f"{facts.patches_per_second:.0f} patches/s"]
    if facts.memory is not None:
        takes.append(f"{memory_words(facts.memory)} of memory")
    if facts.device_memory is not None:
        takes.append(f"{memory_words(facts.device_memory)} on the GPU")
    return f"{state}: " + "\n".join(", ".join(filter(None, line)) for line in (far, takes))
