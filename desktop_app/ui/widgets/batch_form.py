"""Where the results of a batch go, and how its photos are treated."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from desktop_app.controllers.batch import IDLE, BatchController
from desktop_app.controllers.batch_plan import (
    ALLOW_DAMAGED_TITLE,
    FIRST_FRAME_TITLE,
    POLICY_TITLES,
    BatchPlan,
)
from desktop_app.controllers.denoising import HIGHEST_LEVEL
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.labelled_slider import LabelledSlider
from desktop_app.ui.widgets.tooltip import Tooltip


class BatchForm(ttk.Frame):
    """The fields of a :class:`BatchPlan` that are about files; locked while a batch runs."""

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        batch: BatchController,
        choose_folder: Callable[[], object],
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._batch = batch
        ttk.Label(self, text="Folder for the results").grid(row=0, column=0, sticky="w")
        line = ttk.Frame(self)
        line.grid(row=1, column=0, sticky="ew", pady=(px(4), px(10)))
        self.output = ttk.Entry(line, width=8)
        self.output.pack(side="left", fill="x", expand=True)
        self.browse = ttk.Button(line, text="Choose …", command=choose_folder)
        self.browse.pack(side="left", padx=(px(6), 0))
        ttk.Label(self, text="If a result exists already").grid(row=2, column=0, sticky="w")
        self.existing = ttk.Combobox(
            self, state="readonly", values=list(POLICY_TITLES.values()), width=8
        )
        self.existing.grid(row=3, column=0, sticky="ew", pady=(px(4), px(10)))
        self._switches = {
            "recursive": self._switch(4, "Folders inside folders"),
            "first_frame": self._switch(5, FIRST_FRAME_TITLE),
            "allow_damaged": self._switch(6, ALLOW_DAMAGED_TITLE),
            "as_dng": self._switch(7, "RAW files become DNG"),
        }
        self.columnconfigure(0, weight=1)
        # The end of a path tells more than its beginning, however wide the entry becomes.
        self.output.bind("<Configure>", lambda _: self.output.xview_moveto(1))
        self.output.bind("<Return>", lambda _: self.commit())
        self.output.bind("<FocusOut>", lambda _: self.commit())
        self.existing.bind("<<ComboboxSelected>>", lambda _: self._on_choice())
        Tooltip(
            self.output,
            appearance,
            "Photos keep their places in folders; empty puts each result beside its photo",
        )
        bind_subscription(self, batch.plan.subscribe(self._show))
        bind_subscription(self, batch.state.subscribe(self._lock))

    def commit(self) -> None:
        """Write the fields into the plan."""
        self._batch.change(
            output=self.output.get().strip(),
            existing=list(POLICY_TITLES)[max(0, self.existing.current())],
            **{name: variable.get() for name, (_, variable) in self._switches.items()},
        )
        self._show(self._batch.plan.value)

    def _switch(self, row: int, text: str) -> tuple[ttk.Checkbutton, tk.BooleanVar]:
        variable = tk.BooleanVar(self)
        switch = ttk.Checkbutton(self, text=text, variable=variable, command=self.commit)
        switch.grid(row=row, column=0, sticky="w")
        return switch, variable

    def _on_choice(self) -> None:
        self.existing.selection_clear()
        self.commit()

    def _show(self, plan: BatchPlan) -> None:
        self.output.delete(0, "end")
        self.output.insert(0, plan.output)
        self.output.xview_moveto(1)
        self.existing.current(list(POLICY_TITLES).index(plan.existing))
        for name, (_, variable) in self._switches.items():
            variable.set(getattr(plan, name))

    def _lock(self, state: str) -> None:
        wanted = ["!disabled" if state == IDLE else "disabled"]
        switches = (switch for switch, _ in self._switches.values())
        for widget in (self.output, self.browse, self.existing, *switches):
            widget.state(wanted)


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
