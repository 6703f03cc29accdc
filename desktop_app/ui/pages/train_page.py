"""The page where networks learn from the person's own photos."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import ttk

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.run_history import RunEntry
from desktop_app.controllers.training import IDLE
from desktop_app.services.errors import AppError
from desktop_app.ui.dialogs.card_dialogs import CardEditor
from desktop_app.ui.dialogs.dialog import Question
from desktop_app.ui.dialogs.file_choice import choose_export, choose_folder
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.message_list import MessageList
from desktop_app.ui.widgets.plot_tools import PlotTools
from desktop_app.ui.widgets.run_list import RunList
from desktop_app.ui.widgets.scrolled_frame import ScrolledFrame
from desktop_app.ui.widgets.training_controls import TrainingControls
from desktop_app.ui.widgets.training_form import TrainingForm
from desktop_app.ui.widgets.training_plot import TrainingPlot
from desktop_app.ui.widgets.training_preview import LEARNING, WAITING, TrainingPreview

WIDTH = 300


class TrainPage(ttk.Frame):
    """Plan, controls and earlier runs on the left; curves, preview and messages on the right."""

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        controller: ApplicationController,
        show_page: Callable[[str], object],
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._controller = controller
        self._show_page = show_page
        self._training = training = controller.training
        self._build_side().grid(row=0, column=0, sticky="ns")
        self._build_results().grid(row=0, column=1, sticky="nsew")
        self.columnconfigure(1, weight=1)
        self.rowconfigure(0, weight=1)
        controller.folders.watch()
        controller.devices.watch()
        bind_subscription(self, training.curves.subscribe(self.plot.show))
        bind_subscription(self, controller.history.compared.subscribe(self.plot.compare))
        bind_subscription(self, training.messages.subscribe(self.messages.show))
        bind_subscription(self, training.preview.subscribe(self.preview.show))
        bind_subscription(self, training.state.subscribe(self._show_state))

    def start(self) -> None:
        """Start the run that the form describes."""
        if self.form.commit():
            self._training.start()

    def drop(self, paths: list[Path]) -> None:
        """Learn from a folder that was dropped on the page, or from that of a photo."""
        if self._training.active or not paths:
            return
        folder = paths[0] if paths[0].is_dir() else paths[0].parent
        self.form.commit()
        plan = self._training.plan.value
        self._training.plan.value = plan.with_changes(folder=str(folder))

    def choose_folder(self, field: str) -> None:
        """Ask for a folder of photos for a field of the plan."""
        self.form.commit()
        plan = self._training.plan.value
        present = getattr(plan, field)
        folder = choose_folder(
            self,
            self._controller.context,
            "training",
            "Folder of photos",
            Path(present) if present else None,
        )
        if folder is not None:
            self._training.plan.value = plan.with_changes(**{field: str(folder)})

    def use_model(self) -> None:
        """Denoise with what the present run, or the last one, has learned."""
        folder = self._training.folder.value
        if folder is not None:
            self._controller.history.use(folder, self._training.model.value)

    def compare_model(self) -> None:
        """Show what the present run, or the last one, has learned beside the usual model."""
        model = self._training.model.value
        if model is not None and self._controller.compare_trained(model):
            self._show_page("denoise")

    def edit_card(self, entry: RunEntry) -> None:
        """Let the person write on the card of a run's model."""
        if entry.model is not None:
            CardEditor(self, self._appearance, self._controller.history, entry.model).ask()

    def delete_runs(self, entries: list[RunEntry]) -> None:
        """Put runs into the bin, if the person agrees."""
        what = f"the run “{entries[0].name}”" if len(entries) == 1 else f"{len(entries)} runs"
        sentence = "Models and curves go with it; the bin gives them back until it is emptied."
        question = f"Move {what} to the bin?"
        if Question(self, self._appearance, question, sentence, "Move to bin").ask() == "yes":
            self._controller.history.delete(entries)

    def export_plot(self) -> None:
        """Ask for a file and write the plot to it."""
        path = choose_export(self, self._controller.context, "curves.png")
        if path is not None:
            self.plot.export(path, lambda: self._tell(path))

    def export_numbers(self) -> None:
        """Ask for a file and write the curves to it as comma-separated values."""
        path = choose_export(self, self._controller.context, "curves.csv")
        if path is None:
            return
        try:
            self._training.curves.value.write_csv(path)
        except (OSError, AppError) as error:
            self._controller.context.report(f"{path.name} was not written", error)
        else:
            self._tell(path)

    def _show_state(self, state: str) -> None:
        self.preview.wait_for(WAITING if state == IDLE else LEARNING)

    def _tell(self, path: Path) -> None:
        self._controller.context.status.value = f"Wrote {path}."

    def _build_side(self) -> ttk.Frame:
        appearance, px = self._appearance, self._appearance.px
        side = ttk.Frame(self)
        foot = ttk.Frame(side, padding=(px(12), px(8), px(12), px(12)))
        foot.pack(side="bottom", fill="x")
        self.controls = TrainingControls(
            foot, appearance, self._training, self.start, self.use_model, self.compare_model
        )
        self.controls.pack(fill="x")
        scrolled = ScrolledFrame(side, appearance, WIDTH, margin=12)
        scrolled.pack(fill="both", expand=True)
        plan = Card(scrolled.inside, appearance, "What to train")
        plan.pack(fill="x", padx=px(12), pady=(px(12), 0))
        self.form = TrainingForm(plan.body, appearance, self._controller, self.choose_folder)
        self.form.pack(fill="x")
        runs = Card(scrolled.inside, appearance, "Earlier runs")
        runs.pack(fill="x", padx=px(12), pady=(px(10), 0))
        self.runs = RunList(
            runs.body,
            appearance,
            self._controller.history,
            self._training,
            self.edit_card,
            self.delete_runs,
        )
        self.runs.pack(fill="x")
        scrolled.watch_focus()
        return side

    def _build_results(self) -> ttk.Frame:
        appearance, px = self._appearance, self._appearance.px
        right = ttk.Frame(self, padding=(0, px(12), px(12), px(12)))
        right.bind("<Configure>", self._leave_room)
        below = ttk.Frame(right)
        below.pack(side="bottom", fill="x", pady=(px(10), 0))
        preview = Card(below, appearance, "Noisy, denoised, clean")
        preview.grid(row=0, column=0, sticky="nsew", padx=(0, px(10)))
        self.preview = TrainingPreview(preview.body, appearance)
        self.preview.pack(fill="both", expand=True)
        log = Card(below, appearance, "Messages")
        log.grid(row=0, column=1, sticky="nsew")
        self.messages = MessageList(log.body, appearance)
        self.messages.pack(fill="both", expand=True)
        below.columnconfigure(0, weight=5, uniform="below")
        below.columnconfigure(1, weight=4, uniform="below")
        curves = Card(right, appearance, "How it goes")
        curves.pack(fill="both", expand=True)
        # What is read off comes and goes with the pointer, and moves no buttons.
        self._reading = ttk.Label(curves.header, style="Muted.TLabel", width=1)
        self.plot = TrainingPlot(
            curves.body,
            appearance,
            self._controller.context,
            lambda words: self._reading.configure(text=words),
        )
        self.plot.pack(fill="both", expand=True)
        self.tools = PlotTools(curves, appearance, self.plot, self.export_numbers, self.export_plot)
        self._reading.pack(side="left", fill="x", expand=True, padx=(px(12), 0))
        return right

    def _leave_room(self, event: tk.Event) -> None:
        """Let the preview give way to the curves where the window is low."""
        self.preview.leave_room(event.height)
