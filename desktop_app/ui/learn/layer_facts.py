"""What the chosen layer says of itself: what it does and why, its equation, sizes and cost."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.learn import LearnController
from desktop_app.services.models.network_report import LayerReport
from desktop_app.ui.dialogs.dialog import Dialog
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.wrapping import SteadyFrame, WrappedLabel

PAGE_WIDTH = 560


class LayerFacts(ttk.Frame):
    """A few lines, and a button that leads to the layer's page."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, learn: LearnController) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._learn = learn
        px = appearance.px
        # The diagram above keeps its place while one layer after the other is shown.
        texts = SteadyFrame(self)
        texts.pack(fill="x")
        self.purpose = WrappedLabel(texts.inside, style="Caption.TLabel")
        self.purpose.pack(fill="x")
        self.equation = WrappedLabel(texts.inside, style="Caption.TLabel")
        self.equation.pack(fill="x", pady=px(4))
        self.figures = WrappedLabel(texts.inside, style="Muted.TLabel")
        self.figures.pack(fill="x")
        self.page = ttk.Button(self, text="Its page …", command=self._open_page)
        self.page.pack(anchor="w", pady=(px(6), 0))
        for observable in (learn.report, learn.selected):
            bind_subscription(self, observable.subscribe(lambda _: self._show()))

    def _show(self) -> None:
        layer = self._learn.layer
        self.page.state(["!disabled" if layer is not None else "disabled"])
        if layer is None:
            return
        self.purpose.configure(text=layer.purpose)
        self.equation.configure(text=layer.equation)
        self.figures.configure(text=cost_words(layer))

    def _open_page(self) -> None:
        layer = self._learn.layer
        if layer is not None and not self._learn.open_page():
            LayerPage(self.winfo_toplevel(), self._appearance, layer).ask()


class LayerPage(Dialog):
    """What the documentation says of a layer, where its web page is not at hand."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, layer: LayerReport) -> None:
        super().__init__(parent, appearance, layer.kind)
        px = appearance.px
        ttk.Label(self.body, text=layer.kind, style="Heading.TLabel").pack(anchor="w")
        ttk.Label(
            self.body,
            text=layer.documentation,
            justify="left",
            wraplength=appearance.column(PAGE_WIDTH),
        ).pack(anchor="w", pady=px(10))
        self.add_buttons([("close", "Close")], default="close")


def cost_words(layer: LayerReport) -> str:
    """Say sizes, parameters and cost of a layer."""
    given, made = (
        "×".join(str(size) for size in shape) for shape in (layer.input_shape, layer.output_shape)
    )
    parts = [f"{given} → {made}"]
    if layer.parameters:
        parts.append(f"{layer.parameters:,} parameters")
    count = layer.multiply_adds
    parts.append(f"{count / 1e6:,.1f} million multiply-adds" if count else "no multiply-adds")
    return ", ".join(parts)
