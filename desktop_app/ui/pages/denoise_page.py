"""The page for one photo at a time, with its toolbar: open, denoise, compare, adjust, save."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.document import Document
from desktop_app.ui.commands import Commands
from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.choice_bar import Choice, ChoiceBar
from desktop_app.ui.widgets.empty_state import EmptyState
from desktop_app.ui.widgets.filmstrip import Filmstrip
from desktop_app.ui.widgets.icon_button import IconButton
from desktop_app.ui.widgets.inspector import Inspector
from desktop_app.ui.widgets.status_line import StatusLine
from desktop_app.ui.widgets.viewer import Viewer
from desktop_app.ui.widgets.wrapping import ToolRows

OF_ONE_PHOTO = ("denoise", "save", "save-as", "close", "share-settings", "denoise-all", "save-all")
"""The commands in the menu over a picture of the filmstrip."""


FOLLOW_MS = 120
"""How long a view must rest before the preview follows it."""


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


class DenoisePage(ttk.Frame):
    """Toolbar, viewer and inspector."""

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        controller: ApplicationController,
        commands: Commands,
        status: StatusLine,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._status = status
        self._pointer: tuple[int, int] | None = None
        self.toolbar = ViewerToolbar(self, appearance, controller, commands)
        self.toolbar.grid(row=0, column=0, sticky="ew")
        self._stage = ttk.Frame(self)
        self._stage.grid(row=1, column=0, sticky="nsew")
        self.filmstrip = Filmstrip(
            self, appearance, controller, [commands[name] for name in OF_ONE_PHOTO]
        )
        self.inspector = Inspector(self, appearance, controller, commands)
        self.inspector.grid(row=0, column=1, rowspan=3, sticky="ns")
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)
        self.viewer = Viewer(self._stage, appearance, controller.view, self._on_pointer)
        self.empty = EmptyState(
            self._stage,
            appearance,
            ("Drop photos here", "or open some, or see at once what it does"),
            (
                ("Open photos …", commands["open"].run),
                ("Try the sample photo", commands["sample"].run),
            ),
        )
        bind_subscription(self, controller.documents.documents.subscribe(self._show_documents))
        bind_subscription(self, controller.documents.current.subscribe(self._show_document))
        bind_subscription(self, controller.view.zoom.subscribe(lambda _: self._show_facts()))
        bind_subscription(self, controller.changed.subscribe(lambda _: self._show_facts()))
        self._following = Later(self, self._follow, FOLLOW_MS, postpone=True)
        for source in (
            *(controller.view.looks, controller.models.chosen, controller.models.quality),
            controller.denoising.level,
            *(controller.denoising.progress, controller.context.settings, controller.changed),
        ):
            bind_subscription(self, source.subscribe(lambda _: self._following.request()))
        # By the time that the noise of a photo is known, the view rests.
        bind_subscription(
            self, controller.denoising.found.noise.subscribe(lambda _: self._follow())
        )
        # The facts are about the picture: they go and come with the page that shows it.
        for event in ("<Map>", "<Unmap>"):
            self.bind(event, lambda _: self._show_facts())
        self.bind("<Map>", lambda _: self._following.request(), add="+")

    def _show_documents(self, documents: tuple[Document, ...]) -> None:
        """One picture needs no row of pictures."""
        if len(documents) > 1:
            self.filmstrip.grid(row=2, column=0, sticky="ew")
        else:
            self.filmstrip.grid_remove()

    def _show_document(self, document: Document | None) -> None:
        shown, hidden = (self.empty, self.viewer) if document is None else (self.viewer, self.empty)
        hidden.place_forget()
        shown.place(relwidth=1, relheight=1)

    def _follow(self) -> None:
        if self.winfo_ismapped():
            self._controller.preview.follow()

    def _on_pointer(self, pointer: tuple[int, int] | None) -> None:
        if pointer != self._pointer:
            self._pointer = pointer
            self._show_facts()

    def _show_facts(self) -> None:
        document = self._controller.documents.current.value
        if document is None or not self.winfo_ismapped():
            self._status.show_facts("")
            return
        self._status.show_facts("   ".join(self._facts(document)))

    def _facts(self, document: Document) -> list[str]:
        state = document.state.value
        picture = state.noisy.picture
        facts = []
        if self._pointer is not None:
            x, y = self._pointer
            facts.append(f"{x}, {y}: {_values(picture.samples[y, x])}")
            if state.denoised is not None:
                facts[-1] += f" → {_values(state.denoised.picture.samples[y, x])}"
        colours = "gray" if picture.is_gray else "RGB"
        facts.append(f"{picture.width} x {picture.height} {colours}, {picture.bits} bit")
        return facts


def _values(sample: object) -> str:
    return " ".join(str(value) for value in sample)  # type: ignore[attr-defined]


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
        self._zoom = ttk.Label(zooming, style="Caption.TLabel", width=6, anchor="center")
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
