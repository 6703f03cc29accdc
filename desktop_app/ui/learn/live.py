"""Training before one's eyes: everything that changes while a tiny network learns."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.live_training import LiveTrainingController
from desktop_app.services.training.live_update import NETWORKS, LiveUpdate
from desktop_app.ui.learn.charts import Bars, LossCurve
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.labelled_slider import LabelledSlider
from desktop_app.ui.widgets.picture_grid import PictureGrid
from desktop_app.ui.widgets.wrapping import WrappedLabel

WIDTH = 236
RATES = -40, 10
"""Tenths of a power of ten: from 0.0001 to 10."""

LOWEST = 72
"""Height that pictures ask for: low, since all that changes is to be seen at once."""

TITLES = ("Noisy", "Denoised", "Clean")
BUTTONS = {"idle": "Learn", "learning": "Pause", "paused": "Go on", "ended": "Learn anew"}


class LiveView(ttk.Frame):
    """Settings on the left; photo, curves, kernels and maps on the right."""

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, live: LiveTrainingController
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._live = live
        px = appearance.px
        self._build_settings().grid(row=0, column=0, rowspan=3, sticky="ns", padx=(0, px(12)))
        self._build_photo().grid(row=0, column=1, columnspan=2, sticky="nsew")
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
        self.layer.bind("<<ComboboxSelected>>", lambda _: live.change(layer=self.layer.current()))
        self.layer.pack()
        self.maps = PictureGrid(maps.body, appearance, lowest=LOWEST)
        self.maps.pack(fill="both", expand=True)
        self.columnconfigure((1, 2), weight=1, uniform="live")
        self.rowconfigure(0, weight=4, uniform="live")
        self.rowconfigure((1, 2), weight=3, uniform="live")
        self.drawn = 0
        bind_subscription(self, live.update.subscribe(self._show))
        bind_subscription(self, live.state.subscribe(self._show_state))
        bind_subscription(self, live.explanation.subscribe(self._explain))
        self.bind("<Unmap>", lambda event: live.pause() if event.widget is self else None)

    def _card(
        self, title: str, row: int, column: int, padx: int | tuple[int, int], pady: tuple[int, int]
    ) -> Card:
        card = Card(self, self._appearance, title)
        card.grid(row=row, column=column, sticky="nsew", padx=padx, pady=pady)
        return card

    def _build_settings(self) -> Card:
        appearance, live, px = self._appearance, self._live, self._appearance.px
        card = Card(self, appearance, "Train before your eyes")
        self.network = ttk.Combobox(card.body, values=NETWORKS, state="readonly")
        self.network.set(live.network)
        self.network.bind("<<ComboboxSelected>>", lambda _: live.choose_network(self.network.get()))
        self.network.pack(fill="x")
        row = ttk.Frame(card.body)
        row.pack(fill="x", pady=px(8))
        self.toggle = ttk.Button(row, style="Accent.TButton", command=live.toggle)
        self.toggle.grid(row=0, column=0, sticky="ew", padx=(0, px(6)))
        self.reset = ttk.Button(row, text="Reset", command=live.reset)
        self.reset.grid(row=0, column=1, sticky="ew")
        row.columnconfigure((0, 1), weight=1, uniform="buttons")
        first, last = RATES
        settings = live.settings
        self.sliders = {}
        for name, low, high, value, words, change in (
            (
                "Learning rate",
                first,
                last,
                -10,
                lambda tenths: f"{10 ** (tenths / 10):.2g}",
                lambda tenths: live.change(rate=10 ** (tenths / 10)),
            ),
            (
                "Momentum",
                0,
                99,
                round(100 * settings.momentum),
                lambda percent: f"{percent / 100:.2f}",
                lambda percent: live.change(momentum=percent / 100),
            ),
            (
                "Patches a step",
                1,
                64,
                settings.batch,
                str,
                lambda count: live.change(batch=count),
            ),
            (
                "Noise",
                0,
                75,
                round(settings.sigma_255),
                str,
                lambda sigma: live.change(sigma_255=float(sigma)),
            ),
        ):
            slider = LabelledSlider(card.body, name, low, high, value, words, change)
            slider.pack(fill="x", pady=(px(6), 0))
            self.sliders[name] = slider
        self.words = WrappedLabel(card.body)
        self.words.pack(fill="x", pady=(px(12), 0))
        ttk.Frame(card.body, width=appearance.column(WIDTH)).pack()
        return card

    def _build_photo(self) -> Card:
        card = Card(self, self._appearance, "The photo")
        self.figures = ttk.Label(card.header, style="Muted.TLabel", width=1)
        self.figures.pack(side="left", fill="x", expand=True, padx=(self._appearance.px(12), 0))
        self.pictures = []
        for column, title in enumerate(TITLES):
            label = ttk.Label(card.body, text=title, style="Muted.TLabel")
            label.grid(row=0, column=column, sticky="w")
            grid = PictureGrid(card.body, self._appearance, grows=False, lowest=LOWEST)
            grid.grid(row=1, column=column, sticky="nsew")
            card.body.columnconfigure(column, weight=1, uniform="photo")
            self.pictures.append(grid)
        card.body.rowconfigure(1, weight=1)
        return card

    def _show(self, update: LiveUpdate | None) -> None:
        self.loss.show(self._live.losses)
        if update is None:
            for grid in (*self.pictures, self.kernels, self.maps):
                grid.show(None)
            self.norms.show((), "")
            self.figures.configure(text="")
            return
        shown = (update.noisy, update.denoised, update.clean)
        for grid, picture in zip(self.pictures, shown, strict=True):
            grid.show(picture[None])
        self.kernels.show(update.kernels)
        self.maps.show(update.maps)
        norms = [norm for _, norm in update.norms]
        words = "  ".join(f"{name}: {norm:.1e}" for name, norm in update.norms)
        self.norms.show(norms, words)
        self.figures.configure(
            text=f"step {update.step:,}: {update.psnr:.2f} dB, {update.parameters:,} parameters"
        )
        if self.layer.cget("values") != update.layers:
            self.layer.configure(values=update.layers)
            self.layer.current(min(self._live.settings.layer, len(update.layers) - 1))
        self.drawn += 1

    def _show_state(self, state: str) -> None:
        self.toggle.configure(text=BUTTONS[state])
        self.reset.state(["disabled" if state == "idle" else "!disabled"])
        self._explain(self._live.explanation.value)

    def _explain(self, explanation: str) -> None:
        if explanation:
            self.words.configure(text=explanation, style="Bad.TLabel")
        else:
            self.words.configure(
                text="The network learns to remove noise from the middle of the photo. Move the "
                "sliders meanwhile; a rate that is too high is instructive.",
                style="Muted.TLabel",
            )
