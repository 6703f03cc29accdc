"""The buttons above the viewer: open, save, undo, ways of comparing, zoom."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import Any

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.document import Document
from desktop_app.ui.commands import Commands
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.choice_bar import Choice, ChoiceBar
from desktop_app.ui.widgets.icon_button import IconButton

MODES = (
    Choice("split", "split", "", "Before and after on either side of a line that can be dragged"),
    Choice("side", "side", "", "Before and after side by side"),
    Choice("flip", "flip", "", "Before or after, in turn (Space)"),
    Choice("error", "error", "", "How far the result is from the clean original, amplified"),
    Choice("removed", "removed", "", "What was removed, amplified: lost texture shows here"),
    Choice("rivals", "rivals", "", "Two models side by side, after Adapt to this photo"),
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
        self._gap, self._margin = px(1), 2 * px(8)
        self._view = view = controller.view
        self._left = ttk.Frame(self)
        self._left.pack(side="left")
        self._right = ttk.Frame(self)
        self._right.pack(side="right")

        def button(side: ttk.Frame, icon: str, command: str) -> IconButton:
            action = commands[command]
            created = IconButton(side, appearance, icon, action.explanation, action.run)
            created.pack(side="left", padx=px(1))
            return created

        button(self._left, "open", "open")
        self._save = button(self._left, "save", "save-as")
        self._undo = button(self._left, "undo", "undo")
        self._redo = button(self._left, "redo", "redo")
        self._modes = ChoiceBar(self._right, appearance, MODES, view.show_mode)
        self._modes.pack(side="left", padx=(0, px(4)))
        self._zooming = [button(self._right, "zoom-out", "zoom-out")]
        self._zoom = ttk.Label(self._right, style="Caption.TLabel", width=5, anchor="center")
        self._zoom.pack(side="left")
        self._zooming += [
            button(self._right, icon, icon) for icon in ("zoom-in", "fit", "actual-size", "loupe")
        ]
        self._steps_shown = True
        self.bind("<Configure>", lambda event: self._fit(event.width))
        bind_subscription(self, view.zoom.subscribe(self._show_zoom))
        bind_subscription(self, view.mode.subscribe(self._show_mode))
        bind_subscription(self, controller.changed.subscribe(self._show_document))

    def _fit(self, width: int) -> None:
        """Leave out the buttons that the wheel stands for where the window is narrow."""
        smaller, larger = self._zooming[:2]
        gap: dict[str, Any] = {"side": "left", "padx": self._gap}
        needed = self._left.winfo_reqwidth() + self._right.winfo_reqwidth() + self._margin
        if not self._steps_shown:
            needed += smaller.winfo_reqwidth() + larger.winfo_reqwidth() + 4 * self._gap
        wanted = needed <= width
        if wanted and not self._steps_shown:
            smaller.pack(before=self._zoom, **gap)
            larger.pack(after=self._zoom, **gap)
        elif not wanted and self._steps_shown:
            smaller.pack_forget()
            larger.pack_forget()
        self._steps_shown = wanted

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
        comparable = document is not None and document.state.value.denoised is not None
        for name, mode_button in self._modes.buttons.items():
            lacking = {"error": self._view.truth is None, "rivals": self._view.rivals is None}
            usable = comparable and not lacking.get(name, False)
            mode_button.state(["!disabled" if usable else "disabled"])
