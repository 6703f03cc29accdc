"""The gradient of one output value on its way back through the layers to the photo."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.learn import LearnController
from desktop_app.services.models.network_report import GradientFlow
from desktop_app.ui.learn.charts import Bars
from desktop_app.ui.learn.gradient_checks import GradientChecks
from desktop_app.ui.learn.transport import Transport
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.picture_grid import PictureGrid, Place
from desktop_app.ui.widgets.wrapping import WrappedLabel

COLOURS = ("Red", "Green", "Blue")
FOOT_HEIGHT = 226


class BackwardView(ttk.Frame):
    """The output to choose from and the gradient's maps above; norms and checks below."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, learn: LearnController) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._learn = learn
        self._backward = learn.backward
        px = appearance.px
        self._build_output().grid(row=0, column=0, sticky="nsew", padx=(0, px(12)))
        self._build_maps().grid(row=0, column=1, sticky="nsew")
        self._build_norms().grid(row=1, column=0, sticky="nsew", padx=(0, px(12)), pady=(px(12), 0))
        card = Card(self, appearance, "Gradient check")
        card.grid(row=1, column=1, sticky="nsew", pady=(px(12), 0))
        self.checks = GradientChecks(card.body, appearance, learn)
        self.checks.pack(fill="both", expand=True)
        self.columnconfigure((0, 1), weight=1, uniform="backward")
        self.rowconfigure(0, weight=1)
        self.rowconfigure(1, minsize=appearance.column(FOOT_HEIGHT))
        backward = self._backward
        bind_subscription(self, learn.report.subscribe(lambda _: self._show_output()))
        bind_subscription(self, learn.selected.subscribe(lambda _: self._show_layer()))
        bind_subscription(self, backward.flow.subscribe(self._show_flow))
        bind_subscription(self, backward.flowing.subscribe(lambda _: self._show_words()))
        bind_subscription(self, backward.playback.position.subscribe(lambda _: self._show_layer()))
        self.bind("<Map>", lambda _: self._begin())

    def _build_output(self) -> Card:
        card = Card(self, self._appearance, "Choose an output value")
        self.colour = ttk.Combobox(card.tools, values=COLOURS, state="readonly", width=7)
        self.colour.current(1)
        self.colour.bind("<<ComboboxSelected>>", lambda _: self._send_back())
        self.colour.pack()
        self.words = WrappedLabel(card.body, style="Muted.TLabel")
        self.words.pack(fill="x", pady=(0, self._appearance.px(8)))
        self.output = PictureGrid(card.body, self._appearance, on_pick=self._pick, grows=False)
        self.output.pack(fill="both", expand=True)
        return card

    def _build_maps(self) -> Card:
        card = Card(self, self._appearance, "Its gradient, layer by layer")
        self.transport = Transport(card.body, self._appearance, self._backward.playback, "layer")
        self.transport.pack(fill="x")
        self.layer_words = WrappedLabel(card.body, style="Muted.TLabel")
        self.layer_words.pack(fill="x", pady=(0, self._appearance.px(8)))
        self.maps = PictureGrid(card.body, self._appearance)
        self.maps.pack(fill="both", expand=True)
        return card

    def _build_norms(self) -> Card:
        card = Card(self, self._appearance, "How large it is")
        self.norms = Bars(card.body, self._appearance, ("photo", "output"), self._on_bar)
        self.norms.pack(fill="both", expand=True)
        return card

    def _begin(self) -> None:
        """Follow the value in the middle, until the person chooses one."""
        report = self._learn.report.value
        if report is not None and self._backward.flow.value is None:
            height, width = report.photo.shape[:2]
            self._backward.send_back(self.colour.current(), height // 2, width // 2)

    def _pick(self, place: Place) -> None:
        self._backward.send_back(self.colour.current(), place.row, place.column)

    def _send_back(self) -> None:
        flow = self._backward.flow.value
        if flow is not None:
            self._backward.send_back(self.colour.current(), *flow.place[1:])

    def _show_output(self) -> None:
        report = self._learn.report.value
        self.output.show(None if report is None else report.denoised[None])
        if self.winfo_ismapped():
            self._begin()

    def _show_flow(self, flow: GradientFlow | None) -> None:
        if flow is None:
            self.output.outline([])
            self.maps.show(None)
        else:
            _, row, column = flow.place
            self.output.outline([(0, (row - 1, column - 1, row + 2, column + 2))])
        self._show_words()
        self._show_layer()

    def _show_words(self) -> None:
        flow = self._backward.flow.value
        if self._backward.flowing.value:
            words = "Sending its gradient back through every layer …"
        elif flow is None:
            words = "Click a pixel."
        else:
            channel, row, column = flow.place
            words = f"{COLOURS[channel]} of row {row + 1}, column {column + 1}. Click another."
        self.words.configure(text=words)

    def _show_layer(self) -> None:
        flow = self._backward.flow.value
        if flow is None:
            self.layer_words.configure(text="")
            self._show_norms()
            return
        at_photo = self._backward.playback.position.value >= len(flow.layers)
        index = min(self._learn.selected.value, len(flow.layers) - 1)
        if at_photo and index == 0:
            self.maps.show(flow.photo[None])
            self.layer_words.configure(text="At the photo: these pixels move the value, this way.")
        else:
            layer = flow.layers[index]
            self.maps.show(layer.maps)
            (top, left), (high, wide) = layer.corner, layer.maps.shape[1:]
            self.layer_words.configure(
                text=f"At the output of {layer.name or 'the layer'}: norm {layer.norm:.3g}, "
                f"{layer.touched:,} positions touched. Shown: rows {top + 1} to {top + high}, "
                f"columns {left + 1} to {left + wide}."
            )
        self._show_norms()

    def _show_norms(self) -> None:
        flow = self._backward.flow.value
        if flow is None:
            self.norms.show((), "")
            return
        norms = [layer.norm for layer in flow.layers]
        chosen = min(self._learn.selected.value, len(norms) - 1)
        words = f"norm, on a logarithmic scale; here {norms[chosen]:.3g}"
        self.norms.show(norms, words, chosen)

    def _on_bar(self, number: int) -> None:
        flow = self._backward.flow.value
        if flow is not None:
            playback = self._backward.playback
            playback.step(len(flow.layers) - 1 - number - playback.position.value)
