"""The page where networks learn from the person's own photos."""

from __future__ import annotations

import tkinter as tk
from pathlib import Path
from tkinter import ttk

from desktop_app.controllers.application import ApplicationController
from desktop_app.ui.dialogs.file_choice import choose_folder
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.message_list import MessageList
from desktop_app.ui.widgets.scrolled_frame import ScrolledFrame
from desktop_app.ui.widgets.training_controls import TrainingControls
from desktop_app.ui.widgets.training_form import TrainingForm
from desktop_app.ui.widgets.training_plot import TrainingPlot

WIDTH = 300


class TrainPage(ttk.Frame):
    """Plan and controls on the left, curves and messages on the right."""

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, controller: ApplicationController
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._training = training = controller.training
        side = ttk.Frame(self)
        side.grid(row=0, column=0, sticky="ns")
        foot = ttk.Frame(side, padding=(px(12), px(8), px(12), px(12)))
        foot.pack(side="bottom", fill="x")
        self.controls = TrainingControls(foot, appearance, training, self.start)
        self.controls.pack(fill="x")
        scrolled = ScrolledFrame(side, appearance, WIDTH)
        scrolled.pack(fill="both", expand=True)
        plan = Card(scrolled.inside, appearance, "What to train")
        plan.pack(fill="x", padx=px(12), pady=(px(12), 0))
        self.form = TrainingForm(plan.body, appearance, training, self.choose_folder)
        self.form.pack(fill="x")
        scrolled.watch_focus()
        right = ttk.Frame(self, padding=(0, px(12), px(12), px(12)))
        right.grid(row=0, column=1, sticky="nsew")
        log = Card(right, appearance, "Messages")
        log.pack(side="bottom", fill="x", pady=(px(10), 0))
        self.messages = MessageList(log.body, appearance)
        self.messages.pack(fill="x")
        curves = Card(right, appearance, "How it goes")
        curves.pack(fill="both", expand=True)
        self._logarithmic = tk.BooleanVar(self, True)
        ttk.Checkbutton(
            curves.header,
            text="Logarithmic loss",
            variable=self._logarithmic,
            style="Switch.TCheckbutton",
            command=lambda: self.plot.set_logarithmic(self._logarithmic.get()),
        ).pack(side="right")
        self.plot = TrainingPlot(curves.body, appearance)
        self.plot.pack(fill="both", expand=True)
        self.columnconfigure(1, weight=1)
        self.rowconfigure(0, weight=1)
        bind_subscription(self, training.curves.subscribe(self.plot.show))
        bind_subscription(self, training.messages.subscribe(self.messages.show))

    def start(self) -> None:
        """Start the run that the form describes."""
        self.form.commit()
        self._training.start()

    def choose_folder(self) -> None:
        """Ask for the folder of photos."""
        present = self.form.folder.get()
        folder = choose_folder(self, "Folder of clean photos", Path(present) if present else None)
        if folder is not None:
            self.form.commit()
            plan = self._training.plan.value
            self._training.plan.value = plan.with_changes(folder=str(folder))
