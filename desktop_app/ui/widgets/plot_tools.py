"""What stands above the plot of a training: its two tabs, and buttons for what is shown."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.choice_bar import Choice, ChoiceBar
from desktop_app.ui.widgets.icon_button import IconButton
from desktop_app.ui.widgets.tooltip import Tooltip
from desktop_app.ui.widgets.training_plot import TrainingPlot

CURVES, LAYERS = "curves", "layers"
TABS = (
    Choice(CURVES, "", "Curves", "Loss, PSNR and learning rate over the steps"),
    Choice(LAYERS, "", "Layers", "Gradient norm and weights of every layer over the steps"),
)
NAME_WIDTH = 22
UNKNOWN = "First layer"


class PlotTools:
    """Fills the header of the plot's card.

    Args:
        card: around the plot.
        on_numbers, on_picture: called when the numbers or the picture are to be exported.

    Attributes:
        tabs: curves or layers.
        layer: chooses the layer whose weights are shown.
    """

    def __init__(
        self,
        card: Card,
        appearance: Appearance,
        plot: TrainingPlot,
        on_numbers: Callable[[], object],
        on_picture: Callable[[], object],
    ) -> None:
        self._plot = plot
        gap = appearance.px(8)
        self.tabs = ChoiceBar(card.header, appearance, TABS, lambda _: self._show_tab())
        self.tabs.pack(side="left", padx=(gap, 0))
        for icon, explanation, command in (
            ("table", "Export the numbers as CSV", on_numbers),
            ("save", "Export the plot as PNG", on_picture),
            ("fit", "Show all steps (double click, or 0)", plot.navigation.show_all),
            ("zoom-out", "Show more steps (wheel, or minus)", plot.navigation.zoom_out),
            ("zoom-in", "Show fewer steps (wheel, or plus)", plot.navigation.zoom_in),
        ):
            IconButton(card.tools, appearance, icon, explanation, command).pack(side="right")
        place = ttk.Frame(card.tools)
        place.pack(side="right", padx=gap)
        self._logarithmic = tk.BooleanVar(place, True)
        self.scale = ttk.Checkbutton(
            place,
            text="Log scale",
            variable=self._logarithmic,
            style="Switch.TCheckbutton",
            command=lambda: plot.set_logarithmic(self._logarithmic.get()),
        )
        Tooltip(self.scale, appearance, "Draw the loss on a logarithmic scale")
        self.layer = ttk.Combobox(place, state="readonly", width=NAME_WIDTH)
        self.layer.bind("<<ComboboxSelected>>", lambda _: self._show_layer())
        plot.bind("<<Drawn>>", lambda _: self._list_layers())
        Tooltip(self.layer, appearance, "Whose weights are shown, and whose gradient is thick")
        self._show_tab()

    def _show_tab(self) -> None:
        layers = self.tabs.chosen == LAYERS
        shown, hidden = (self.layer, self.scale) if layers else (self.scale, self.layer)
        hidden.pack_forget()
        shown.pack()
        if layers:
            self._list_layers()
            self._show_layer()
        else:
            self._plot.show_layers(None)

    def _list_layers(self) -> None:
        """Offer the layers of the run that is shown now; they become known while it learns."""
        names = self._plot.layer_names or (UNKNOWN,)
        if names != self.layer.cget("values"):
            chosen = self.layer.current()
            self.layer.configure(values=names)
            self.layer.current(min(max(0, chosen), len(names) - 1))

    def _show_layer(self) -> None:
        self.layer.selection_clear()
        self._plot.show_layers(self.layer.current())
