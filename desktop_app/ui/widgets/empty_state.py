"""What stands in the viewer's place before a picture is opened."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette


class EmptyState(tk.Frame):
    """An invitation to drop, open, or try the sample."""

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        on_open: Callable[[], object],
        on_sample: Callable[[], object],
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        middle = tk.Frame(self)
        middle.place(relx=0.5, rely=0.46, anchor="center")
        picture = tk.Label(middle)
        picture.pack(pady=(0, px(10)))
        title = tk.Label(middle, text="Drop photos here", font="SunValleySubtitleFont")
        title.pack()
        hint = tk.Label(
            middle, text="or open some, or see at once what it does", font="SunValleyBodyFont"
        )
        hint.pack(pady=(px(4), px(18)))
        row = tk.Frame(middle)
        row.pack()
        self.open_button = ttk.Button(
            row, text="Open photos …", style="Accent.TButton", command=on_open
        )
        self.open_button.pack(side="left", padx=px(5))
        self.sample_button = ttk.Button(row, text="Try the sample photo", command=on_sample)
        self.sample_button.pack(side="left", padx=px(5))

        def paint(palette: Palette) -> None:
            for widget in (self, middle, picture, title, hint, row):
                widget.configure(background=palette.viewer)
            picture.configure(image=appearance.icon("drop", palette.muted, size=56))
            title.configure(foreground=palette.text)
            hint.configure(foreground=palette.muted)

        appearance.follow(self, paint)
