"""What takes more lines where its place is narrow: labels, and groups of buttons."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import Any

from desktop_app.ui.later import Later


class ToolRows(ttk.Frame):
    """Put buttons into the groups; the last group goes below the others where there is no room.

    Attributes:
        groups: frames from left to right; the first is at the left end, the others at the right.
    """

    def __init__(self, parent: tk.Misc, count: int, gap: int) -> None:
        super().__init__(parent)
        self._gap = gap
        self.groups = [ttk.Frame(self) for _ in range(count)]
        self.columnconfigure(0, weight=1)
        self._arranging = Later(self, self._arrange)
        self._wide: bool | None = None
        for widget in (self, *self.groups):
            widget.bind("<Configure>", lambda _: self._arranging.request(), add="+")
        self._arrange()

    def _arrange(self) -> None:
        needed = sum(group.winfo_reqwidth() for group in self.groups)
        needed += self._gap * (len(self.groups) - 1)
        # Before the window is drawn there is no width to heed.
        wide = self.winfo_width() <= 1 or needed <= self.winfo_width()
        if wide == self._wide:
            return
        self._wide = wide
        *others, last = self.groups
        for column, group in enumerate(others):
            group.grid(row=0, column=column, sticky="ew" if column == 0 else "e")
        if wide:
            last.grid(row=0, column=len(others), columnspan=1, sticky="e", padx=(self._gap, 0))
        else:
            last.grid(row=1, column=0, columnspan=len(others), sticky="w", padx=0)


class WrappedLabel(ttk.Label):
    """A label that breaks its lines at the width it is given; let it fill its place sideways."""

    def __init__(self, parent: tk.Misc, **options: Any) -> None:
        super().__init__(parent, justify="left", **options)
        self.bind("<Configure>", lambda event: self.configure(wraplength=event.width))
