"""How much noise a batch removes: the level, and the strength."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.batch import IDLE, BatchController
from desktop_app.controllers.batch_plan import BatchPlan
from desktop_app.controllers.denoising import HIGHEST_LEVEL
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.labelled_slider import LabelledSlider

FIRST_LEVEL = 25.0


class BatchNoise(ttk.Frame):
    """Two sliders; the noise level's is there only where it is not measured in each photo."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, batch: BatchController) -> None:
        super().__init__(parent)
        px = appearance.px
        self._batch = batch
        self._automatic = tk.BooleanVar(self, True)
        self.automatic = ttk.Checkbutton(
            self,
            text="Measure noise per photo",
            variable=self._automatic,
            style="Switch.TCheckbutton",
            command=self._on_switch,
        )
        self.automatic.pack(anchor="w", pady=(0, px(6)))
        self.level = LabelledSlider(
            self,
            "Noise level of all photos",
            0,
            HIGHEST_LEVEL,
            round(FIRST_LEVEL),
            str,
            lambda value: batch.change(sigma_255=float(value)),
        )
        self.strength = LabelledSlider(
            self,
            "Strength",
            0,
            100,
            100,
            lambda value: f"{value} %",
            lambda value: batch.change(strength=float(value)),
        )
        self.strength.pack(fill="x")
        bind_subscription(self, batch.plan.subscribe(self._show))
        bind_subscription(self, batch.state.subscribe(self._lock))

    def _on_switch(self) -> None:
        self._batch.change(sigma_255=None if self._automatic.get() else FIRST_LEVEL)

    def _show(self, plan: BatchPlan) -> None:
        self._automatic.set(plan.sigma_255 is None)
        if plan.sigma_255 is None:
            self.level.pack_forget()
        else:
            self.level.value = round(plan.sigma_255)
            self.level.pack(fill="x", before=self.strength)
        self.strength.value = round(plan.strength)

    def _lock(self, state: str) -> None:
        self.automatic.state(["!disabled" if state == IDLE else "disabled"])
        for slider in (self.level, self.strength):
            slider.enable(state == IDLE)
