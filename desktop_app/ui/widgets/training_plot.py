"""The curves of a training run, drawn by Matplotlib inside the window."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from matplotlib.axes import Axes
from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg
from matplotlib.figure import Figure

from desktop_app.controllers.training_curves import TrainingCurves, decimated
from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette

REDRAW_MS = 500


class TrainingPlot(ttk.Frame):
    """Training loss above, PSNR on the validation pictures below."""

    def __init__(self, parent: tk.Misc, appearance: Appearance) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._curves = TrainingCurves()
        self._logarithmic = True
        # The canvas multiplies the resolution by the scale of the screen itself.
        self.figure = Figure(figsize=(1, 1), dpi=96)
        self._canvas = FigureCanvasTkAgg(self.figure, master=self)
        self._canvas.get_tk_widget().configure(highlightthickness=0)
        self._canvas.get_tk_widget().pack(fill="both", expand=True)
        self._loss, self._psnr = self.figure.subplots(2, 1, sharex=True)
        self._redrawing = Later(self, self._redraw, delay_ms=REDRAW_MS)
        appearance.follow(self, self._paint)

    def show(self, curves: TrainingCurves) -> None:
        """Show these curves, at most twice a second."""
        self._curves = curves
        self._redrawing.request()

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Draw the loss on a logarithmic or a linear scale."""
        self._logarithmic = logarithmic
        self._redraw()

    def _paint(self, palette: Palette) -> None:
        self.figure.set_facecolor(palette.background)
        self._canvas.get_tk_widget().configure(background=palette.background)
        self._redraw()

    def _redraw(self) -> None:
        palette = self._appearance.palette.value
        for axes in (self._loss, self._psnr):
            _clear(axes, palette)
        curves = self._curves
        blue, orange = palette.series[:2]
        if curves.steps:
            steps, losses = decimated(curves.steps, curves.losses)
            self._loss.plot(steps, losses, color=blue, alpha=0.3, linewidth=0.8, label="each step")
            steps, smoothed = decimated(curves.steps, curves.smoothed)
            self._loss.plot(steps, smoothed, color=blue, linewidth=1.6, label="smoothed")
            self._loss.legend(
                frameon=False, fontsize=8, labelcolor=palette.muted, loc="upper right"
            )
            if self._logarithmic and min(losses) > 0:
                self._loss.set_yscale("log")
        if curves.psnr:
            self._psnr.plot(curves.checked_steps, curves.psnr, "o-", color=orange, markersize=3.5)
        if curves.best is not None:
            self._mark_best(curves, curves.best, palette)
        if not curves.steps:
            self._invite(palette)
        if not curves.psnr:
            self._psnr.set_yticks([])
        self._loss.set_ylabel("Training loss", color=palette.muted, fontsize=9)
        self._psnr.set_ylabel("Validation PSNR (dB)", color=palette.muted, fontsize=9)
        self._psnr.set_xlabel("Step", color=palette.muted, fontsize=9)
        self.figure.subplots_adjust(left=0.12, right=0.97, top=0.97, bottom=0.1, hspace=0.12)
        self._canvas.draw_idle()

    def _invite(self, palette: Palette) -> None:
        """Say what will stand here instead of drawing empty axes with meaningless numbers."""
        self._loss.set_yticks([])
        self._psnr.set_xticks([])
        self._loss.text(
            0.5,
            0.5,
            "The curves grow here while a network learns.",
            transform=self._loss.transAxes,
            ha="center",
            color=palette.muted,
            fontsize=10,
        )

    def _mark_best(self, curves: TrainingCurves, best: int, palette: Palette) -> None:
        step, psnr = curves.checked_steps[best], curves.psnr[best]
        self._psnr.plot([step], [psnr], "o", color=palette.good, markersize=7)
        self._psnr.annotate(
            f"best {psnr:.2f} dB",
            (step, psnr),
            xytext=(0, -14),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=palette.good,
        )


def _clear(axes: Axes, palette: Palette) -> None:
    axes.clear()
    axes.set_facecolor(palette.background)
    axes.grid(color=palette.border, linewidth=0.6)
    axes.tick_params(which="both", colors=palette.muted, labelsize=8)
    axes.margins(x=0.02, y=0.12)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(palette.border)
