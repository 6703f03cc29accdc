"""The column beside the viewer: everything that is done to the picture."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import Any

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.document import Document
from desktop_app.controllers.progress import Progress
from desktop_app.controllers.quality import Measured, Quality, QualityController
from desktop_app.services.pictures.development import Development
from desktop_app.ui.commands import Commands
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.adapt_panel import AdaptPanel
from desktop_app.ui.widgets.card import Card, FoldedCard
from desktop_app.ui.widgets.denoising_sliders import LevelFigure, LevelPanel, StrengthPanel
from desktop_app.ui.widgets.development_panel import DevelopmentPanel
from desktop_app.ui.widgets.model_panel import DevicePanel, ModelPanel
from desktop_app.ui.widgets.noise_maker import NoiseMaker
from desktop_app.ui.widgets.scrolled_frame import ScrolledFrame
from desktop_app.ui.widgets.tooltip import Tooltip
from desktop_app.ui.widgets.wrapping import SteadyLabel

WIDTH = 286


COLUMNS = ("", "PSNR", "SSIM")


class Inspector(ttk.Frame):
    """Model and noise level, the Denoise button, strength, synthetic noise."""

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        controller: ApplicationController,
        commands: Commands,
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._foot = ttk.Frame(self, padding=(px(10), px(8), px(14), px(10)))
        self._foot.pack(side="bottom", fill="x")
        self.denoise_button = ttk.Button(
            self._foot, text="Denoise", style="Accent.TButton", command=commands["denoise"].run
        )
        Tooltip(self.denoise_button, appearance, commands["denoise"].explanation)
        self.progress = ProgressStrip(self._foot, appearance, commands["cancel"].run)
        scrolled = ScrolledFrame(self, appearance, WIDTH)
        scrolled.pack(fill="both", expand=True)
        column = scrolled.inside

        self._card_place: dict[str, Any] = {
            "fill": "x",
            "padx": (px(8), px(12)),
            "pady": (px(8), 0),
        }

        def card(title: str) -> Card:
            created = Card(column, appearance, title)
            created.pack(**self._card_place)
            return created

        network = card("Remove noise")
        self.model = ModelPanel(
            network.body,
            appearance,
            controller.models,
            commands["model-card"].run,
            commands["open-model"].run,
            controller.denoising,
        )
        self.model.pack(fill="x")
        self.level = LevelPanel(network.body, appearance, controller.denoising)
        self.level.pack(fill="x", pady=(px(10), 0))
        self.adapt = AdaptPanel(network.body, appearance, controller.training, commands["adapt"])
        self.adapt.pack(fill="x", pady=(px(8), 0))
        self._adjust = card("Adjust the result")
        self.strength = StrengthPanel(self._adjust.body, appearance, controller)
        self.strength.pack(fill="x")
        self.development_card = self._folded(
            column, appearance, controller, "Development of the RAW file"
        )
        self.development = DevelopmentPanel(
            self.development_card.body, appearance, controller.development.choose
        )
        self.development.pack(fill="x")
        self.details = self._folded(column, appearance, controller, "Details")
        self.device = DevicePanel(self.details.body, appearance, controller)
        self.device.pack(fill="x")
        LevelFigure(self.details.body, controller.denoising).pack(fill="x", pady=(px(8), 0))
        self.clean = self._folded(column, appearance, controller, "Add noise to a clean photo")
        self.noise = NoiseMaker(
            self.clean.body, appearance, controller.noising, controller.context.tell
        )
        self.noise.pack(fill="x")
        self._quality = card("Measured quality")
        QualityPanel(self._quality.body, appearance, controller.quality).pack(fill="x")
        scrolled.watch_focus()
        bind_subscription(self, controller.denoising.progress.subscribe(self._show_progress))
        bind_subscription(self, controller.changed.subscribe(self._show_document))
        bind_subscription(self, controller.development.choices.subscribe(self._show_development))

    def _folded(
        self,
        column: ttk.Frame,
        appearance: Appearance,
        controller: ApplicationController,
        title: str,
    ) -> FoldedCard:
        created = FoldedCard(column, appearance, title, controller.context)
        created.pack(**self._card_place)
        return created

    def _show_progress(self, progress: Progress | None) -> None:
        if progress is None:
            self.progress.rest()
            self.progress.pack_forget()
            self.denoise_button.pack(fill="x")
        else:
            self.denoise_button.pack_forget()
            self.progress.show(progress)
            self.progress.pack(fill="x")

    def _show_development(self, choices: Development | None) -> None:
        if choices is None:
            self.development_card.pack_forget()
            return
        self.development.show(choices)
        if not self.development_card.winfo_manager():
            self.development_card.pack(**self._card_place, after=self._adjust)

    def _show_document(self, document: Document | None) -> None:
        self.adapt.refresh()
        self.denoise_button.state(["disabled" if document is None else "!disabled"])
        if document is None or document.state.value.truth is None:
            self._quality.pack_forget()
        elif not self._quality.winfo_manager():
            self._quality.pack(**self._card_place, before=self._adjust)
        if document is not None:
            again = document.state.value.denoised is not None
            self.denoise_button.configure(text="Denoise again" if again else "Denoise")


class ProgressStrip(ttk.Frame):
    """Shows a :class:`Progress`; the parent packs it, :meth:`show` lets it appear and vanish."""

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, on_cancel: Callable[[], object]
    ) -> None:
        super().__init__(parent)
        self._sentence = SteadyLabel(self, style="Muted.TLabel")
        self._bar = ttk.Progressbar(self, maximum=1.0)
        self.cancel_button = ttk.Button(self, text="Cancel", command=on_cancel)
        self._sentence.grid(row=0, column=0, sticky="ew", padx=(0, appearance.px(10)))
        self._bar.grid(row=1, column=0, sticky="ew", padx=(0, appearance.px(10)))
        self.cancel_button.grid(row=0, column=1, rowspan=2, sticky="e")
        self.columnconfigure(0, weight=1)

    def show(self, progress: Progress) -> None:
        """Show how far the work is; a bar without a fraction runs to and fro."""
        self._sentence.show(progress.sentence)
        if progress.fraction is None:
            if str(self._bar.cget("mode")) != "indeterminate":
                self._bar.configure(mode="indeterminate")
                self._bar.start(20)
        else:
            if str(self._bar.cget("mode")) != "determinate":
                self._bar.stop()
                self._bar.configure(mode="determinate")
            self._bar.configure(value=progress.fraction)

    def rest(self) -> None:
        """Stop the bar's movement."""
        self._bar.stop()


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
