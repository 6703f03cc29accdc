"""Changing a copy of the network: what a channel reacts to, and what becomes of the photo."""

from __future__ import annotations

import tkinter as tk
from functools import partial
from tkinter import ttk

import numpy as np

from desktop_app.controllers.learn import LearnController
from desktop_app.controllers.pointed_value import strongest_patches
from desktop_app.ui.learn.kernel_editor import KernelEditor
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.picture_grid import LOWEST_PHOTO, PictureGrid, Place
from desktop_app.ui.widgets.wrapping import Flow, WrappedLabel

EXAGGERATION = 8
RESULTS = ("Noisy", "Denoised", "With the changes", f"{EXAGGERATION} × the difference")
NARROWEST_CHANNELS, EDITOR_WIDTH, NARROWEST_PATCHES = 180, 236, 92
NARROWEST_RESULT = 150


class ChangeView(ttk.Frame):
    """Channels, the kernel of one of them and its strongest patches above; the photo below."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, learn: LearnController) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._learn = learn
        px, column = appearance.px, appearance.column
        above = Flow(self, px(12))
        above.grid(row=0, column=0, sticky="nsew")
        above.add(self._build_channels(above), column(NARROWEST_CHANNELS), 3)
        card = Card(above, appearance, "The chosen channel")
        above.add(card, column(EDITOR_WIDTH), 0)
        self.editor = KernelEditor(card.body, appearance, learn)
        self.editor.pack(fill="both", expand=True)
        card = Card(above, appearance, "Reacts most to")
        above.add(card, column(NARROWEST_PATCHES), 2)
        self.patches = PictureGrid(card.body, appearance, grows=False)
        self.patches.pack(fill="both", expand=True)
        self._build_results().grid(row=1, column=0, sticky="nsew", pady=(px(12), 0))
        self.columnconfigure(0, weight=1)
        self.rowconfigure((0, 1), weight=1)
        for observable in (learn.report, learn.selected):
            bind_subscription(self, observable.subscribe(lambda _: self._show_layer()))
        bind_subscription(self, learn.pointing.value.subscribe(lambda _: self._show_channel()))
        bind_subscription(self, learn.inspecting.subscribe(lambda _: self._name_changes()))

    def _build_channels(self, parent: tk.Misc) -> Card:
        card = Card(parent, self._appearance, "Channels of the layer")
        hint = WrappedLabel(
            card.body, style="Muted.TLabel", text="Click one to change it. Black ones are off."
        )
        hint.pack(fill="x", pady=(0, self._appearance.px(8)))
        self.channels = PictureGrid(card.body, self._appearance, on_pick=self._choose, grows=False)
        self.channels.pack(fill="both", expand=True)
        for key, step in (("Left", -1), ("Right", 1)):
            self.channels.bind(f"<{key}>", partial(self._step, step))
        return card

    def _build_results(self) -> Card:
        card = Card(self, self._appearance, "What becomes of the photo")
        self.verdict = WrappedLabel(card.body, style="Muted.TLabel")
        self.verdict.pack(fill="x", pady=(0, self._appearance.px(4)))
        self.reset = ttk.Button(card.tools, text="Reset", command=self._learn.changes.reset)
        self.reset.pack()
        results = Flow(card.body, self._appearance.px(6))
        results.pack(fill="both", expand=True)
        self.results = []
        for title in RESULTS:
            place = ttk.Frame(results)
            WrappedLabel(place, text=title, style="Muted.TLabel").pack(fill="x")
            grid = PictureGrid(place, self._appearance, grows=False, lowest=LOWEST_PHOTO)
            grid.pack(fill="both", expand=True)
            self.results.append(grid)
            results.add(place, self._appearance.column(NARROWEST_RESULT))
        return card

    def _choose(self, place: Place) -> None:
        self._learn.pointing.choose_channel(place.picture)

    def _step(self, by: int, _: tk.Event) -> str:
        value, layer = self._learn.pointing.value.value, self._learn.layer
        if value is not None and layer is not None:
            self._learn.pointing.choose_channel((value.channel + by) % len(layer.maps))
        return "break"

    def _show_layer(self) -> None:
        report, original, layer = (
            self._learn.report.value,
            self._learn.original.value,
            self._learn.layer,
        )
        if report is None or original is None or layer is None:
            for grid in (self.channels, *self.results):
                grid.show(None)
            return
        maps = layer.maps.copy()
        for channel in range(len(maps)):
            if self._learn.changes.is_off(layer, channel):
                maps[channel] = 0
        self.channels.show(maps)
        difference = report.denoised.astype(int) - original.denoised
        exaggerated = np.clip(128 + EXAGGERATION * difference, 0, 255).astype(np.uint8)
        shown = (report.photo, original.denoised, report.denoised, exaggerated)
        for grid, picture in zip(self.results, shown, strict=True):
            grid.show(picture[None])
        self._show_channel()
        self._name_changes()

    def _show_channel(self) -> None:
        report, layer = self._learn.report.value, self._learn.layer
        value = self._learn.pointing.value.value
        if report is None or layer is None or value is None or value.channel >= len(layer.maps):
            self.patches.show(None)
            return
        _, height, width = layer.output_shape
        self.channels.outline([(value.channel, (0, 0, height, width))])
        patches = [box for _, box in strongest_patches(report, layer, value.channel)]
        self.patches.show(
            np.stack([report.photo[top:bottom, left:right] for top, left, bottom, right in patches])
        )

    def _name_changes(self) -> None:
        changes = self._learn.changes.changes.value
        self.reset.state(["!disabled" if changes else "disabled"])
        parts = []
        if changes.off:
            parts.append(f"{len(changes.off)} channel{'s' * (len(changes.off) > 1)} off")
        if changes.kernels:
            parts.append(f"{len(changes.kernels)} kernel{'s' * (len(changes.kernels) > 1)} changed")
        words = ", ".join(parts) or "The network as it was learned"
        if self._learn.inspecting.value:
            words += " …"
        self.verdict.configure(text=words)
