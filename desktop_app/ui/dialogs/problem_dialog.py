"""An error, said in a sentence, with details to copy for whoever asks for them."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.problems import Problem
from desktop_app.ui.dialogs.dialog import Dialog
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.widgets.message_list import MessageList

WIDTH = 440
MOST_LINES = 12


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
        if problem.several:
            ttk.Frame(self.body, width=px(WIDTH)).pack()
            lines = min(2 * len(problem.several), MOST_LINES)
            self.list = MessageList(self.body, appearance, lines)
            self.list.pack(fill="both", expand=True, pady=(px(10), 0))
            self.list.show(problem.several, from_start=True)
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
        told = "\n".join((problem.title, problem.sentence, *problem.several))
        self.clipboard_append(f"{told}\n\n{problem.details}")
        self.copy_button.configure(text="Copied")
