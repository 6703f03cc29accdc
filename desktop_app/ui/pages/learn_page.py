"""The page that looks inside the network: its layers, and a view for each way of looking."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import ttk

from desktop_app.controllers.application import ApplicationController
from desktop_app.services.models.network_report import NetworkReport
from desktop_app.ui.dialogs.file_choice import choose_folder
from desktop_app.ui.learn.backward import BackwardView
from desktop_app.ui.learn.change import ChangeView
from desktop_app.ui.learn.example import ExampleView
from desktop_app.ui.learn.layer_facts import LayerFacts
from desktop_app.ui.learn.live import LiveView
from desktop_app.ui.learn.look import LookView
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.card import Card
from desktop_app.ui.widgets.choice_bar import Choice, ChoiceBar
from desktop_app.ui.widgets.layer_diagram import LayerDiagram
from desktop_app.ui.widgets.scrolled_frame import ScrolledFrame

DIAGRAM_WIDTH = 280
VIEWS = (
    Choice("look", "loupe", "Look", "What every layer sees, and where each of its numbers is from"),
    Choice("change", "settings", "Change", "Switch channels off and edit kernels, on a copy"),
    Choice("backward", "undo", "Backward", "How the gradient of one value flows back"),
    Choice("example", "table", "By hand", "Forward and backward in small numbers, sum by sum"),
    Choice("live", "train", "Train", "A tiny network that learns while you look"),
)

WITHOUT_DIAGRAM = ("example", "live")
"""Views of other networks than the one that denoises."""


class LearnPage(ttk.Frame):
    """The diagram on the left; a view of the chosen layer on the right."""

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, controller: ApplicationController
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._context = controller.context
        self._learn = learn = controller.learn
        px = appearance.px
        self._network = Card(self, appearance, "The network")
        self._network.grid(row=1, column=0, sticky="ns", padx=px(12), pady=(0, px(12)))
        self._facts = ttk.Label(
            self._network.body,
            style="Muted.TLabel",
            justify="left",
            wraplength=appearance.column(DIAGRAM_WIDTH),
        )
        self._facts.pack(anchor="w", pady=(0, px(6)))
        self.layer = LayerFacts(self._network.body, appearance, learn)
        self.layer.pack(side="bottom", fill="x", pady=(px(8), 0))
        self.diagram = LayerDiagram(self._network.body, appearance, learn.select)
        self.diagram.canvas.configure(width=appearance.column(DIAGRAM_WIDTH), height=1)
        self.diagram.pack(fill="both", expand=True)
        self.choice = ChoiceBar(self, appearance, VIEWS, self.show_view)
        self.choice.grid(row=0, column=0, columnspan=2, sticky="w", padx=px(12), pady=px(8))
        self._scrolled = ScrolledFrame(self, appearance, 1, fills=True)
        self._scrolled.grid(row=1, column=1, sticky="nsew", pady=(0, px(12)))
        self._stage = self._scrolled.inside
        self._stage.columnconfigure(0, weight=1)
        self.columnconfigure(1, weight=1)
        self.rowconfigure(1, weight=1)
        self.views: dict[str, ttk.Frame] = {}
        self.show_view("look")
        bind_subscription(self, learn.report.subscribe(self._show_report))
        bind_subscription(self, learn.selected.subscribe(lambda _: self._show_choice()))
        bind_subscription(self, learn.inspecting.subscribe(lambda _: self._show_facts()))
        self.bind("<Map>", lambda event: self._on_visible(event, True))
        self.bind("<Unmap>", lambda event: self._on_visible(event, False))

    def show_view(self, name: str) -> None:
        """Bring a view to the front; it is made when it is first shown."""
        self.choice.chosen = name
        for view in self.views.values():
            view.grid_remove()
        if name not in self.views:
            self.views[name] = self._builders()[name]()
            self._scrolled.watch_focus()
        if name in WITHOUT_DIAGRAM:
            self._network.grid_remove()
            self._scrolled.grid(padx=(self._appearance.px(12), 0))
        else:
            self._network.grid()
            self._scrolled.grid(padx=0)
        self.views[name].grid(row=0, column=0, sticky="nsew")

    def _builders(self) -> dict[str, Callable[[], ttk.Frame]]:
        return {
            "look": lambda: LookView(self._stage, self._appearance, self._learn),
            "change": lambda: ChangeView(self._stage, self._appearance, self._learn),
            "backward": lambda: BackwardView(self._stage, self._appearance, self._learn),
            "example": lambda: ExampleView(self._stage, self._appearance, self._learn.example),
            "live": lambda: LiveView(
                self._stage, self._appearance, self._learn.live, self._choose_folder
            ),
        }

    def _choose_folder(self) -> Path | None:
        return choose_folder(self, self._context, "training", "Folder of photos or thumbnails")

    def _on_visible(self, event: tk.Event, visible: bool) -> None:
        if event.widget is self:
            self._learn.watch(visible)

    def _show_report(self, report: NetworkReport | None) -> None:
        self.diagram.show(() if report is None else report.layers)
        self._show_choice()
        self._show_facts()

    def _show_choice(self) -> None:
        if self._learn.layer is not None:
            self.diagram.choose(self._learn.selected.value)

    def _show_facts(self) -> None:
        report = self._learn.report.value
        if self._learn.inspecting.value:
            words = "Looking inside …"
        elif report is None:
            words = "Nothing to see yet."
        else:
            words = (
                f"{report.model}: {report.parameters:,} parameters. At work on the middle of "
                f"{report.picture}, noise level {report.sigma_255:.1f}."
            )
        self._facts.configure(text=words)
