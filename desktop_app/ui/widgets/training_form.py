"""What is to be trained: photos, network, time, noise."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from desktop_app.controllers.training import IDLE, TrainingController
from desktop_app.controllers.training_plan import (
    CUSTOM,
    CUSTOM_TITLE,
    NETWORKS,
    PRESETS,
    TrainingPlan,
)
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.tooltip import Tooltip

PRESET_TITLES = {name: title for name, (title, _) in PRESETS.items()} | {CUSTOM: CUSTOM_TITLE}


class TrainingForm(ttk.Frame):
    """The decisions of a :class:`TrainingPlan`; locked while a run is under way."""

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        training: TrainingController,
        choose_folder: Callable[[], object],
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._training = training
        self._px = px
        self._row = 0
        self._label("Folder of clean photos")
        line = self._line()
        self.folder = ttk.Entry(line, width=8)
        self.folder.pack(side="left", fill="x", expand=True)
        self.browse = ttk.Button(line, text="Choose …", command=choose_folder)
        self.browse.pack(side="left", padx=(px(6), 0))
        self.network = self._choice("Network", [choice.title for choice in NETWORKS.values()])
        self.preset = self._choice("Time", list(PRESET_TITLES.values()))
        self._custom = self._line()
        ttk.Label(self._custom, text="Minutes", style="Muted.TLabel").pack(side="left")
        self.minutes = ttk.Spinbox(self._custom, from_=1, to=10000, width=7)
        self.minutes.pack(side="right")
        self._label("Noise levels to learn (0-75)")
        levels = self._line()
        self.lowest = ttk.Spinbox(levels, from_=0, to=75, width=4)
        self.lowest.pack(side="left", fill="x", expand=True)
        ttk.Label(levels, text="to").pack(side="left", padx=px(8))
        self.highest = ttk.Spinbox(levels, from_=0, to=75, width=4)
        self.highest.pack(side="left", fill="x", expand=True)
        Tooltip(self.folder, appearance, "Photos without noise; noise is added while training")
        Tooltip(self.network, appearance, "Larger networks do better and take longer")
        self.columnconfigure(0, weight=1)
        self._inputs = (self.folder, self.browse, self.minutes, self.lowest, self.highest)
        self._boxes = (self.network, self.preset)
        self.preset.bind("<<ComboboxSelected>>", self._on_choice)
        self.network.bind("<<ComboboxSelected>>", self._on_choice)
        bind_subscription(self, training.plan.subscribe(self._show))
        bind_subscription(self, training.state.subscribe(self._lock))

    def commit(self) -> None:
        """Write what is in the fields into the plan; what is not a number stays as it was."""
        plan = self._training.plan.value
        self._training.plan.value = plan.with_changes(
            folder=self.folder.get().strip(),
            network=list(NETWORKS)[max(0, self.network.current())],
            preset=list(PRESET_TITLES)[max(0, self.preset.current())],
            custom_minutes=_number(self.minutes, plan.custom_minutes),
            lowest_sigma=_number(self.lowest, plan.lowest_sigma),
            highest_sigma=_number(self.highest, plan.highest_sigma),
        )

    def _label(self, text: str) -> None:
        above = self._px(10) if self._row else 0
        ttk.Label(self, text=text).grid(row=self._row, column=0, sticky="w", pady=(above, 0))
        self._row += 1

    def _line(self) -> ttk.Frame:
        line = ttk.Frame(self)
        line.grid(row=self._row, column=0, sticky="ew", pady=(self._px(4), 0))
        self._row += 1
        return line

    def _choice(self, title: str, values: list[str]) -> ttk.Combobox:
        self._label(title)
        box = ttk.Combobox(self._line(), state="readonly", values=values, width=8)
        box.pack(fill="x")
        return box

    def _on_choice(self, event: tk.Event) -> None:
        event.widget.selection_clear()
        self.commit()

    def _show(self, plan: TrainingPlan) -> None:
        for field, value in (
            (self.folder, plan.folder),
            (self.minutes, f"{plan.custom_minutes:g}"),
            (self.lowest, f"{plan.lowest_sigma:g}"),
            (self.highest, f"{plan.highest_sigma:g}"),
        ):
            field.delete(0, "end")
            field.insert(0, value)
        self.folder.xview_moveto(1)
        self.network.current(list(NETWORKS).index(plan.network))
        self.preset.current(list(PRESET_TITLES).index(plan.preset))
        if plan.preset == CUSTOM:
            self._custom.grid()
        else:
            self._custom.grid_remove()

    def _lock(self, state: str) -> None:
        for widget in self._inputs:
            widget.state(["!disabled" if state == IDLE else "disabled"])
        for box in self._boxes:
            box.state(["!disabled" if state == IDLE else "disabled"])


def _number(field: ttk.Spinbox, otherwise: float) -> float:
    try:
        return float(field.get())
    except ValueError:
        return otherwise
