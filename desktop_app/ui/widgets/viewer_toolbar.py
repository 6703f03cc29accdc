"""The buttons above the viewer: open, save, undo, ways of comparing, zoom."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.document import Document
from desktop_app.ui.commands import Commands
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.choice_bar import Choice, ChoiceBar
from desktop_app.ui.widgets.icon_button import IconButton
from desktop_app.ui.widgets.wrapping import ToolRows

MODES = (
    Choice("split", "split", "", "Before and after on either side of a line that can be dragged"),
    Choice("side", "side", "", "Before and after side by side"),
    Choice("flip", "flip", "", "Before or after, in turn (Space)"),
    Choice("error", "error", "", "How far the result is from the clean original, amplified"),
    Choice("removed", "removed", "", "What was removed, amplified: lost texture shows here"),
    Choice(
        "rivals",
        "rivals",
        "",
        "Two models side by side, after Adapt to this photo or Compare",
    ),
)


class ViewerToolbar(ttk.Frame):
    """Buttons for the current document and its view."""

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        controller: ApplicationController,
        commands: Commands,
    ) -> None:
        px = appearance.px
        super().__init__(parent, padding=(px(8), px(6)))
        self._view = view = controller.view
        rows = ToolRows(self, 3, px(4))
        rows.pack(fill="x")
        document, zooming, modes = rows.groups

        def button(side: ttk.Frame, icon: str, command: str) -> IconButton:
            action = commands[command]
            created = IconButton(side, appearance, icon, action.explanation, action.run)
            created.pack(side="left", padx=px(1))
            return created

        button(document, "open", "open")
        self._save = button(document, "save", "save-as")
        self._undo = button(document, "undo", "undo")
        self._redo = button(document, "redo", "redo")
        self._modes = ChoiceBar(modes, appearance, MODES, view.show_mode)
        self._modes.pack(side="left")
        self._zooming = [button(zooming, "zoom-out", "zoom-out")]
        self._zoom = ttk.Label(zooming, style="Caption.TLabel", width=5, anchor="center")
        self._zoom.pack(side="left")
        self._zooming += [
            button(zooming, icon, icon) for icon in ("zoom-in", "fit", "actual-size", "loupe")
        ]
        bind_subscription(self, view.zoom.subscribe(self._show_zoom))
        bind_subscription(self, view.mode.subscribe(self._show_mode))
        bind_subscription(self, controller.changed.subscribe(self._show_document))
        bind_subscription(self, view.comparable.subscribe(lambda _: self._show_ways()))

    def _show_mode(self, mode: str) -> None:
        self._modes.chosen = mode

    def _show_zoom(self, zoom: float) -> None:
        percent = zoom * 100
        self._zoom.configure(text=f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")

    def _show_document(self, document: Document | None) -> None:
        opened = document is not None
        self._save.enable(opened)
        self._undo.enable(document is not None and document.undo_label is not None)
        self._redo.enable(document is not None and document.redo_label is not None)
        for button in self._zooming:
            button.enable(opened)
        if not opened:
            self._zoom.configure(text="")
        self._show_ways()

    def _show_ways(self) -> None:
        comparable = self._view.comparable.value
        for name, mode_button in self._modes.buttons.items():
            lacking = {"error": self._view.truth is None, "rivals": self._view.rivals is None}
            usable = comparable and not lacking.get(name, False)
            mode_button.state(["!disabled" if usable else "disabled"])
