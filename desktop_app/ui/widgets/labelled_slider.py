"""A slider with its name and its value in words above it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import ttk


class LabelledSlider(ttk.Frame):
    """A slider over whole numbers.

    A click beside the knob brings it there, a double click brings back the usual value.

    Args:
        name: what the slider sets.
        value: the first and usual value.
        words: turns the value into the text on the right, such as ``80 %``.
        on_change: called with the value when the person moves the slider.
        on_reset: called at a double click; by default, the usual value is set.
    """

    def __init__(
        self,
        parent: tk.Misc,
        name: str,
        first: int,
        last: int,
        value: int,
        words: Callable[[int], str],
        on_change: Callable[[int], object],
        on_reset: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._on_change = on_change
        self._on_reset = on_reset
        self._value = self.usual = value
        ttk.Label(self, text=name).grid(row=0, column=0, sticky="w")
        self._text = ttk.Label(self, text=words(value), style="Muted.TLabel")
        self._text.grid(row=0, column=1, sticky="e")
        self.scale = ttk.Scale(self, from_=first, to=last, value=value, command=self._moved)
        self.scale.grid(row=1, column=0, columnspan=2, sticky="ew")
        self.columnconfigure(0, weight=1)
        for key, step in (("Left", -1), ("Down", -1), ("Right", 1), ("Up", 1)):
            self.scale.bind(f"<{key}>", partial(self._step, step))
        for key, step in (("Prior", 10), ("Next", -10)):
            self.scale.bind(f"<{key}>", partial(self._step, step))
        # Tk has this on the middle button, and a step of one at a time on the first.
        self.scale.bind_class("TScale", "<Button-1>", "ttk::scale::Jump %W %x %y")
        self.scale.bind("<Double-Button-1>", self._reset)

    @property
    def value(self) -> int:
        """The present value; setting it moves the slider and calls nobody."""
        return self._value

    @value.setter
    def value(self, value: int) -> None:
        if value != self._value:
            self._value = value
            # Tk's ``set`` does nothing while the slider is disabled.
            self.scale.configure(value=value)
        self._text.configure(text=self._words(value))

    def set_range(self, first: int, last: int) -> None:
        """Change the ends of the slider; the value is moved inside."""
        self.scale.configure(from_=first, to=last)
        self.value = min(max(self._value, first), last)

    def enable(self, enabled: bool) -> None:
        """Allow or forbid moving the slider."""
        self.scale.state(["!disabled" if enabled else "disabled"])

    def refresh(self) -> None:
        """Write the words anew, after what they depend on has changed."""
        self._text.configure(text=self._words(self._value))

    def _moved(self, position: str) -> None:
        value = round(float(position))
        if value == self._value:
            return
        self._value = value
        self._text.configure(text=self._words(value))
        self._on_change(value)

    def _reset(self, _: tk.Event) -> str:
        if not self.scale.instate(["disabled"]):
            if self._on_reset is not None:
                self._on_reset()
            else:
                self.scale.set(self.usual)
        return "break"

    def _step(self, by: int, _: tk.Event) -> str:
        if not self.scale.instate(["disabled"]):
            first, last = float(self.scale.cget("from")), float(self.scale.cget("to"))
            self.scale.set(min(max(self._value + by, first), last))
        return "break"
