"""A row or column of buttons of which one is chosen: the navigation, the ways of comparing."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tkinter import ttk

from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette
from desktop_app.ui.widgets.tooltip import Tooltip


@dataclass(frozen=True)
class Choice:
    """One button: what it stands for, its icon, its text (one may be empty), its explanation."""

    name: str
    icon: str
    text: str
    explanation: str


class ChoiceBar(ttk.Frame):
    """Buttons for ``choices``; ``on_choice`` is called with the name when the person picks one."""

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        choices: Sequence[Choice],
        on_choice: Callable[[str], object],
        *,
        vertical: bool = False,
    ) -> None:
        super().__init__(parent)
        self._chosen = tk.StringVar(self, choices[0].name)
        self.buttons: dict[str, ttk.Radiobutton] = {}
        for number, choice in enumerate(choices):
            button = ttk.Radiobutton(
                self,
                text=choice.text,
                value=choice.name,
                variable=self._chosen,
                command=lambda: on_choice(self._chosen.get()),
                compound=("top" if vertical else "left") if choice.text else "image",
                style="Nav.Toolbutton" if vertical else "Segment.Toolbutton",
            )
            row, column = (number, 0) if vertical else (0, number)
            gap = appearance.px(2)
            button.grid(
                row=row,
                column=column,
                sticky="ew",
                padx=gap if vertical else appearance.px(1),
                pady=gap,
            )
            Tooltip(button, appearance, choice.explanation)
            if choice.icon:
                self._follow_palette(appearance, button, choice.icon, 22 if vertical else 18)
            self.buttons[choice.name] = button
        self.columnconfigure(0, weight=1)

    @property
    def chosen(self) -> str:
        """The name of the button that is chosen; setting it calls nobody."""
        return self._chosen.get()

    @chosen.setter
    def chosen(self, name: str) -> None:
        self._chosen.set(name)

    @staticmethod
    def _follow_palette(
        appearance: Appearance, button: ttk.Radiobutton, icon: str, size: int
    ) -> None:
        def paint(palette: Palette) -> None:
            button.configure(
                image=(  # type: ignore[call-overload]
                    appearance.icon(icon, size=size),
                    "disabled",
                    appearance.icon(icon, palette.faint, size=size),
                    "selected",
                    appearance.icon(icon, palette.accent, size=size),
                )
            )

        appearance.follow(button, paint)
