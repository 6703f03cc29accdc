"""What stands in the place of pictures before any are opened."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk

from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette

MIDDLE = 0.46
"""Where the middle of all stands, as a share of the height: a little above half of it."""


class EmptyState(tk.Frame):
    """An invitation; its texts and buttons take more lines where the place is narrow.

    Args:
        texts: a title and what it means.
        buttons: texts and commands; the first is the one to press.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        texts: tuple[str, str],
        buttons: Sequence[tuple[str, Callable[[], object]]],
    ) -> None:
        super().__init__(parent)
        self._gap = appearance.px(5)
        middle = tk.Frame(self)
        middle.place(relx=0.5, rely=MIDDLE, anchor="center")
        self._picture = tk.Label(middle)
        self._below = tk.Frame(middle)
        self._below.pack(side="bottom")
        title = tk.Label(self._below, text=texts[0], font="SunValleySubtitleFont")
        title.pack()
        hint = tk.Label(self._below, text=texts[1], font="SunValleyBodyFont")
        hint.pack(pady=(appearance.px(4), appearance.px(18)))
        self._texts = title, hint
        row = tk.Frame(self._below)
        row.pack()
        self.buttons = [ttk.Button(row, text=text, command=command) for text, command in buttons]
        self.buttons[0].configure(style="Accent.TButton")
        self._arranging = Later(self, self._arrange)
        for widget in (self, self._below):
            widget.bind("<Configure>", lambda _: self._arranging.request(), add="+")
        self._arrange()

        def paint(palette: Palette) -> None:
            for widget in (self, middle, self._picture, self._below, title, hint, row):
                widget.configure(background=palette.viewer)
            self._picture.configure(image=appearance.icon("drop", palette.muted, size=56))
            title.configure(foreground=palette.text)
            hint.configure(foreground=palette.muted)

        appearance.follow(self, paint)

    def _arrange(self) -> None:
        """Break what is too wide into lines, and leave the picture out where it is too low."""
        # Before the window is drawn there is no size to heed.
        drawn, width = self.winfo_width() > 1, self.winfo_width() - 2 * self._gap
        needed = sum(button.winfo_reqwidth() + 2 * self._gap for button in self.buttons)
        beside = not drawn or needed <= width
        for place, button in enumerate(self.buttons):
            row, column = (0, place) if beside else (place, 0)
            above = self._gap if row else 0
            button.grid(row=row, column=column, sticky="ew", padx=self._gap, pady=(above, 0))
        for text in self._texts:
            text.configure(wraplength=width if drawn else 0)
        height = round(self._below.winfo_reqheight() / (2 * MIDDLE))
        self.configure(height=height)
        if not drawn or self.winfo_height() >= height + self._picture.winfo_reqheight():
            self._picture.pack(pady=(0, 2 * self._gap))
        else:
            self._picture.pack_forget()
