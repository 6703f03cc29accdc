"""Looking at a layer: its maps, what of the photo a value sees, the sum behind the value."""

from __future__ import annotations

import tkinter as tk
from functools import partial
from tkinter import ttk

from desktop_app.controllers.learn import LearnController
from desktop_app.controllers.number_words import precise
from desktop_app.controllers.pointed_value import PointedValue
from desktop_app.ui.learn.sum_view import SumView
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.icon_button import IconButton
from desktop_app.ui.widgets.picture_grid import LOWEST_PHOTO, PictureGrid, Place
from desktop_app.ui.widgets.wrapping import Flow, SteadyLabel, WrappedLabel

NARROWEST_MAPS, NARROWEST_PHOTO = 180, 144
SUM_HEIGHT = 232
KERNELS_HEIGHT = 64


class LookView(ttk.Frame):
    """Maps and photo above, the sum below."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, learn: LearnController) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._learn = learn
        px = appearance.px
        above = Flow(self, px(12))
        above.grid(row=0, column=0, sticky="nsew")
        above.add(self._build_maps(above), appearance.column(NARROWEST_MAPS), 3)
        photo = Card(above, appearance, "On the photo")
        above.add(photo, appearance.column(NARROWEST_PHOTO), 2)
        self.field = WrappedLabel(photo.body, style="Muted.TLabel")
        self.field.pack(fill="x", pady=(0, px(8)))
        self.kernels = PictureGrid(photo.body, appearance, lowest=KERNELS_HEIGHT)
        self.kernels.pack(side="bottom", fill="x")
        ttk.Label(photo.body, style="Muted.TLabel", text="First kernels").pack(
            side="bottom", anchor="w", pady=(px(6), 0)
        )
        self.photo = PictureGrid(photo.body, appearance, grows=False, lowest=LOWEST_PHOTO)
        self.photo.pack(fill="both", expand=True)
        card = Card(self, appearance, "Where this number comes from")
        card.grid(row=1, column=0, sticky="nsew", pady=(px(12), 0))
        self.sum = SumView(card.body, appearance, learn.pointing.playback)
        self.sum.pack(fill="both", expand=True)
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self.rowconfigure(1, minsize=appearance.column(SUM_HEIGHT))
        bind_subscription(self, learn.report.subscribe(lambda _: self._show_layer()))
        bind_subscription(self, learn.selected.subscribe(lambda _: self._show_layer()))
        bind_subscription(self, learn.pointing.value.subscribe(self._show_value))
        bind_subscription(self, learn.pointing.pinned.subscribe(lambda _: self._name_value()))

    def _build_maps(self, parent: tk.Misc) -> Card:
        card = Card(parent, self._appearance, "What the chosen layer sees")
        self.title = SteadyLabel(card.body, style="Muted.TLabel")
        self.title.pack(fill="x", pady=(0, self._appearance.px(8)))
        self.maps = PictureGrid(card.body, self._appearance, self._read, self._pin)
        self.maps.pack(fill="both", expand=True)
        for key, down, right in (("Up", -1, 0), ("Down", 1, 0), ("Left", 0, -1), ("Right", 0, 1)):
            self.maps.bind(f"<Shift-{key}>", partial(self._move, down, right))
        all_maps = IconButton(
            card.tools,
            self._appearance,
            "all",
            "Show all maps of the layer (Escape)",
            lambda: self.maps.choose(None),
        )
        all_maps.pack(side="right")
        return card

    def _show_layer(self) -> None:
        layer, report = self._learn.layer, self._learn.report.value
        self.maps.show(None if layer is None else layer.maps)
        self.photo.show(None if report is None else report.photo[None])
        self.kernels.show(None if report is None else report.kernels)
        self._name_value()

    def _read(self, place: Place | None) -> None:
        if place is not None:
            self._learn.pointing.point(place.picture, place.row, place.column)

    def _pin(self, place: Place) -> None:
        self._learn.pointing.pin(place.picture, place.row, place.column)

    def _move(self, down: int, right: int, _: tk.Event) -> str:
        self._learn.pointing.move(down, right)
        return "break"

    def _show_value(self, value: PointedValue | None) -> None:
        if value is None:
            self.maps.outline([])
            self.photo.outline([])
            self.field.configure(text="")
            self.sum.show(None, "")
        else:
            row, column = value.row, value.column
            self.maps.outline([(value.channel, (row, column, row + 1, column + 1))])
            self.photo.outline([(0, value.box)])
            top, left, bottom, right = value.box
            high, wide = bottom - top, right - left
            self.field.configure(
                text=f"It sees {wide} × {high} pixel{'s' if wide * high > 1 else ''}, at most."
            )
            self.sum.show(value.sum, value.words)
        self._name_value()

    def _name_value(self) -> None:
        """Say what is pointed at, and how to go on."""
        layer, value = self._learn.layer, self._learn.pointing.value.value
        if layer is None or value is None:
            self.title.show("")
            return
        if self._learn.pointing.pinned.value:
            hint = "Kept; click it again to let it go."
        elif self.maps.chosen is None:
            hint = "Click a map to see it large."
        else:
            hint = "Click a pixel to keep it."
        self.title.show(
            f"{f'{layer.kind} {layer.name}'.strip()}: map {value.channel + 1} of "
            f"{len(layer.maps)}, row {value.row + 1}, column {value.column + 1}: "
            f"{precise(value.number)}. {hint}"
        )
