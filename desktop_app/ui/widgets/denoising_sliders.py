"""The noise level to remove, measured or known better, and how much of the noise is removed."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.denoising import GRAIN_STRENGTH, HIGHEST_LEVEL, DenoisingController
from desktop_app.controllers.document import Document
from desktop_app.services.denoising.noise_found import level_words
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.labelled_slider import LabelledSlider
from desktop_app.ui.widgets.tooltip import Tooltip
from desktop_app.ui.widgets.wrapping import WrappedLabel


class LevelPanel(ttk.Frame):
    """A switch between automatic and manual, and the slider."""

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, denoising: DenoisingController
    ) -> None:
        super().__init__(parent)
        self._denoising = denoising
        self._automatic = tk.BooleanVar(self, True)
        self.slider = LabelledSlider(
            self,
            "Noise",
            0,
            HIGHEST_LEVEL,
            25,
            self._words,
            self._on_slider,
            on_reset=self._measure_again,
        )
        self.slider.pack(fill="x")
        self.switch = ttk.Checkbutton(
            self,
            text="Measure automatically",
            variable=self._automatic,
            command=self._on_switch,
            style="Switch.TCheckbutton",
        )
        self.switch.pack(anchor="w", pady=(appearance.px(4), 0))
        Tooltip(
            self.slider.scale,
            appearance,
            "Standard deviation of the noise, of 255. Moving it overrides what was measured.",
        )
        bind_subscription(self, denoising.found.noise.subscribe(lambda _: self._show()))
        bind_subscription(self, denoising.level.subscribe(lambda _: self._show()))

    def _words(self, value: int) -> str:
        noise = self._denoising.found.noise.value
        if self._denoising.level.value is None:
            if noise is None:
                return "measuring …" if self._denoising.found.measuring else "automatic"
            return f"{level_words(noise.sigma_255)} (measured)"
        return level_words(value)

    def _on_slider(self, value: int) -> None:
        self._automatic.set(False)
        self._denoising.level.value = float(value)

    def _measure_again(self) -> None:
        self._denoising.level.value = None

    def _on_switch(self) -> None:
        self._denoising.level.value = None if self._automatic.get() else float(self.slider.value)

    def _show(self) -> None:
        level, noise = self._denoising.level.value, self._denoising.found.noise.value
        self._automatic.set(level is None)
        measured = None if noise is None else noise.sigma_255
        shown = measured if level is None else level
        if shown is not None:
            self.slider.value = min(round(shown), HIGHEST_LEVEL)
        self.slider.refresh()


class LevelFigure(WrappedLabel):
    """The standard deviation that was measured and the one that is removed, of 255."""

    def __init__(self, parent: tk.Misc, denoising: DenoisingController) -> None:
        super().__init__(parent, style="Muted.TLabel")
        self._denoising = denoising
        bind_subscription(self, denoising.found.noise.subscribe(lambda _: self._show()))
        bind_subscription(self, denoising.level.subscribe(lambda _: self._show()))

    def _show(self) -> None:
        noise, level = self._denoising.found.noise.value, self._denoising.level.value
        measured = "not measured" if noise is None else f"{noise.sigma_255:.1f} measured"
        removed = "" if level is None else f", {level:g} removed"
        self.configure(text=f"Noise level, standard deviation of 255: {measured}{removed}")


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
        is_gray = document is not None and document.state.value.noisy.picture.is_gray
        self.colour.enable(ready and not is_gray)
        self.grain.state(["!disabled" if ready else "disabled"])
        if document is not None:
            self.luma.value = round(document.state.value.strength * 100)
            self.colour.value = round(document.state.value.colour_strength * 100)
            state = document.state.value
            self._grain.set((state.strength, state.colour_strength) == (GRAIN_STRENGTH, 1.0))


def _percent(value: int) -> str:
    return f"{value} %"
