"""The gradient of one output value on its way back through the layers to the photo."""

from __future__ import annotations

import math
import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.learn import LearnController
from desktop_app.services.models.network_report import GradientFlow
from desktop_app.ui.later import Later
from desktop_app.ui.learn.gradient_checks import GradientChecks
from desktop_app.ui.learn.number_grid import CAPTION
from desktop_app.ui.learn.transport import Transport
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.theme.palette import Palette
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.picture_grid import PictureGrid, Place
from desktop_app.ui.widgets.wrapping import WrappedLabel

COLOURS = ("Red", "Green", "Blue")
FOOT_HEIGHT = 226
DECADES = 4
"""How many powers of ten the bars of norms span at most."""


class BackwardView(ttk.Frame):
    """The output to choose from and the gradient's maps above; norms and checks below."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, learn: LearnController) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._learn = learn
        self._backward = learn.backward
        self._drawing = Later(self, self._draw_norms)
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
        self.norms = tk.Canvas(card.body, highlightthickness=0, borderwidth=0, width=1, height=1)
        self.norms.pack(fill="both", expand=True)
        self.norms.bind("<Configure>", lambda _: self._drawing.request())
        self.norms.bind("<Button-1>", self._on_bar)
        self._appearance.follow(self.norms, self._paint)
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
            self._drawing.request()
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
        self._drawing.request()

    # Norms --------------------------------------------------------------------------------------

    def _paint(self, palette: Palette) -> None:
        self.norms.configure(background=palette.background)
        self._drawing.request()

    def _draw_norms(self) -> None:
        canvas, palette = self.norms, self._appearance.palette.value
        canvas.delete("all")
        flow = self._backward.flow.value
        width, height = canvas.winfo_width(), canvas.winfo_height()
        if flow is None or width <= 1:
            return
        line = self._appearance.column(16)
        logs = [math.log10(max(layer.norm, 1e-30)) for layer in flow.layers]
        top = max(logs)
        low = max(min(logs), top - DECADES) - 0.1
        step, room = width / len(logs), height - 2 * line
        for number, value in enumerate(logs):
            share = max(0.02, (value - low) / ((top - low) or 1.0))
            chosen = number == self._learn.selected.value
            canvas.create_rectangle(
                number * step + 1,
                line + room * (1 - share),
                max((number + 1) * step - 1, number * step + 2),
                line + room,
                fill=palette.accent if chosen else palette.muted,
                width=0,
            )
        chosen_layer = flow.layers[min(self._learn.selected.value, len(logs) - 1)]
        words = f"norm, on a logarithmic scale; here {chosen_layer.norm:.3g}"
        canvas.create_text(0, 0, anchor="nw", text=words, fill=palette.muted, font=CAPTION)
        canvas.create_text(0, height, anchor="sw", text="photo", fill=palette.muted, font=CAPTION)
        canvas.create_text(
            width, height, anchor="se", text="output", fill=palette.muted, font=CAPTION
        )
        canvas.create_line(
            self._appearance.column(150),
            height - line / 2,
            self._appearance.column(60),
            height - line / 2,
            fill=palette.muted,
            arrow="last",
        )

    def _on_bar(self, event: tk.Event) -> None:
        flow = self._backward.flow.value
        if flow is not None:
            index = event.x * len(flow.layers) // max(1, self.norms.winfo_width())
            self._backward.playback.step(
                len(flow.layers) - 1 - index - self._backward.playback.position.value
            )
