"""The page that looks inside the network."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.application import ApplicationController
from desktop_app.services.models.network_report import NetworkReport
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.gradient_panel import GradientPanel
from desktop_app.ui.widgets.layer_diagram import LayerDiagram
from desktop_app.ui.widgets.picture_grid import PictureGrid, Place
from desktop_app.ui.widgets.wrapping import WrappedLabel

DIAGRAM_WIDTH = 300
FOOT_HEIGHT = 200
KERNELS_WIDTH = 150


class LearnPage(ttk.Frame):
    """The diagram on the left; what the chosen layer does on the right."""

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, controller: ApplicationController
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._learn = learn = controller.learn
        px = appearance.px
        network = Card(self, appearance, "The network")
        network.grid(row=0, column=0, rowspan=2, sticky="ns", padx=px(12), pady=px(12))
        self._facts = ttk.Label(
            network.body,
            style="Muted.TLabel",
            justify="left",
            wraplength=appearance.column(DIAGRAM_WIDTH),
        )
        self._facts.pack(anchor="w", pady=(0, px(6)))
        self.diagram = LayerDiagram(network.body, appearance, learn.select)
        self.diagram.canvas.configure(width=appearance.column(DIAGRAM_WIDTH))
        self.diagram.pack(fill="both", expand=True)
        self._build_maps().grid(row=0, column=1, sticky="nsew", padx=(0, px(12)), pady=px(12))
        self._build_foot().grid(row=1, column=1, sticky="ew", padx=(0, px(12)), pady=(0, px(12)))
        self.columnconfigure(1, weight=1)
        self.rowconfigure(0, weight=1)
        bind_subscription(self, learn.report.subscribe(self._show_report))
        bind_subscription(self, learn.selected.subscribe(lambda _: self._show_layer()))
        bind_subscription(self, learn.inspecting.subscribe(lambda _: self._show_facts()))
        self.bind("<Map>", lambda event: self._on_visible(event, True))
        self.bind("<Unmap>", lambda event: self._on_visible(event, False))

    def _build_maps(self) -> Card:
        card = Card(self, self._appearance, "What the chosen layer sees")
        self._layer_title = WrappedLabel(card.body, style="Muted.TLabel")
        self._layer_title.pack(fill="x", pady=(0, self._appearance.px(8)))
        self.maps = PictureGrid(card.body, self._appearance, self._read)
        self.maps.pack(fill="both", expand=True)
        return card

    def _build_foot(self) -> ttk.Frame:
        px = self._appearance.px
        foot = ttk.Frame(self, height=self._appearance.column(FOOT_HEIGHT))
        # The cards keep their size, whatever the check has to say.
        foot.grid_propagate(False)
        gradients = Card(foot, self._appearance, "Gradient check")
        gradients.grid(row=0, column=0, sticky="nsew", padx=(0, px(12)))
        self.gradients = GradientPanel(gradients.body, self._appearance, self._learn)
        self.gradients.pack(fill="both", expand=True)
        kernels = Card(foot, self._appearance, "First kernels")
        kernels.grid(row=0, column=1, sticky="nsew")
        self.kernels = PictureGrid(kernels.body, self._appearance)
        self.kernels.pack(fill="both", expand=True)
        foot.columnconfigure(0, weight=1)
        foot.columnconfigure(1, weight=1, minsize=px(KERNELS_WIDTH))
        foot.rowconfigure(0, weight=1)
        return foot

    def _on_visible(self, event: tk.Event, visible: bool) -> None:
        if event.widget is self:
            self._learn.watch(visible)

    def _show_report(self, report: NetworkReport | None) -> None:
        self.diagram.show(() if report is None else report.layers)
        self.kernels.show(None if report is None else report.kernels)
        self._show_layer()
        self._show_facts()

    def _show_facts(self) -> None:
        report = self._learn.report.value
        if self._learn.inspecting.value:
            words = "Looking inside …"
        elif report is None:
            words = "Nothing to see yet."
        else:
            words = (
                f"{report.model}: {report.parameters:,} parameters. At work on the middle of "
                f"{report.picture}, noise level {report.sigma_255:.1f}."
            )
        self._facts.configure(text=words)

    def _show_layer(self) -> None:
        layer = self._learn.layer
        if layer is None:
            self._layer_title.configure(text="")
            self.maps.show(None)
            return
        self.diagram.choose(self._learn.selected.value)
        self.maps.show(layer.maps)
        self._read(None)

    def _read(self, place: Place | None) -> None:
        """Say what the pointer is on, or what the layer is in all."""
        layer = self._learn.layer
        if layer is None:
            return
        name, count = f"{layer.kind} {layer.name}".strip(), len(layer.maps)
        if place is None:
            words = (
                f"{count} {'map' if count == 1 else 'maps'}, values from {layer.lowest:.3g} to "
                f"{layer.highest:.3g}, each stretched by itself. Click one to see it large."
            )
        else:
            value = float(layer.values[place.picture, place.row, place.column])
            words = (
                f"map {place.picture + 1} of {count}, row {place.row + 1}, "
                f"column {place.column + 1}: {value:.3g}"
            )
        self._layer_title.configure(text=f"{name}: {words}")
