"""What takes more lines where its place is narrow: labels, groups of buttons, cards."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import Any

from desktop_app.ui.later import Later

BORDERS = 4
"""Pixels of a label's width that some themes keep for its borders."""


class ToolRows(ttk.Frame):
    """Put buttons into the groups; where there is no room, the last group goes below the others.

    In a place that is narrower still, every group has a line of its own.

    Attributes:
        groups: frames from left to right; the first is at the left end, the others at the right.
    """

    def __init__(self, parent: tk.Misc, count: int, gap: int) -> None:
        super().__init__(parent)
        self._gap = gap
        self.groups = [ttk.Frame(self) for _ in range(count)]
        self.columnconfigure(0, weight=1)
        self._arranging = Later(self, self._arrange)
        self._beside = 0
        for widget in (self, *self.groups):
            widget.bind("<Configure>", lambda _: self._arranging.request(), add="+")
        self._arrange()

    def _arrange(self) -> None:
        count = len(self.groups)
        most = count if self.groups[-1].winfo_children() else count - 1
        choices = [number for number in (count, count - 1, 1) if number <= most]
        beside = next(filter(self._fits, choices), 1)
        if beside == self._beside:
            return
        self._beside = beside
        for place, group in enumerate(self.groups):
            if place < beside:
                sides = "ew" if place == 0 else "e"
                gap = self._gap if place == count - 1 else 0
                group.grid(row=0, column=place, columnspan=1, sticky=sides, padx=(gap, 0), pady=0)
            else:
                row = place - beside + 1
                above = (self._gap // 2, 0)
                group.grid(row=row, column=0, columnspan=beside, sticky="w", padx=0, pady=above)

    def _fits(self, beside: int) -> bool:
        """Whether there is room for so many of the groups beside one another."""
        # Before the window is drawn there is no width to heed.
        if self.winfo_width() <= 1:
            return True
        needed = sum(group.winfo_reqwidth() for group in self.groups[:beside])
        needed += self._gap * (beside - 1)
        # Its own height can move the width by a pixel: without this room it would go to and fro.
        needed += 0 if self._beside >= beside else self._gap
        return needed <= self.winfo_width()


class Flow(ttk.Frame):
    """Cards in lines: as many beside each other as fit, as high as they need or there is room."""

    def __init__(self, parent: tk.Misc, gap: int) -> None:
        super().__init__(parent)
        self._gap = gap
        self._cards: list[tuple[tk.Widget, int, int]] = []
        self._lines: list[ttk.Frame] = []
        self._arranged: list[tuple[int, bool]] = []
        self.columnconfigure(0, weight=1)
        self._arranging = Later(self, self._arrange)
        self.bind("<Configure>", lambda _: self._arranging.request(), add="+")

    def add(self, card: tk.Widget, narrowest: int, weight: int = 1) -> None:
        """Add a child of this frame after the others.

        Args:
            narrowest: pixels that it needs sideways.
            weight: its share of the pixels that are left in its line.
        """
        self._cards.append((card, narrowest, weight))
        self._arranging.request()

    def _arrange(self) -> None:
        counts, left = [0], self.winfo_width()
        for _, narrowest, _ in self._cards:
            if counts[-1] and narrowest > left:
                counts.append(0)
                left = self.winfo_width()
            counts[-1] += 1
            left -= narrowest + self._gap
        arranged = [
            (count, self._keeps_shares(sum(counts[:row]), count))
            for row, count in enumerate(counts)
        ]
        # Before the window is drawn there is no width to heed.
        if self.winfo_width() <= 1 or arranged == self._arranged:
            return
        former, self._arranged, self._lines = self._lines, arranged, []
        cards = iter(self._cards)
        for row in range(max(len(counts), self.grid_size()[1])):
            self.rowconfigure(row, weight=int(row < len(counts)))
        for row, (count, shared) in enumerate(arranged):
            line = ttk.Frame(self)
            line.lower()
            line.grid(row=row, column=0, sticky="nsew", pady=(self._gap if row else 0, 0))
            line.rowconfigure(0, weight=1)
            self._lines.append(line)
            for column in range(count):
                card, narrowest, weight = next(cards)
                uniform = "shared" if shared else ""
                line.columnconfigure(column, weight=weight, minsize=narrowest, uniform=uniform)
                gap = (self._gap if column else 0, 0)
                card.grid(in_=line, row=0, column=column, sticky="nsew", padx=gap)
        for line in former:
            line.destroy()

    def _keeps_shares(self, first: int, count: int) -> bool:
        """Whether the cards of a line may divide it by their weights alone."""
        cards = self._cards[first : first + count]
        whole = sum(weight for _, _, weight in cards)
        width = self.winfo_width() - self._gap * (count - 1)
        return all(width * weight >= narrowest * whole for _, narrowest, weight in cards)


class WrappedLabel(ttk.Label):
    """A label that breaks its lines at the width it is given; let it fill its place sideways."""

    def __init__(self, parent: tk.Misc, **options: Any) -> None:
        super().__init__(parent, justify="left", width=1, **options)
        self.bind("<Configure>", self._on_resize)

    def _on_resize(self, event: tk.Event) -> None:
        self.configure(wraplength=event.width - BORDERS)


class SteadyLabel(WrappedLabel):
    """Never lower than it once was, lest what stands around jumps while its words change."""

    def __init__(self, parent: tk.Misc, **options: Any) -> None:
        super().__init__(parent, **options)
        self._width = self._highest = 0

    def show(self, words: str) -> None:
        """Show other words."""
        self.configure(text=words, padding=0)
        height = self.winfo_reqheight()
        self._highest = max(self._highest, height)
        self.configure(padding=(0, 0, 0, self._highest - height))

    def _on_resize(self, event: tk.Event) -> None:
        if event.width != self._width:
            self._width, self._highest = event.width, 0
            super()._on_resize(event)
            self.show(self.cget("text"))


class SteadyFrame(ttk.Frame):
    """A frame that is never lower than it once was at its width; lets its content begin on top.

    Attributes:
        inside: the parent of what it holds.
    """

    def __init__(self, parent: tk.Misc) -> None:
        super().__init__(parent)
        self._width = self._highest = 0
        self.inside = ttk.Frame(self)
        # Placed, it is as high as it needs, however low this frame still is.
        self.inside.place(x=0, y=0, relwidth=1)
        self.inside.bind("<Configure>", self._on_resize)

    def _on_resize(self, event: tk.Event) -> None:
        if event.width != self._width:
            self._width, self._highest = event.width, 0
        self._highest = max(self._highest, event.height)
        self.configure(height=self._highest)
