"""An error, said in a sentence, with details to copy for whoever asks for them."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.problems import Problem
from desktop_app.ui.dialogs.dialog import Dialog
from desktop_app.ui.theme.appearance import Appearance

WIDTH = 440


class ProblemDialog(Dialog):
    """Shows a :class:`Problem`."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, problem: Problem) -> None:
        super().__init__(parent, appearance, problem.title)
        px = appearance.px
        self._problem = problem
        ttk.Label(self.body, text=problem.title, style="Heading.TLabel").pack(anchor="w")
        ttk.Label(self.body, text=problem.sentence, wraplength=px(WIDTH), justify="left").pack(
            anchor="w", pady=(px(10), 0)
        )
        buttons = [("close", "Close")]
        if problem.way_out is not None:
            buttons.append(("way-out", problem.way_out.text))
        self.add_buttons(buttons, default="close")
        self.copy_button = ttk.Button(self._foot, text="Copy details", command=self.copy)
        self.copy_button.pack(side="left")

    def close(self, answer: str | None) -> str:
        """Close the dialog, and then do what was offered if it was accepted."""
        result = super().close(answer)
        if answer == "way-out" and self._problem.way_out is not None:
            self._problem.way_out.action()
        return result

    def copy(self) -> None:
        """Put title, sentence and traceback on the clipboard."""
        self.clipboard_clear()
        problem = self._problem
        self.clipboard_append(f"{problem.title}\n{problem.sentence}\n\n{problem.details}")
        self.copy_button.configure(text="Copied")
