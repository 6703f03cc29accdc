"""How much of the noise is removed; takes effect at once."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.denoising import GRAIN_STRENGTH
from desktop_app.controllers.document import Document
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.labelled_slider import LabelledSlider
from desktop_app.ui.widgets.tooltip import Tooltip


class StrengthPanel(ttk.Frame):
    """Two sliders: strength of everything bright and dark, and of colour."""

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, controller: ApplicationController
    ) -> None:
        super().__init__(parent)
        denoising = controller.denoising
        self.luma = LabelledSlider(
            self,
            "Strength",
            0,
            100,
            100,
            _percent,
            lambda value: denoising.set_strength(value / 100),
        )
        self.luma.pack(fill="x")
        self.colour = LabelledSlider(
            self,
            "Colour noise strength",
            0,
            100,
            100,
            _percent,
            lambda value: denoising.set_colour_strength(value / 100),
        )
        self.colour.pack(fill="x", pady=(appearance.px(8), 0))
        self._grain = tk.BooleanVar(self, False)
        self.grain = ttk.Checkbutton(
            self,
            text="Keep grain",
            variable=self._grain,
            style="Switch.TCheckbutton",
            command=lambda: denoising.keep_grain(self._grain.get()),
        )
        self.grain.pack(anchor="w", pady=(appearance.px(4), 0))
        Tooltip(self.grain, appearance, "Some brightness noise stays, like film grain; no colour")
        Tooltip(self.luma.scale, appearance, "Less keeps grain: 100 % removes all that was found")
        Tooltip(self.colour.scale, appearance, "Colour blotches are rarely wanted: keep it high")
        self._view = controller.view
        bind_subscription(self, controller.changed.subscribe(self._show))
        bind_subscription(
            self,
            controller.view.comparable.subscribe(lambda _: self._show(controller.changed.value)),
        )

    def _show(self, document: Document | None) -> None:
        ready = document is not None and self._view.comparable.value
        self.luma.enable(ready)
        self.colour.enable(ready)
        self.grain.state(["!disabled" if ready else "disabled"])
        if document is not None:
            self.luma.value = round(document.state.value.strength * 100)
            self.colour.value = round(document.state.value.colour_strength * 100)
            state = document.state.value
            self._grain.set((state.strength, state.colour_strength) == (GRAIN_STRENGTH, 1.0))


def _percent(value: int) -> str:
    return f"{value} %"
