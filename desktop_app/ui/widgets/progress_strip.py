"""A progress bar with its sentence and a Cancel button; takes no room while nothing runs."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from desktop_app.controllers.progress import Progress
from desktop_app.ui.theme.appearance import Appearance


class ProgressStrip(ttk.Frame):
    """Shows a :class:`Progress`; the parent packs it, :meth:`show` lets it appear and vanish."""

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, on_cancel: Callable[[], object]
    ) -> None:
        super().__init__(parent)
        self._sentence = ttk.Label(self, style="Muted.TLabel")
        self._bar = ttk.Progressbar(self, maximum=1.0)
        self.cancel_button = ttk.Button(self, text="Cancel", command=on_cancel)
        self._sentence.grid(row=0, column=0, sticky="w")
        self._bar.grid(row=1, column=0, sticky="ew", padx=(0, appearance.px(10)))
        self.cancel_button.grid(row=0, column=1, rowspan=2, sticky="e")
        self.columnconfigure(0, weight=1)

    def show(self, progress: Progress) -> None:
        """Show how far the work is; a bar without a fraction runs to and fro."""
        self._sentence.configure(text=progress.sentence)
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
