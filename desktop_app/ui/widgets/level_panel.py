"""The noise level to remove: measured, or what the person knows better; and in figures."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.denoising import HIGHEST_LEVEL, DenoisingController
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.labelled_slider import LabelledSlider
from desktop_app.ui.widgets.tooltip import Tooltip
from desktop_app.ui.widgets.wrapping import WrappedLabel

LEVEL_WORDS = ((1.0, "none"), (8.0, "light"), (20.0, "medium"), (40.0, "strong"))
"""Standard deviations of 255 below which noise has each name."""


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
        bind_subscription(self, denoising.noise.subscribe(lambda _: self._show()))
        bind_subscription(self, denoising.level.subscribe(lambda _: self._show()))

    def _words(self, value: int) -> str:
        noise = self._denoising.noise.value
        if self._denoising.level.value is None:
            if noise is None:
                return "measuring …" if self._denoising.measuring else "automatic"
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
        level, noise = self._denoising.level.value, self._denoising.noise.value
        self._automatic.set(level is None)
        measured = None if noise is None else noise.sigma_255
        shown = measured if level is None else level
        if shown is not None:
            self.slider.value = min(round(shown), HIGHEST_LEVEL)
        self.slider.refresh()


def level_words(sigma_255: float) -> str:
    """Say how strong noise of this standard deviation is, of 255, as people say it."""
    for limit, words in LEVEL_WORDS:
        if sigma_255 < limit:
            return words
    return "very strong"


class LevelFigure(WrappedLabel):
    """The standard deviation that was measured and the one that is removed, of 255."""

    def __init__(self, parent: tk.Misc, denoising: DenoisingController) -> None:
        super().__init__(parent, style="Muted.TLabel")
        self._denoising = denoising
        bind_subscription(self, denoising.noise.subscribe(lambda _: self._show()))
        bind_subscription(self, denoising.level.subscribe(lambda _: self._show()))

    def _show(self) -> None:
        noise, level = self._denoising.noise.value, self._denoising.level.value
        measured = "not measured" if noise is None else f"{noise.sigma_255:.1f} measured"
        removed = "" if level is None else f", {level:g} removed"
        self.configure(text=f"Noise level, standard deviation of 255: {measured}{removed}")
