"""The gradient of one output value on its way back through the layers to the photo."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.gradient_sums import INPUT, PHOTO, WEIGHT
from desktop_app.controllers.learn import LearnController
from desktop_app.services.models.network_report import GradientFlow
from desktop_app.ui.learn.charts import Bars
from desktop_app.ui.learn.gradient_checks import GradientChecks
from desktop_app.ui.learn.gradient_sums import GradientSumView
from desktop_app.ui.learn.transport import Transport
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.choice_bar import Choice, ChoiceBar
from desktop_app.ui.widgets.picture_grid import LOWEST_PHOTO, PictureGrid, Place
from desktop_app.ui.widgets.wrapping import Flow, SteadyLabel, WrappedLabel

COLOURS = ("Red", "Green", "Blue")
NARROWEST_OUTPUT, NARROWEST_MAPS = 144, 180
NARROWEST_NORMS, NARROWEST_CHECKS = 144, 290
FOOT_HEIGHT = 226
NORMS = "norms"
FEET = (
    Choice(NORMS, "", "Norms, checks", "How large it is at every layer, and if it is right"),
    Choice(INPUT, "", "Input gradient", "The sum behind a value of the maps, step by step"),
    Choice(WEIGHT, "", "Weight gradient", "The sum behind a weight's gradient, step by step"),
)


class BackwardView(ttk.Frame):
    """The output to choose from and the gradient's maps above; norms and checks below.

    Attributes:
        feet: what can stand below, by its name.
    """

    def __init__(self, parent: tk.Misc, appearance: Appearance, learn: LearnController) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._learn = learn
        self._backward = learn.backward
        px = appearance.px
        above = Flow(self, px(12))
        above.grid(row=0, column=0, sticky="nsew")
        above.add(self._build_output(above), appearance.column(NARROWEST_OUTPUT))
        above.add(self._build_maps(above), appearance.column(NARROWEST_MAPS))
        self.foot = ChoiceBar(self, appearance, FEET, self.show_foot)
        self.foot.grid(row=1, column=0, sticky="w", pady=px(6))
        self.feet: dict[str, tk.Widget] = {NORMS: self._build_norms_and_checks()}
        for kind in (INPUT, WEIGHT):
            self.feet[kind] = GradientSumView(self, appearance, learn.backward.sums, kind)
        self.show_foot(NORMS)
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self.rowconfigure(2, minsize=appearance.column(FOOT_HEIGHT))
        backward = self._backward
        bind_subscription(self, learn.report.subscribe(lambda _: self._show_output()))
        bind_subscription(self, learn.selected.subscribe(lambda _: self._show_layer()))
        bind_subscription(self, backward.flow.subscribe(self._show_flow))
        bind_subscription(self, backward.flowing.subscribe(lambda _: self._show_words()))
        bind_subscription(self, backward.playback.position.subscribe(lambda _: self._show_layer()))
        self.bind("<Map>", lambda _: self._begin())

    def _build_output(self, parent: tk.Misc) -> Card:
        card = Card(parent, self._appearance, "Choose an output value")
        self.colour = ttk.Combobox(card.tools, values=COLOURS, state="readonly", width=7)
        self.colour.current(1)
        self.colour.bind("<<ComboboxSelected>>", lambda _: self._send_back())
        self.colour.pack()
        self.words = WrappedLabel(card.body, style="Muted.TLabel")
        self.words.pack(fill="x", pady=(0, self._appearance.px(8)))
        self.output = PictureGrid(
            card.body, self._appearance, on_pick=self._pick, grows=False, lowest=LOWEST_PHOTO
        )
        self.output.pack(fill="both", expand=True)
        return card

    def _build_maps(self, parent: tk.Misc) -> Card:
        card = Card(parent, self._appearance, "Its gradient, layer by layer")
        self.transport = Transport(card.body, self._appearance, self._backward.playback, "layer")
        self.transport.pack(fill="x")
        self.layer_words = SteadyLabel(card.body, style="Muted.TLabel")
        self.layer_words.pack(fill="x", pady=(0, self._appearance.px(8)))
        self.maps = PictureGrid(
            card.body, self._appearance, self._point, lambda place: self._point(place, keep=True)
        )
        self.maps.pack(fill="both", expand=True)
        return card

    def show_foot(self, name: str) -> None:
        """Show norms and checks, or the sum behind one number of the gradient."""
        self.foot.chosen = name
        for foot in self.feet.values():
            foot.grid_remove()
        self.feet[name].grid(row=2, column=0, sticky="nsew")
        if name != NORMS:
            self._backward.sums.choose(name)

    def _build_norms_and_checks(self) -> Flow:
        appearance = self._appearance
        foot = Flow(self, appearance.px(12))
        card = Card(foot, appearance, "How large it is")
        self.norms = Bars(card.body, appearance, ("photo", "output"), self._on_bar)
        self.norms.pack(fill="both", expand=True)
        foot.add(card, appearance.column(NARROWEST_NORMS))
        card = Card(foot, appearance, "Gradient check")
        self.checks = GradientChecks(card.body, appearance, self._learn)
        self.checks.pack(fill="both", expand=True)
        foot.add(card, appearance.column(NARROWEST_CHECKS))
        return foot

    def _begin(self) -> None:
        """Follow the value in the middle, until the person chooses one."""
        report = self._learn.report.value
        if report is not None and self._backward.flow.value is None:
            height, width = report.photo.shape[:2]
            self._backward.send_back(self.colour.current(), height // 2, width // 2)

    def _point(self, place: Place | None, keep: bool = False) -> None:
        """Show where the number under the pointer comes from."""
        flow = self._backward.flow.value
        if place is None or flow is None or self._backward.flowing.value:
            return
        level = self._level(flow)
        top, left = (0, 0) if level == PHOTO else flow.layers[level].corner
        channel = (
            min(flow.place[0], len(flow.input.values) - 1) if level == PHOTO else place.picture
        )
        self._backward.sums.point(channel, top + place.row, left + place.column, keep=keep)

    def _level(self, flow: GradientFlow) -> int:
        """The layer at whose output the gradient is shown, or the photo."""
        index = min(self._learn.selected.value, len(flow.layers) - 1)
        at_photo = self._backward.playback.position.value >= len(flow.layers)
        return PHOTO if at_photo and index == 0 else index

    def _pick(self, place: Place) -> None:
        self._backward.send_back(self.colour.current(), place.row, place.column)

    def _send_back(self) -> None:
        self.colour.selection_clear()
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
        level = PHOTO if flow is None else self._level(flow)
        self._backward.sums.follow(self._learn.original.value, flow, level)
        if flow is None:
            self.layer_words.show("")
            self._show_norms()
            return
        if level == PHOTO:
            self.maps.show(flow.photo[None])
            self.layer_words.show("At the photo: these pixels move the value, this way.")
        else:
            layer = flow.layers[level]
            self.maps.show(layer.maps)
            (top, left), (high, wide) = layer.corner, layer.maps.shape[1:]
            positions = f"{layer.touched:,} position{'s' * (layer.touched != 1)}"
            self.layer_words.show(
                f"At the output of {layer.name or 'the layer'}: norm {layer.norm:.3g}, "
                f"{positions} touched. Shown: rows {top + 1} to {top + high}, "
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
