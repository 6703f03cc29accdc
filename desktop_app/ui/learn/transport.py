"""The buttons that play a series of steps: back, play or pause, on; and how far it is."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.playback import Playback
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.icon_button import IconButton
from desktop_app.ui.widgets.wrapping import WrappedLabel


class Transport(ttk.Frame):
    """Drives a playback with Tk's clock while it is shown.

    Args:
        unit: what one step is called.
    """

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, playback: Playback, unit: str = "term"
    ) -> None:
        super().__init__(parent)
        self._playback = playback
        self._unit = unit
        self._timer: str | None = None
        self.back = IconButton(
            self, appearance, "step-back", f"One {unit} back", lambda: playback.step(-1)
        )
        self.play = IconButton(self, appearance, "play", "Play step by step", playback.toggle)
        self.pause = IconButton(self, appearance, "pause", "Pause", playback.toggle)
        self.on = IconButton(self, appearance, "step", f"One {unit} on", lambda: playback.step(1))
        for column, button in enumerate((self.back, self.play, self.on)):
            button.grid(row=0, column=column)
        self.pause.grid(row=0, column=1)
        self.pause.grid_remove()
        self.words = WrappedLabel(self, style="Muted.TLabel")
        self.words.grid(row=0, column=3, padx=(appearance.px(8), 0), sticky="ew")
        self.columnconfigure(3, weight=1)
        bind_subscription(self, playback.position.subscribe(self._show_position))
        bind_subscription(self, playback.playing.subscribe(self._show_playing))
        self.bind("<Destroy>", lambda _: self._stop_clock(), add="+")
        self.bind("<Unmap>", lambda _: self._pause(), add="+")

    def enable(self, enabled: bool) -> None:
        """Allow or forbid playing."""
        for button in (self.back, self.play, self.on):
            button.enable(enabled)
        if not enabled:
            self.words.configure(text="")

    def _show_position(self, position: int) -> None:
        length = self._playback.length
        self.words.configure(text=f"{self._unit} {position:,} of {length:,}" if length else "")

    def _show_playing(self, playing: bool) -> None:
        shown, hidden = (self.pause, self.play) if playing else (self.play, self.pause)
        had_focus = self.focus_get() is hidden
        hidden.grid_remove()
        shown.grid()
        if had_focus:
            shown.focus_set()
        self._stop_clock()
        if playing:
            self._timer = self.after(self._playback.interval_ms, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._playback.tick()
        if self._playback.playing.value and self._timer is None:
            self._timer = self.after(self._playback.interval_ms, self._tick)

    def _pause(self) -> None:
        self._playback.playing.value = False

    def _stop_clock(self) -> None:
        if self._timer is not None:
            self.after_cancel(self._timer)
            self._timer = None
