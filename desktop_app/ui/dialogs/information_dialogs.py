"""Dialogs that only tell: what went wrong, what this program is, which keys do something."""

from __future__ import annotations

import math
import platform
import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.models import ModelsController
from desktop_app.controllers.problems import Problem
from desktop_app.ui.commands import Commands
from desktop_app.ui.dialogs.dialog import Dialog
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.widgets.message_list import MessageList

PROBLEM_WIDTH = 440
MOST_LINES = 12


WIDTH = 400
MOUSE = (
    ("Wheel", "Zoom to the pointer"),
    ("Pinch, or Ctrl+wheel", "Zoom finely"),
    ("Shift+wheel", "Move sideways"),
    ("Drag", "Move the picture, or the split line"),
    ("Ctrl+click, Shift+click", "Pick several photos"),
    ("Double click", "Fit, or 1:1 at the pointer"),
)


class ProblemDialog(Dialog):
    """Shows a :class:`Problem`."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, problem: Problem) -> None:
        super().__init__(parent, appearance, problem.title)
        px = appearance.px
        self._problem = problem
        ttk.Label(self.body, text=problem.title, style="Heading.TLabel").pack(anchor="w")
        width = px(PROBLEM_WIDTH)
        sentence = ttk.Label(self.body, text=problem.sentence, wraplength=width, justify="left")
        sentence.pack(anchor="w", pady=(px(10), 0))
        if problem.several:
            ttk.Frame(self.body, width=width).pack()
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


class AboutDialog(Dialog):
    """Versions of the program, of Python, torch and Tk, and the model in use."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, models: ModelsController) -> None:
        super().__init__(parent, appearance, "About Scratch Denoiser")
        px = appearance.px
        ttk.Label(self.body, text="Scratch Denoiser", style="Heading.TLabel").grid(
            row=0, column=0, columnspan=2, sticky="w"
        )
        ttk.Label(
            self.body,
            text="Removes noise from photos with networks whose every layer, gradient and "
            "optimizer is written from scratch.",
            wraplength=px(WIDTH),
            justify="left",
        ).grid(row=1, column=0, columnspan=2, sticky="w", pady=(px(8), px(12)))
        entry = models.entry()
        facts = (
            ("Version", _version("scratch-denoiser")),
            ("Model in use", entry.title if entry is not None else models.chosen.value),
            ("Python", platform.python_version()),
            ("torch", _version("torch")),
            ("Tk", str(self.tk.call("info", "patchlevel"))),
            ("System", f"{platform.system()} {platform.machine()}"),
        )
        for row, (name, value) in enumerate(facts, start=2):
            ttk.Label(self.body, text=name, style="Muted.TLabel").grid(
                row=row, column=0, sticky="w", padx=(0, px(20)), pady=px(1)
            )
            ttk.Label(self.body, text=value, wraplength=px(WIDTH - 120)).grid(
                row=row, column=1, sticky="w"
            )
        self.body.columnconfigure(1, weight=1)
        self.add_buttons([("close", "Close")], default="close")


def _version(distribution: str) -> str:
    # Imported here: the start of the program is not to wait for it.
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed (run from a checkout)"


class ShortcutsDialog(Dialog):
    """Keys and mouse, and what they do, in two columns."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, commands: Commands) -> None:
        super().__init__(parent, appearance, "Keyboard and mouse")
        px = appearance.px
        ttk.Label(self.body, text="Keyboard and mouse", style="Heading.TLabel").grid(
            row=0, column=0, columnspan=4, sticky="w", pady=(0, px(12))
        )
        keys = [
            (command.shortcut, command.title.removesuffix(" …"))
            for command in commands.values()
            if command.keys
        ]
        told = [*keys, *MOUSE]
        rows = math.ceil(len(told) / 2)
        for number, (key, meaning) in enumerate(told):
            row, column = 1 + number % rows, 2 * (number // rows)
            before = px(36) if column else 0
            ttk.Label(self.body, text=key, style="Strong.TLabel").grid(
                row=row, column=column, sticky="w", padx=(before, px(24)), pady=px(1)
            )
            ttk.Label(self.body, text=meaning).grid(row=row, column=column + 1, sticky="w")
        self.add_buttons([("close", "Close")], default="close")
