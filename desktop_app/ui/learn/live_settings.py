"""The settings of a live training: what it learns from, which network, how; and what it says."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import ttk

from desktop_app.controllers.live_training import LiveTrainingController
from desktop_app.services.training.live_update import (
    FOLDER,
    NETWORKS,
    PHOTO,
    SAMPLE,
    LiveSource,
    LiveUpdate,
)
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.labelled_slider import LabelledSlider
from desktop_app.ui.widgets.tooltip import Tooltip
from desktop_app.ui.widgets.wrapping import WrappedLabel

WIDTH = 236
RATES = -40, 10
"""Tenths of a power of ten: from 0.0001 to 10."""

BUTTONS = {"idle": "Learn", "learning": "Pause", "paused": "Go on", "ended": "Learn anew"}
SOURCES = {PHOTO: "The open photo", SAMPLE: "Thumbnails: the sample"}
OTHER_FOLDER = "Thumbnails: a folder …"


class LiveSettingsCard(Card):
    """Choices, buttons and sliders; below them, what to know about it, or why it ended.

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
        super().__init__(parent, appearance, "Train before your eyes")
        self._live = live
        self._choose_folder = choose_folder
        px = appearance.px
        self._gap = px(6)
        self.source = self._choice("Learn from", self._on_source)
        Tooltip(
            self.source,
            appearance,
            "Thumbnails are learned from as in the paper: one noisy shot predicts another",
        )
        self.network = self._choice("Network", lambda: live.choose_network(self.network.get()))
        self.network.configure(values=NETWORKS)
        self.network.set(live.network)
        self.parameters = ttk.Label(self.body, style="Muted.TLabel")
        self.parameters.pack(anchor="w")
        row = ttk.Frame(self.body)
        row.pack(fill="x", pady=(px(6), px(2)))
        self.toggle = ttk.Button(row, style="Accent.TButton", command=live.toggle)
        self.toggle.grid(row=0, column=0, sticky="ew", padx=(0, px(6)))
        self.reset = ttk.Button(row, text="Reset", command=live.reset)
        self.reset.grid(row=0, column=1, sticky="ew")
        row.columnconfigure((0, 1), weight=1, uniform="buttons")
        self.sliders: dict[str, LabelledSlider] = {}
        self._build_sliders()
        self.words = WrappedLabel(self.body)
        self.words.pack(fill="x", pady=(px(12), 0))
        ttk.Frame(self.body, width=appearance.column(WIDTH)).pack()
        bind_subscription(self, live.source.subscribe(self._show_source))
        bind_subscription(self, live.state.subscribe(self._show_state))
        bind_subscription(self, live.explanation.subscribe(lambda _: self._explain()))
        bind_subscription(self, live.update.subscribe(self._show_update))

    def _choice(self, name: str, on_choice: Callable[[], object]) -> ttk.Combobox:
        ttk.Label(self.body, text=name).pack(anchor="w")
        box = ttk.Combobox(self.body, state="readonly")
        box.bind("<<ComboboxSelected>>", lambda _: box.selection_clear())
        box.bind("<<ComboboxSelected>>", lambda _: on_choice(), add="+")
        box.pack(fill="x", pady=(0, self._gap))
        return box

    def _build_sliders(self) -> None:
        live, settings = self._live, self._live.settings
        first, last = RATES
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
            slider = LabelledSlider(self.body, name, low, high, value, words, change)
            slider.pack(fill="x", pady=(self._gap, 0))
            self.sliders[name] = slider

    def _offered(self) -> list[LiveSource]:
        """Return the sources that can be chosen without choosing a folder first."""
        folder = self._live.source.value.folder or self._live.folder
        own = [] if folder is None else [LiveSource(FOLDER, folder)]
        return [LiveSource(PHOTO), LiveSource(SAMPLE), *own]

    def _on_source(self) -> None:
        offered, chosen = self._offered(), self.source.current()
        if chosen < len(offered):
            self._live.choose_source(offered[chosen])
            return
        folder = self._choose_folder()
        if folder is None:
            self._show_source(self._live.source.value)
        else:
            self._live.choose_source(LiveSource(FOLDER, folder))

    def _show_source(self, source: LiveSource) -> None:
        offered = self._offered()
        names = [
            f"Thumbnails: {one.folder.name}" if one.folder else SOURCES[one.kind] for one in offered
        ]
        self.source.configure(values=[*names, OTHER_FOLDER])
        self.source.current(offered.index(source))
        self._explain()

    def _show_state(self, state: str) -> None:
        self.toggle.configure(text=BUTTONS[state])
        update = self._live.update.value
        unchanged = state == "idle" and (update is None or update.step == 0)
        self.reset.state(["disabled" if unchanged else "!disabled"])

    def _show_update(self, update: LiveUpdate | None) -> None:
        if update is not None:
            self.parameters.configure(text=f"{update.parameters:,} parameters")
        self._explain()

    def _explain(self) -> None:
        explanation = self._live.explanation.value
        if explanation:
            self.words.configure(text=explanation, style="Bad.TLabel")
        else:
            self.words.configure(text=self._task(), style="Muted.TLabel")

    def _task(self) -> str:
        """Say what the network is to learn."""
        if self._live.source.value.kind == PHOTO:
            return (
                "The network learns to remove noise from the middle of the photo. Move the "
                "sliders meanwhile; a rate that is too high is instructive."
            )
        update = self._live.update.value
        count = "thumbnails" if update is None else f"{update.learned:,} thumbnails"
        floor = (self._live.settings.sigma_255 / 255) ** 2
        return (
            f"From one noisy shot of each of {count} the network learns to predict another one. "
            f"Noise cannot be predicted, so the loss stays above {floor:.2g}, the square of the "
            "noise; what can be is the clean picture, which it never sees. Those on the right are "
            "not learned from."
        )
