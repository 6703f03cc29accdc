"""Choosing the model, what each is for, and where it runs."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import ttk

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.denoising import DenoisingController
from desktop_app.controllers.models import ModelsController, device_title
from desktop_app.services.models.model_store import BEST, FAST, ModelEntry
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.icon_button import IconButton
from desktop_app.ui.widgets.tooltip import Tooltip
from desktop_app.ui.widgets.wrapping import WrappedLabel

AUTOMATIC = "auto"


class ModelPanel(ttk.Frame):
    """A drop-down list of models, with the chosen one's purpose below.

    Args:
        denoising: what is known about the photo that is shown; None where there are many.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        models: ModelsController,
        show_card: Callable[[], object],
        open_file: Callable[[], object],
        denoising: DenoisingController | None = None,
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._models = models
        self._denoising = denoising
        ttk.Label(self, text="Model").grid(row=0, column=0, columnspan=3, sticky="w")
        self.box = ttk.Combobox(self, state="readonly", width=10)
        self.box.grid(row=1, column=0, sticky="ew", pady=px(4))
        self.box.bind("<<ComboboxSelected>>", self._on_choice)
        Tooltip(self.box, appearance, "The network that removes the noise")
        card = IconButton(self, appearance, "info", "All about this model", show_card)
        card.grid(row=1, column=1, padx=(px(4), 0))
        self._own = IconButton(self, appearance, "open", "Use a model from a file", open_file)
        self._own.grid(row=1, column=2)
        self._best = tk.BooleanVar(self)
        self.best = ttk.Checkbutton(
            self, text="Best quality", variable=self._best, command=self._on_quality
        )
        self.best.grid(row=3, column=0, columnspan=3, sticky="w", pady=(px(4), 0))
        Tooltip(
            self.best,
            appearance,
            "Takes a larger network, and averages what it makes of the photo and of mirrored "
            "copies: cleaner and sharper, in eleven times the time; for RAW files in four times",
        )
        self._locked: str | None = None
        self._figures = WrappedLabel(self, style="Muted.TLabel")
        self._figures.grid(row=2, column=0, columnspan=3, sticky="ew")
        self.columnconfigure(0, weight=1)
        bind_subscription(self, models.entries.subscribe(lambda _: self._show()))
        bind_subscription(self, models.chosen.subscribe(lambda _: self._show()))
        bind_subscription(self, models.quality.subscribe(self._show_quality))
        if denoising is not None:
            bind_subscription(self, denoising.found.noise.subscribe(lambda _: self._show()))
            bind_subscription(self, denoising.level.subscribe(lambda _: self._show()))

    def lock(self, name: str | None) -> None:
        """Show the model of this name, which is at work, and allow no other; ``None`` unlocks."""
        self._locked = name
        for widget in (self.box, self._own, self.best):
            widget.state(["!disabled" if name is None else "disabled"])
        self._show()

    def _on_choice(self, _: tk.Event) -> None:
        self.box.selection_clear()
        entries = self._models.entries.value
        place = self.box.current()
        if place < len(entries):
            self._models.choose(entries[place].name)

    def _on_quality(self) -> None:
        self._models.choose_quality(BEST if self._best.get() else FAST)

    def _show_quality(self, quality: str) -> None:
        self._best.set(quality == BEST)

    def _show(self) -> None:
        name = self._locked or self._models.chosen.value
        entry = next((one for one in self._models.entries.value if one.name == name), None)
        titles = [entry.title for entry in self._models.entries.value]
        if entry is None and self._models.entries.value:
            titles.append(Path(name).stem)
        self.box.configure(values=titles)
        if entry is not None:
            self.box.current(self._models.entries.value.index(entry))
            found = self._denoising.sentence() if self._denoising is not None else ""
            self._figures.configure(text=found or purpose(entry))
        elif titles:
            self.box.current(len(titles) - 1)
            self._figures.configure(text="A model of your own, from a file")
        else:
            self._figures.configure(text="No model is installed.")


def purpose(entry: ModelEntry) -> str:
    """Say in one sentence what a model is for; its card, one button away, has the figures."""
    sentence, point, _ = entry.card.description.partition(". ")
    if sentence:
        return sentence + (point.strip() if point else "")
    low, high = entry.card.noise.get("sigma_255", (0, 75))
    return f"Made for noise levels {low:g} to {high:g}"


class DevicePanel(ttk.Frame):
    """A drop-down list of devices, which follows the settings and changes them."""

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, controller: ApplicationController
    ) -> None:
        super().__init__(parent)
        self._context = controller.context
        self._offered: tuple[str, ...] = (AUTOMATIC,)
        ttk.Label(self, text="Device").pack(side="left")
        self.box = ttk.Combobox(self, state="readonly", width=10)
        self.box.pack(side="left", fill="x", expand=True, padx=(appearance.px(10), 0))
        self.box.bind("<<ComboboxSelected>>", self._on_choice)
        Tooltip(self.box, appearance, "Where the network runs; it must pass a self-test there")
        bind_subscription(self, controller.devices.names.subscribe(self._offer))
        bind_subscription(self, controller.context.settings.subscribe(lambda _: self._show()))

    def _offer(self, names: tuple[str, ...]) -> None:
        chosen = self._context.settings.value.device
        self._offered = tuple(dict.fromkeys((AUTOMATIC, *names, chosen)))
        self.box.configure(
            values=["Automatic", *(device_title(name) for name in self._offered[1:])]
        )
        self._show()

    def _show(self) -> None:
        chosen = self._context.settings.value.device
        if chosen not in self._offered:
            self._offer(self._offered[1:])
        else:
            self.box.current(self._offered.index(chosen))

    def _on_choice(self, _: tk.Event) -> None:
        self.box.selection_clear()
        self._context.change_settings(device=self._offered[self.box.current()])
