"""PSNR and SSIM before and after, where the clean original is known."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.quality import Measured, Quality, QualityController
from desktop_app.ui.theme.appearance import Appearance, bind_subscription

COLUMNS = ("", "PSNR", "SSIM")


class QualityPanel(ttk.Frame):
    """A small table: noisy, denoised, gain."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, quality: QualityController) -> None:
        super().__init__(parent)
        px = appearance.px
        for column, title in enumerate(COLUMNS):
            ttk.Label(self, text=title, style="Muted.TLabel").grid(
                row=0, column=column, sticky="e", padx=(px(12), 0)
            )
        self._cells: dict[str, tuple[ttk.Label, ttk.Label]] = {}
        for row, name in enumerate(("Noisy", "Denoised", "Gain"), start=1):
            style = "Good.TLabel" if name == "Gain" else "TLabel"
            ttk.Label(self, text=name).grid(row=row, column=0, sticky="w")
            psnr, ssim = ttk.Label(self, style=style), ttk.Label(self, style=style)
            psnr.grid(row=row, column=1, sticky="e", padx=(px(12), 0))
            ssim.grid(row=row, column=2, sticky="e", padx=(px(12), 0))
            self._cells[name] = psnr, ssim
        self.columnconfigure((1, 2), weight=1)
        bind_subscription(self, quality.measured.subscribe(self._show))

    def _show(self, measured: Measured | None) -> None:
        noisy = measured.noisy if measured is not None else None
        shown = measured.shown if measured is not None else None
        self._fill("Noisy", noisy)
        self._fill("Denoised", shown)
        if noisy is None or shown is None:
            self._fill("Gain", None)
            return
        psnr, ssim = self._cells["Gain"]
        gain = shown.psnr - noisy.psnr
        style = "Good.TLabel" if gain >= 0 else "Bad.TLabel"
        psnr.configure(text=f"{gain:+.2f} dB", style=style)
        ssim.configure(text=f"{shown.ssim - noisy.ssim:+.3f}", style=style)

    def _fill(self, name: str, quality: Quality | None) -> None:
        psnr, ssim = self._cells[name]
        psnr.configure(text="–" if quality is None else f"{quality.psnr:.2f} dB")
        ssim.configure(text="–" if quality is None else f"{quality.ssim:.3f}")
