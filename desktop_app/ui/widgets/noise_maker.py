"""Making a clean picture noisy, to see how well the noise is removed again."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from desktop_app.controllers.noise import NOISES, NoisingController
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.typed_numbers import NotANumberError, typed_whole_number
from desktop_app.ui.widgets.labelled_slider import LabelledSlider
from desktop_app.ui.widgets.tooltip import Tooltip

HIGHEST_SEED = 999_999


class NoiseMaker(ttk.Frame):
    """Kind, level and seed of synthetic noise, and the button that adds it.

    Args:
        tell: called with a sentence when the seed cannot be used.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        noising: NoisingController,
        tell: Callable[[str], object],
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._tell = tell
        self._noising = noising
        self._chosen = next(iter(NOISES))
        self.kind = ttk.Combobox(
            self, state="readonly", values=[noise.title for noise in NOISES.values()], width=10
        )
        self.kind.current(0)
        self.kind.bind("<<ComboboxSelected>>", self._on_kind)
        self.kind.grid(row=0, column=0, columnspan=3, sticky="ew")
        noise = NOISES[self._chosen]
        self.level = LabelledSlider(
            self,
            "Level",
            int(noise.minimum),
            int(noise.highest_of_interest),
            int(noise.default),
            self._words,
            lambda _: None,
        )
        self.level.grid(row=1, column=0, columnspan=3, sticky="ew", pady=px(6))
        ttk.Label(self, text="Seed").grid(row=2, column=0, sticky="w")
        self.seed = ttk.Entry(self, width=7)
        self.seed.insert(0, "1")
        self.seed.grid(row=2, column=1, sticky="w", padx=px(8))
        self.button = ttk.Button(self, text="Add noise", command=self.add)
        self.button.grid(row=2, column=2, sticky="e")
        self.columnconfigure(1, weight=1)
        Tooltip(self.seed, appearance, "The same number gives the same noise")
        Tooltip(
            self.button,
            appearance,
            "Noise is added to the clean picture, which is kept to measure against",
        )
        bind_subscription(
            self,
            noising.busy.subscribe(
                lambda busy: self.button.state(["disabled" if busy else "!disabled"])
            ),
        )

    def add(self) -> None:
        """Add the noise that is set."""
        try:
            seed = typed_whole_number(self.seed.get())
        except NotANumberError as error:
            self._tell(f"The seed {error}")
            return
        if not 0 <= seed <= HIGHEST_SEED:
            self._tell(f"The seed must lie between 0 and {HIGHEST_SEED}, not at {seed}.")
            return
        self._noising.add(self._chosen, self.level.value, seed)

    def _words(self, value: int) -> str:
        return f"{value} {NOISES[self._chosen].unit}"

    def _on_kind(self, _: tk.Event) -> None:
        self.kind.selection_clear()
        self._chosen = list(NOISES)[self.kind.current()]
        noise = NOISES[self._chosen]
        self.level.set_range(int(noise.minimum), int(noise.highest_of_interest))
        self.level.value = self.level.usual = int(noise.default)
