"""The kernel between two channels as numbers that can be typed over, and the channel's switch."""

from __future__ import annotations

import tkinter as tk
from functools import partial
from itertools import product
from tkinter import ttk

import numpy as np

from desktop_app.controllers.learn import LearnController
from desktop_app.controllers.network_changes import EDITS
from desktop_app.ui.learn.number_grid import short
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.typed_numbers import NotANumberError, typed_number
from desktop_app.ui.widgets.wrapping import WrappedLabel

LARGEST_KERNEL = 5
"""Of which every number can be typed over; larger ones only as a whole."""


class KernelEditor(ttk.Frame):
    """A switch, the input map to choose, the weights, and buttons that change them all."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, learn: LearnController) -> None:
        super().__init__(parent)
        px = appearance.px
        self._learn = learn
        self._gap = px(2)
        self._into = 0
        self._on = tk.BooleanVar(self, True)
        self.switch = ttk.Checkbutton(
            self, style="Switch.TCheckbutton", variable=self._on, command=self._on_switch
        )
        self.switch.pack(anchor="w")
        row = ttk.Frame(self)
        row.pack(fill="x", pady=px(6))
        self.words = WrappedLabel(row, style="Muted.TLabel")
        self.words.pack(side="left", fill="x", expand=True)
        self.input = ttk.Spinbox(row, from_=1, to=1, width=5, command=self._on_input)
        self.input.bind("<Return>", lambda _: self._on_input())
        self._grid = ttk.Frame(self)
        self._grid.pack(anchor="w")
        self.entries: dict[tuple[int, int], ttk.Entry] = {}
        self._buttons = ttk.Frame(self)
        self.edits: dict[str, ttk.Button] = {}
        for number, name in enumerate(EDITS):
            button = ttk.Button(self._buttons, text=name, command=partial(self._edit, name))
            button.grid(
                row=number // 2, column=number % 2, sticky="ew", padx=self._gap, pady=self._gap
            )
            self.edits[name] = button
        self._buttons.columnconfigure((0, 1), weight=1)
        for observable in (learn.report, learn.selected, learn.pointing.value):
            bind_subscription(self, observable.subscribe(lambda _: self.refresh()))

    @property
    def _channel(self) -> int:
        value = self._learn.pointing.value.value
        return 0 if value is None else value.channel

    def refresh(self) -> None:
        """Show the kernel as it is now."""
        layer = self._learn.layer
        if layer is None or self._channel >= len(layer.maps):
            return
        changes = self._learn.changes
        self.switch.configure(text=f"Map {self._channel + 1} is on")
        off = changes.is_off(layer, self._channel)
        self._on.set(not off)
        if off:
            self.switch.configure(text=f"Map {self._channel + 1} is off: all zeros")
        inputs = 0 if layer.kernel is None else layer.kernel.weight.shape[1]
        self._into = min(self._into, max(0, inputs - 1))
        kernel = changes.kernel(layer, self._channel, self._into)
        self.words.configure(
            text="This layer has no kernel." if kernel is None else "Kernel for input map"
        )
        if kernel is None:
            self.input.pack_forget()
            self._buttons.pack_forget()
            self._fill(np.zeros((0, 0), np.float32))
            return
        self.input.pack(side="right")
        self._buttons.pack(fill="x", pady=(4 * self._gap, 0))
        self.input.configure(to=inputs)
        self.input.set(self._into + 1)
        self._fill(kernel)

    def _fill(self, kernel: np.ndarray) -> None:
        shown = kernel if max(kernel.shape) <= LARGEST_KERNEL else kernel[:0]
        places = list(product(range(shown.shape[0]), range(shown.shape[1])))
        if places != list(self.entries):
            for entry in self.entries.values():
                entry.destroy()
            self.entries = {place: self._entry(place) for place in places}
        for place, entry in self.entries.items():
            entry.delete(0, "end")
            entry.insert(0, short(float(kernel[place])))

    def _entry(self, place: tuple[int, int]) -> ttk.Entry:
        entry = ttk.Entry(self._grid, width=6, justify="center")
        entry.grid(row=place[0], column=place[1], padx=self._gap, pady=self._gap)
        for event in ("<Return>", "<FocusOut>"):
            entry.bind(event, partial(self._commit, place))
        return entry

    def _commit(self, place: tuple[int, int], _: tk.Event) -> None:
        """Take over what was typed; what is no number is put back."""
        layer = self._learn.layer
        present = (
            None if layer is None else self._learn.changes.kernel(layer, self._channel, self._into)
        )
        if layer is None or present is None:
            return
        typed = self.entries[place].get().strip()
        if typed == short(float(present[place])):
            return
        try:
            number = typed_number(typed)
        except NotANumberError as error:
            self._learn.tell(str(error))
            self.refresh()
            return
        kernel = present.copy()
        kernel[place] = number
        self._learn.changes.set_kernel(layer, self._channel, self._into, kernel)

    def _edit(self, name: str) -> None:
        if self._learn.layer is not None:
            self._learn.changes.edit(self._learn.layer, self._channel, self._into, name)
            self.refresh()

    def _on_switch(self) -> None:
        if self._learn.layer is not None:
            self._learn.changes.switch(self._learn.layer, self._channel)
            self.refresh()

    def _on_input(self) -> None:
        try:
            self._into = int(self.input.get()) - 1
        except ValueError:
            self._into = 0
        self._into = max(0, self._into)
        self.refresh()
