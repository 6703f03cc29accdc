"""What stands in the place of pictures before any are opened."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk

from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette


class EmptyState(tk.Frame):
    """An invitation.

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
        px = appearance.px
        middle = tk.Frame(self)
        middle.place(relx=0.5, rely=0.46, anchor="center")
        picture = tk.Label(middle)
        picture.pack(pady=(0, px(10)))
        title = tk.Label(middle, text=texts[0], font="SunValleySubtitleFont")
        title.pack()
        hint = tk.Label(middle, text=texts[1], font="SunValleyBodyFont")
        hint.pack(pady=(px(4), px(18)))
        row = tk.Frame(middle)
        row.pack()
        self.buttons: list[ttk.Button] = []
        for text, command in buttons:
            style = "TButton" if self.buttons else "Accent.TButton"
            button = ttk.Button(row, text=text, style=style, command=command)
            button.pack(side="left", padx=px(5))
            self.buttons.append(button)

        def paint(palette: Palette) -> None:
            for widget in (self, middle, picture, title, hint, row):
                widget.configure(background=palette.viewer)
            picture.configure(image=appearance.icon("drop", palette.muted, size=56))
            title.configure(foreground=palette.text)
            hint.configure(foreground=palette.muted)

        appearance.follow(self, paint)
