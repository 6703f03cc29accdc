"""Buttons whose face is an icon, in the colours of the theme."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette
from desktop_app.ui.widgets.tooltip import Tooltip


class IconButton(ttk.Button):
    """A flat button with an icon, optionally with a text beside it."""

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        icon: str,
        explanation: str,
        command: Callable[[], object],
        text: str = "",
    ) -> None:
        super().__init__(
            parent,
            text=text,
            command=command,
            style="Icon.Toolbutton",
            compound="left" if text else "image",
        )
        self.tooltip = Tooltip(self, appearance, explanation)

        def paint(palette: Palette) -> None:
            self.configure(
                image=(  # type: ignore[call-overload]
                    appearance.icon(icon, size=18),
                    "disabled",
                    appearance.icon(icon, palette.faint, size=18),
                )
            )

        appearance.follow(self, paint)

    def enable(self, enabled: bool) -> None:
        """Allow or forbid pressing the button."""
        self.state(["!disabled" if enabled else "disabled"])
