"""The few choices for developing a RAW file."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from desktop_app.controllers.development import DevelopmentController
from desktop_app.services.pictures.mosaic import (
    HIGHLIGHTS,
    MOST_STOPS,
    WHITE_BALANCES,
    Development,
)
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.labelled_slider import LabelledSlider
from desktop_app.ui.widgets.tooltip import Tooltip

_STEPS = 10
"""Positions of the slider in a stop."""

_BALANCES = {"camera": "As the camera set it", "auto": "Automatic"}
_HIGHLIGHTS = {"clip": "White", "blend": "Mixed from what is left"}


class DevelopmentPanel(ttk.Frame):
    """White balance, exposure, overexposed places and size."""

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, development: DevelopmentController
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._development = development
        self.exposure = LabelledSlider(
            self,
            "Exposure",
            round(-MOST_STOPS * _STEPS),
            round(MOST_STOPS * _STEPS),
            0,
            lambda value: f"{value / _STEPS:+.1f} stops",
            lambda value: development.choose(exposure=value / _STEPS),
        )
        self.exposure.pack(fill="x")
        self.balance = self._choice(
            px, "White balance", [_BALANCES[name] for name in WHITE_BALANCES]
        )
        self.highlights = self._choice(
            px, "Overexposed places", [_HIGHLIGHTS[name] for name in HIGHLIGHTS]
        )
        self.balance.bind("<<ComboboxSelected>>", lambda _: self._choose())
        self.highlights.bind("<<ComboboxSelected>>", lambda _: self._choose())
        self._half = tk.BooleanVar(self, False)
        self.half = ttk.Checkbutton(
            self,
            text="Half the size",
            variable=self._half,
            style="Switch.TCheckbutton",
            command=self._choose,
        )
        self.half.pack(anchor="w", pady=(px(8), 0))
        Tooltip(self.half, appearance, "One pixel for four places of the sensor, which is fast")
        bind_subscription(self, development.choices.subscribe(self._show))

    def _choice(self, px: Callable[[float], int], title: str, values: list[str]) -> ttk.Combobox:
        ttk.Label(self, text=title).pack(anchor="w", pady=(px(8), px(2)))
        box = ttk.Combobox(self, state="readonly", values=values, width=10)
        box.pack(fill="x")
        return box

    def _choose(self) -> None:
        for box in (self.balance, self.highlights):
            box.selection_clear()
        self._development.choose(
            white_balance=WHITE_BALANCES[self.balance.current()],
            highlights=HIGHLIGHTS[self.highlights.current()],
            half_size=self._half.get(),
        )

    def _show(self, choices: Development | None) -> None:
        if choices is None:
            return
        self.exposure.value = round(choices.exposure * _STEPS)
        self.balance.current(WHITE_BALANCES.index(choices.white_balance))
        self.highlights.current(HIGHLIGHTS.index(choices.highlights))
        self._half.set(choices.half_size)
