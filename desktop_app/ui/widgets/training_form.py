"""What is to be trained: photos, network, time, noise."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.models import device_title
from desktop_app.controllers.training import IDLE
from desktop_app.controllers.training_plan import (
    CUSTOM,
    CUSTOM_TITLE,
    DATA,
    PRESETS,
    TrainingPlan,
    models_to_start_from,
)
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.typed_numbers import NotANumberError, typed_number
from desktop_app.ui.widgets.folder_preview import FolderPreview
from desktop_app.ui.widgets.tooltip import Tooltip

AS_IN_SETTINGS = "As in the settings"
NEW_MODEL = "A new one"
NAME_WIDTH = 8
"""Letters of the names that stand beside their fields."""
PRESET_TITLES = {name: title for name, (title, _) in PRESETS.items()} | {CUSTOM: CUSTOM_TITLE}


class TrainingForm(ttk.Frame):
    """The decisions of a :class:`TrainingPlan`; locked while a run is under way.

    Args:
        choose_folder: called with the name of the plan's field that a folder is to be chosen for.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        controller: ApplicationController,
        choose_folder: Callable[[str], object],
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._training = training = controller.training
        self._tell = controller.context.tell
        self._models = controller.models
        self._devices: tuple[str, ...] = ("",)
        self._beginnings: tuple[str, ...] = ("",)
        self._px = px
        self._row = 0
        self.data = self._choice("Learn from", [choice.title for choice in DATA.values()])
        self._folder_words = self._label("")
        self.folder, self.browse = self._folder_line(lambda: choose_folder("folder"))
        self.preview = FolderPreview(self._line(), appearance, controller.folders, "folder")
        self._second_words = self._label("Folder of clean photos with equal names")
        self.second, self.browse_second = self._folder_line(lambda: choose_folder("second_folder"))
        self.second_preview = FolderPreview(
            self._line(), appearance, controller.folders, "second_folder"
        )
        for preview in (self.preview, self.second_preview):
            preview.pack(fill="x")
        self.start_from = self._short_choice("Model", [])
        self.network = self._short_choice("Network", [])
        self.width = self._short_choice("Width", [])
        self.preset = self._short_choice("Time", list(PRESET_TITLES.values()))
        self._custom = self._line()
        ttk.Label(self._custom, text="Minutes", width=NAME_WIDTH).pack(side="left")
        self.minutes = ttk.Spinbox(self._custom, from_=1, to=10000, width=7)
        self.minutes.pack(side="left", fill="x", expand=True)
        self._levels_words = self._label("Noise levels to learn (0-75)")
        self._levels = levels = self._line()
        self.lowest = ttk.Spinbox(levels, from_=0, to=75, width=3)
        self.lowest.pack(side="left", fill="x", expand=True)
        ttk.Label(levels, text="to").pack(side="left", padx=px(8))
        self.highest = ttk.Spinbox(levels, from_=0, to=75, width=3)
        self.highest.pack(side="left", fill="x", expand=True)
        self.device = self._short_choice("Device", [])
        Tooltip(self.data, appearance, "What the photos are, and where their noise comes from")
        Tooltip(
            self.start_from,
            appearance,
            "A new one knows nothing yet; a copy of another one goes on learning from your photos",
        )
        Tooltip(self.width, appearance, "Wider networks do better and take longer")
        self.columnconfigure(0, weight=1)
        self._inputs = (
            *(self.folder, self.browse, self.second, self.browse_second),
            *(self.minutes, self.lowest, self.highest),
        )
        self._boxes = (
            self.data,
            self.start_from,
            self.network,
            self.width,
            self.preset,
            self.device,
        )
        for box in self._boxes:
            box.bind("<<ComboboxSelected>>", self._on_choice)
        fields = (self.folder, self.second, self.minutes, self.lowest, self.highest)
        for field in fields:
            field.bind("<Return>", lambda _: self.commit())
            field.bind("<FocusOut>", lambda _: self.commit())
        bind_subscription(self, controller.devices.names.subscribe(self._offer_devices))
        bind_subscription(
            self, self._models.entries.subscribe(lambda _: self._show(training.plan.value))
        )
        bind_subscription(self, training.plan.subscribe(self._show))
        bind_subscription(self, training.state.subscribe(self._lock))

    def commit(self) -> bool:
        """Write what is in the fields into the plan.

        Returns:
            Whether every number was understood; one that was not stays as it was, and the status
            line says why.
        """
        complaints: list[str] = []

        def number(field: ttk.Spinbox, name: str, otherwise: float) -> float:
            try:
                return typed_number(field.get())
            except NotANumberError as error:
                complaints.append(f"{name}: {error}")
                return otherwise

        plan = self._training.plan.value
        # The lists of networks and widths are still those of what was chosen before.
        network, family = list(plan.networks.items())[max(0, self.network.current())]
        width = list(plan.family.widths)[max(0, self.width.current())]
        data = list(DATA)[max(0, self.data.current())]
        start_from = self._beginnings[max(0, self.start_from.current())]
        models = models_to_start_from(self._models.entries.value, data)
        changed = plan.with_changes(
            data=data,
            folder=self.folder.get().strip(),
            second_folder=self.second.get().strip(),
            start_from=start_from if start_from in {model.name for model in models} else "",
            # What such data cannot use is kept for other data, unless something else is chosen.
            network=plan.network if family is plan.family else network,
            width=family.width(width),
            device=self._devices[max(0, self.device.current())],
            preset=list(PRESET_TITLES)[max(0, self.preset.current())],
            custom_minutes=number(self.minutes, "Minutes", plan.custom_minutes),
            lowest_sigma=number(self.lowest, "Lowest noise level", plan.lowest_sigma),
            highest_sigma=number(self.highest, "Highest noise level", plan.highest_sigma),
        )
        if changed != plan:
            self._training.plan.value = changed
        if complaints:
            self._tell(complaints[0])
            self._show(changed)
        return not complaints

    def _label(self, text: str) -> ttk.Label:
        above = self._px(10) if self._row else 0
        label = ttk.Label(self, text=text)
        label.grid(row=self._row, column=0, sticky="w", pady=(above, 0))
        self._row += 1
        return label

    def _folder_line(self, choose: Callable[[], object]) -> tuple[ttk.Entry, ttk.Button]:
        line = self._line()
        entry = ttk.Entry(line, width=8)
        entry.pack(side="left", fill="x", expand=True)
        button = ttk.Button(line, text="Choose …", command=choose)
        button.pack(side="left", padx=(self._px(6), 0))
        return entry, button

    def _line(self, above: int = 4) -> ttk.Frame:
        line = ttk.Frame(self)
        line.grid(row=self._row, column=0, sticky="ew", pady=(self._px(above), 0))
        self._row += 1
        return line

    def _choice(self, title: str, values: list[str]) -> ttk.Combobox:
        self._label(title)
        return self._box(self._line(), values)

    def _short_choice(self, name: str, values: list[str]) -> ttk.Combobox:
        line = self._line(above=8)
        ttk.Label(line, text=name, width=NAME_WIDTH).pack(side="left")
        return self._box(line, values)

    def _box(self, line: ttk.Frame, values: list[str]) -> ttk.Combobox:
        box = ttk.Combobox(line, state="readonly", values=values, width=8)
        box.pack(side="left", fill="x", expand=True)
        return box

    def _offer_devices(self, names: tuple[str, ...]) -> None:
        self._devices = ("", *names)
        self.device.configure(values=[AS_IN_SETTINGS, *map(device_title, names)])
        self._show(self._training.plan.value)

    def _on_choice(self, event: tk.Event) -> None:
        event.widget.selection_clear()
        self.commit()

    def _show(self, plan: TrainingPlan) -> None:
        for field, value in (
            (self.folder, plan.folder),
            (self.second, plan.second_folder),
            (self.minutes, f"{plan.custom_minutes:g}"),
            (self.lowest, f"{plan.lowest_sigma:g}"),
            (self.highest, f"{plan.highest_sigma:g}"),
        ):
            field.delete(0, "end")
            field.insert(0, value)
        for entry in (self.folder, self.second):
            entry.xview_moveto(1)
        self.data.current(list(DATA).index(plan.data))
        self._folder_words.configure(text=DATA[plan.data].folder_words)
        _place(
            plan.data == "pairs",
            *(self._second_words, self.second.master, self.second_preview.master),
        )
        _place(plan.data == "clean", self._levels_words, self._levels)
        models = models_to_start_from(self._models.entries.value, plan.data)
        self._beginnings = ("", *(entry.name for entry in models))
        self.start_from.configure(values=[NEW_MODEL, *(entry.title for entry in models)])
        chosen = plan.start_from if plan.start_from in self._beginnings else ""
        self.start_from.current(self._beginnings.index(chosen))
        _place(not chosen, self.network.master, self.width.master)
        network, networks = plan.family, list(plan.networks.values())
        self.network.configure(values=[choice.title for choice in networks])
        self.network.current(networks.index(network))
        self.width.configure(values=[width.title for width in network.widths.values()])
        self.width.current(list(network.widths).index(network.width(plan.width)))
        self.device.current(self._devices.index(plan.device) if plan.device in self._devices else 0)
        self.preset.current(list(PRESET_TITLES).index(plan.preset))
        _place(plan.preset == CUSTOM, self._custom)

    def _lock(self, state: str) -> None:
        for widget in self._inputs:
            widget.state(["!disabled" if state == IDLE else "disabled"])
        for box in self._boxes:
            box.state(["!disabled" if state == IDLE else "disabled"])


def _place(shown: bool, *widgets: tk.Misc) -> None:
    """Let widgets appear in their places, or vanish."""
    for widget in widgets:
        if isinstance(widget, tk.Grid):
            if shown:
                widget.grid()
            else:
                widget.grid_remove()
