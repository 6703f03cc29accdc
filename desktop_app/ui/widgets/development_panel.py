"""The few choices for developing a RAW file."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from desktop_app.services.pictures.development import (
    HIGHLIGHTS,
    MOST_STOPS,
    WHITE_BALANCES,
    Development,
)
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.widgets.labelled_slider import LabelledSlider
from desktop_app.ui.widgets.tooltip import Tooltip

_STEPS = 10
"""Positions of the slider in a stop."""

_BALANCES = {"camera": "Camera", "auto": "Automatic"}
_HIGHLIGHTS = {"clip": "Clipped to white", "blend": "Blended from what is left"}


class DevelopmentPanel(ttk.Frame):
    """White balance, exposure, highlights and size.

    Args:
        choose: called with the fields of :class:`Development` that the person changes.
    """

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, choose: Callable[..., object]
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._write = choose
        self.exposure = LabelledSlider(
            self,
            "Exposure",
            round(-MOST_STOPS * _STEPS),
            round(MOST_STOPS * _STEPS),
            0,
            lambda value: f"{value / _STEPS:+.1f} stops",
            lambda value: choose(exposure=value / _STEPS),
        )
        self.exposure.pack(fill="x")
        self.balance = self._choice(
            px, "White balance", [_BALANCES[name] for name in WHITE_BALANCES]
        )
        self.highlights = self._choice(px, "Highlights", [_HIGHLIGHTS[name] for name in HIGHLIGHTS])
        self.balance.bind("<<ComboboxSelected>>", lambda _: self._choose())
        self.highlights.bind("<<ComboboxSelected>>", lambda _: self._choose())
        self._half = tk.BooleanVar(self, False)
        self.half = ttk.Checkbutton(
            self,
            text="Half size",
            variable=self._half,
            style="Switch.TCheckbutton",
            command=self._choose,
        )
        self.half.pack(anchor="w", pady=(px(8), 0))
        Tooltip(self.half, appearance, "One pixel for four places of the sensor, which is fast")
        Tooltip(
            self.highlights,
            appearance,
            "Overexposed places become white, or a mix of the colours left",
        )

    def show(self, choices: Development) -> None:
        """Set the controls and call nobody."""
        self.exposure.value = round(choices.exposure * _STEPS)
        self.balance.current(WHITE_BALANCES.index(choices.white_balance))
        self.highlights.current(HIGHLIGHTS.index(choices.highlights))
        self._half.set(choices.half_size)

    def enable(self, enabled: bool) -> None:
        """Allow or forbid changes."""
        self.exposure.enable(enabled)
        for control in (self.balance, self.highlights, self.half):
            control.state(["!disabled" if enabled else "disabled"])

    def _choice(self, px: Callable[[float], int], title: str, values: list[str]) -> ttk.Combobox:
        ttk.Label(self, text=title).pack(anchor="w", pady=(px(8), px(2)))
        box = ttk.Combobox(self, state="readonly", values=values, width=10)
        box.pack(fill="x")
        return box

    def _choose(self) -> None:
        for box in (self.balance, self.highlights):
            box.selection_clear()
        self._write(
            white_balance=WHITE_BALANCES[self.balance.current()],
            highlights=HIGHLIGHTS[self.highlights.current()],
            half_size=self._half.get(),
        )
