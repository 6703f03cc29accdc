"""Training before one's eyes: everything that changes while a tiny network learns."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import ttk

from desktop_app.controllers.live_training import LiveTrainingController
from desktop_app.services.training.live_update import LiveUpdate
from desktop_app.ui.learn.charts import Bars, LossCurve
from desktop_app.ui.learn.live_settings import LiveSettingsCard
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.picture_grid import PictureGrid

LOWEST = 72
"""Height that pictures ask for: low, since all that changes is to be seen at once."""

TITLES = ("Noisy", "Denoised", "Original")


class LiveView(ttk.Frame):
    """Settings on the left; pictures, curves, kernels and maps on the right.

    Args:
        choose_folder: asks for a folder of pictures; ``None`` if the person changed their mind.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        live: LiveTrainingController,
        choose_folder: Callable[[], Path | None],
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._live = live
        px = appearance.px
        self.settings = LiveSettingsCard(self, appearance, live, choose_folder)
        self.settings.grid(row=0, column=0, rowspan=3, sticky="ns", padx=(0, px(12)))
        self._build_pictures().grid(row=0, column=1, columnspan=2, sticky="nsew")
        gap = (px(12), 0)
        loss = self._card("Loss", 1, 1, (0, px(12)), gap)
        self.loss = LossCurve(loss.body, appearance)
        self.loss.pack(fill="both", expand=True)
        norms = self._card("Gradient of each layer", 1, 2, 0, gap)
        self.norms = Bars(norms.body, appearance, ("first layer", "last"))
        self.norms.pack(fill="both", expand=True)
        kernels = self._card("First kernels", 2, 1, (0, px(12)), gap)
        self.kernels = PictureGrid(kernels.body, appearance, lowest=LOWEST)
        self.kernels.pack(fill="both", expand=True)
        maps = self._card("Maps", 2, 2, 0, gap)
        self.layer = ttk.Combobox(maps.tools, state="readonly", width=14)
        self.layer.bind("<<ComboboxSelected>>", lambda _: self._choose_layer())
        self.layer.pack()
        self.maps = PictureGrid(maps.body, appearance, lowest=LOWEST)
        self.maps.pack(fill="both", expand=True)
        self.columnconfigure((1, 2), weight=1, uniform="live")
        self.rowconfigure(0, weight=4, uniform="live")
        self.rowconfigure((1, 2), weight=3, uniform="live")
        self.drawn = 0
        bind_subscription(self, live.update.subscribe(self._show))
        self.bind("<Map>", lambda event: self._on_visible(event, True))
        self.bind("<Unmap>", lambda event: self._on_visible(event, False))

    def _card(
        self, title: str, row: int, column: int, padx: int | tuple[int, int], pady: tuple[int, int]
    ) -> Card:
        card = Card(self, self._appearance, title)
        card.grid(row=row, column=column, sticky="nsew", padx=padx, pady=pady)
        return card

    def _build_pictures(self) -> Card:
        card, px = Card(self, self._appearance, "What it can do so far"), self._appearance.px
        self.figures = ttk.Label(card.header, style="Muted.TLabel", width=1)
        self.figures.pack(side="left", fill="x", expand=True, padx=(px(12), 0))
        self.pictures = []
        for column, title in enumerate(TITLES):
            label = ttk.Label(card.body, text=title, style="Muted.TLabel")
            gap = (0, px(12))
            label.grid(row=0, column=column, sticky="w", padx=gap)
            grid = PictureGrid(card.body, self._appearance, grows=False, lowest=LOWEST)
            grid.grid(row=1, column=column, sticky="nsew", padx=gap)
            card.body.columnconfigure(column, weight=1, uniform="photo")
            self.pictures.append(grid)
        card.body.rowconfigure(1, weight=1)
        return card

    def _show(self, update: LiveUpdate | None) -> None:
        self.loss.show(self._live.losses, 0 if update is None else update.step)
        if update is None:
            for grid in (*self.pictures, self.kernels, self.maps):
                grid.show(None)
            self.norms.show((), "")
            self.figures.configure(text="")
            return
        shown = (update.noisy, update.denoised, update.clean)
        for grid, pictures in zip(self.pictures, shown, strict=True):
            grid.show(pictures)
        self.kernels.show(update.kernels)
        self.maps.show(update.maps)
        # Before the first step there is no gradient yet.
        norms = update.norms if update.step else ()
        words = "  ".join(f"{name}: {norm:.1e}" for name, norm in norms)
        self.norms.show([norm for _, norm in norms], words)
        self.figures.configure(text=_figures(update))
        if self.layer.cget("values") != update.layers:
            self.layer.configure(values=update.layers)
            self.layer.current(min(self._live.settings.layer, len(update.layers) - 1))
        self.drawn += 1

    def _choose_layer(self) -> None:
        self.layer.selection_clear()
        self._live.change(layer=self.layer.current())

    def _on_visible(self, event: tk.Event, visible: bool) -> None:
        if event.widget is self:
            self._live.watch(visible)


def _figures(update: LiveUpdate) -> str:
    """Say how far the network is."""
    before, after = (
        f"{psnr:.2f}" if math.isfinite(psnr) else "?" for psnr in (update.psnr_before, update.psnr)
    )
    return f"step {update.step:,}: {before} → {after} dB"
