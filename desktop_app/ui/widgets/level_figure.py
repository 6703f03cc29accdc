"""The noise level in figures, for those who want to know."""

from __future__ import annotations

import tkinter as tk

from desktop_app.controllers.denoising import DenoisingController
from desktop_app.ui.theme.appearance import bind_subscription
from desktop_app.ui.widgets.wrapped_label import WrappedLabel


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
