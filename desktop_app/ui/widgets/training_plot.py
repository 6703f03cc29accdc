"""The curves of training runs, drawn by Matplotlib inside the window."""

from __future__ import annotations

import tkinter as tk
from pathlib import Path
from tkinter import ttk
from typing import Any

from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg
from matplotlib.figure import Figure

from desktop_app.controllers.training_curves import TrainingCurves
from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette
from desktop_app.ui.widgets.training_axes import TrainingAxes

REDRAW_MS = 500
ZOOM_STEP = 1.4


class TrainingPlot(ttk.Frame):
    """Loss, PSNR and learning rate over the steps; the wheel zooms, a double click shows all."""

    def __init__(self, parent: tk.Misc, appearance: Appearance) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._curves = TrainingCurves()
        self._compared: dict[str, TrainingCurves] = {}
        self._shown_steps: tuple[float, float] | None = None
        # The canvas multiplies the resolution by the scale of the screen itself.
        self.figure = Figure(figsize=(1, 1), dpi=96)
        self._canvas = FigureCanvasTkAgg(self.figure, master=self)
        widget = self._canvas.get_tk_widget()
        widget.configure(highlightthickness=0)
        widget.pack(fill="both", expand=True)
        self.axes = TrainingAxes(self.figure)
        self._redrawing = Later(self, self._redraw, delay_ms=REDRAW_MS)
        self._canvas.mpl_connect("scroll_event", self._on_scroll)
        self._canvas.mpl_connect("button_press_event", self._on_press)
        appearance.follow(self, self._paint)

    def show(self, curves: TrainingCurves) -> None:
        """Show these curves, at most twice a second."""
        self._curves = curves
        self._redrawing.request()

    def compare(self, compared: dict[str, TrainingCurves]) -> None:
        """Show these curves, by name, beside the present ones."""
        self._compared = compared
        self._redraw()

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Draw the loss on a logarithmic or a linear scale."""
        self.axes.logarithmic = logarithmic
        self._redraw()

    def export(self, path: Path) -> None:
        """Write the plot as it is shown to a PNG file.

        Raises:
            OSError: the file cannot be written.
        """
        self.figure.savefig(path, dpi=200, facecolor=self.figure.get_facecolor())

    def _paint(self, palette: Palette) -> None:
        self.figure.set_facecolor(palette.background)
        self._canvas.get_tk_widget().configure(background=palette.background)
        self._redraw()

    def _redraw(self) -> None:
        self.axes.draw(
            self._curves, self._compared, self._appearance.palette.value, self._shown_steps
        )
        self._canvas.draw_idle()

    def _on_scroll(self, event: Any) -> None:
        if event.xdata is None:
            return
        left, right = event.inaxes.get_xlim()
        factor = 1 / ZOOM_STEP if event.step > 0 else ZOOM_STEP
        self._shown_steps = (
            event.xdata - (event.xdata - left) * factor,
            event.xdata + (right - event.xdata) * factor,
        )
        self._redraw()

    def _on_press(self, event: Any) -> None:
        if event.dblclick:
            self._shown_steps = None
            self._redraw()
