"""Adapting a network to the photo that is open: the button, then the loss and a preview live."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Sequence
from tkinter import ttk

from desktop_app.controllers.training import TrainingController
from desktop_app.controllers.training_curves import TrainingCurves, decimated
from desktop_app.controllers.training_record import TrainingFacts, time_left
from desktop_app.ui.commands import Command
from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.theme.palette import Palette
from desktop_app.ui.widgets.tooltip import Tooltip
from desktop_app.ui.widgets.training_preview import LEARNING, TrainingPreview


class AdaptPanel(ttk.Frame):
    """The button at rest; while the network learns from the photo, how it goes and a way to stop.

    Args:
        command: starts adapting, and knows when that is possible.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        training: TrainingController,
        command: Command,
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._training = training
        self._enabled = command.enabled
        self.button = ttk.Button(self, text="Adapt to this photo", command=command.run)
        self.button.pack(fill="x")
        Tooltip(self.button, appearance, command.explanation)
        self.live = ttk.Frame(self)
        self._sentence = ttk.Label(self.live, style="Muted.TLabel")
        self._sentence.pack(anchor="w", pady=(px(6), px(4)))
        self.plot = Sparkline(self.live, appearance)
        self.plot.pack(fill="x")
        Tooltip(self.plot, appearance, "Training loss: the lower the better, logarithmic")
        self.preview = TrainingPreview(self.live, appearance)
        self.preview.wait_for(LEARNING)
        self.preview.pack(fill="x", pady=(px(6), 0))
        self.stop = ttk.Button(self.live, text="Stop and compare", command=training.stop)
        self.stop.pack(fill="x", pady=(px(6), 0))
        Tooltip(self.stop, appearance, "End now and use what was learned so far")
        bind_subscription(self, training.state.subscribe(lambda _: self.refresh()))
        bind_subscription(self, training.curves.subscribe(self._show_curves))
        bind_subscription(self, training.facts.subscribe(self._show_facts))
        bind_subscription(self, training.preview.subscribe(self._show_preview))

    def refresh(self) -> None:
        """Follow what is possible and what is under way."""
        self.button.state(["!disabled" if self._enabled() else "disabled"])
        adapting = self._training.adapting
        if adapting and not self.live.winfo_manager():
            self.live.pack(fill="x")
        elif not adapting:
            self.live.pack_forget()

    def _show_curves(self, curves: TrainingCurves) -> None:
        if self._training.adapting:
            self.refresh()
            self.plot.show(curves.steps, curves.smoothed)

    def _show_facts(self, facts: TrainingFacts | None) -> None:
        left = time_left(facts.seconds_left) if facts is not None else ""
        self._sentence.configure(text=f"Learning from this photo … {left}".rstrip())

    def _show_preview(self, path: object) -> None:
        if self._training.adapting or path is None:
            self.preview.show(self._training.preview.value)


HEIGHT = 56
MARGIN = 3
MOST_POINTS = 200
REDRAW_MS = 250


class Sparkline(tk.Canvas):
    """Draws positive values over steps on a logarithmic scale, from edge to edge.

    Attributes:
        points: what is drawn, as x and y in turn.
    """

    def __init__(self, parent: tk.Misc, appearance: Appearance) -> None:
        super().__init__(
            parent, height=appearance.px(HEIGHT), highlightthickness=0, borderwidth=0, width=10
        )
        self.points: list[float] = []
        self._margin = appearance.px(MARGIN)
        self._steps: list[int] = []
        self._values: list[float] = []
        self._line = self.create_line(0, 0, 0, 0, width=max(1, appearance.px(1.5)), state="hidden")
        self._drawing = Later(self, self._draw, delay_ms=REDRAW_MS)
        self.bind("<Configure>", lambda _: self._drawing.request())
        appearance.follow(self, self._paint)

    def show(self, steps: Sequence[int], values: Sequence[float]) -> None:
        """Draw these values soon, a few times a second at most."""
        self._steps, self._values = decimated(steps, values, MOST_POINTS)
        self._drawing.request()

    def _paint(self, palette: Palette) -> None:
        self.configure(background=palette.surface)
        self.itemconfigure(self._line, fill=palette.accent)

    def _draw(self) -> None:
        pairs = [
            (step, math.log(value))
            for step, value in zip(self._steps, self._values, strict=True)
            if value > 0 and math.isfinite(value)
        ]
        if len(pairs) < 2:
            self.points = []
            self.itemconfigure(self._line, state="hidden")
            return
        width = self.winfo_width() - 2 * self._margin
        height = self.winfo_height() - 2 * self._margin
        first, last = pairs[0][0], pairs[-1][0]
        low, high = min(value for _, value in pairs), max(value for _, value in pairs)
        self.points = []
        for step, value in pairs:
            across = (step - first) / max(1, last - first)
            down = (high - value) / (high - low) if high > low else 0.5
            self.points += [self._margin + across * width, self._margin + down * height]
        self.coords(self._line, *self.points)
        self.itemconfigure(self._line, state="normal")
