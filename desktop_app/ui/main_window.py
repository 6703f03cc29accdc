"""The frame of the window: the menu bar, navigation on the left, a page beside it, a line below."""

from __future__ import annotations

import dataclasses
import tkinter as tk
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tkinter import ttk

from desktop_app.controllers.application import ApplicationController
from desktop_app.ui.commands import Commands
from desktop_app.ui.pages import PAGES
from desktop_app.ui.pages.denoise_page import DenoisePage
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.theme.palette import Palette
from desktop_app.ui.widgets.choice_bar import ChoiceBar
from desktop_app.ui.widgets.status_line import StatusLine

SEPARATOR = ""
MENUS: dict[str, tuple[str, ...]] = {
    "File": (
        *("open", "open-folder", "sample", "recent", SEPARATOR),
        *("save", "save-as", "save-all", "export", SEPARATOR, "close", SEPARATOR, "quit"),
    ),
    "Edit": ("undo", "redo", SEPARATOR, "copy", "paste", SEPARATOR, "settings"),
    "Picture": (
        "denoise",
        "denoise-all",
        "cancel",
        "share-settings",
        "adapt",
        SEPARATOR,
        "open-model",
        "model-card",
    ),
    "View": (
        *("page-denoise", "page-batch", "page-train", "page-learn", SEPARATOR),
        *("flip", "view-split", "view-side", "view-rivals", SEPARATOR),
        *("view-removed", "view-error", "more-gain", "less-gain", SEPARATOR),
        *("zoom-in", "zoom-out", "fit", "actual-size", "double-size", "loupe", SEPARATOR),
        *("theme-system", "theme-light", "theme-dark", "theme-high-contrast"),
    ),
    "Help": ("shortcuts", "about"),
}
RECENT = "recent"


class MainWindow(ttk.Frame):
    """Pages are imported and made when they are first shown: a start needs only one of them."""

    def __init__(
        self,
        root: tk.Tk,
        appearance: Appearance,
        controller: ApplicationController,
        commands: Commands,
    ) -> None:
        super().__init__(root)
        px = appearance.px
        self._appearance = appearance
        self._controller = controller
        self._commands = commands
        self.status = StatusLine(self, appearance)
        self.status.pack(side="bottom", fill="x")
        ttk.Frame(self, height=1, style="Line.TFrame").pack(side="bottom", fill="x")
        rail = ttk.Frame(self, padding=(px(4), px(6)))
        rail.pack(side="left", fill="y")
        choices = [
            dataclasses.replace(page, explanation=commands[f"page-{page.name}"].explanation)
            for page in PAGES
        ]
        self.navigation = ChoiceBar(rail, appearance, choices, self.show_page, vertical=True)
        self.navigation.pack(side="top", fill="x")
        ttk.Frame(self, width=1, style="Line.TFrame").pack(side="left", fill="y")
        self._stage = ttk.Frame(self)
        self._stage.pack(side="left", fill="both", expand=True)
        self.pages: dict[str, ttk.Frame] = {}
        self._shown: ttk.Frame | None = None
        self._told: dict[str, str] = {}
        bind_subscription(self, controller.context.status.subscribe(self._tell))
        self.show_page("denoise")

    def show_page(self, name: str) -> None:
        """Bring a page to the front."""
        self.navigation.chosen = name
        if name not in self.pages:
            self.pages[name] = self._builders()[name]()
        page = self.pages[name]
        if self._shown is not page:
            if self._shown is not None:
                self._shown.pack_forget()
            page.pack(fill="both", expand=True)
            is_first, self._shown = self._shown is None, page
            if not is_first:
                explanation = next(one.explanation for one in PAGES if one.name == name)
                self._controller.context.tell(self._told.get(name, f"{explanation}."))

    def _tell(self, sentence: str) -> None:
        """Show a sentence; it comes back with the page on which it was told."""
        self._told[self.navigation.chosen] = sentence
        self.status.show(sentence)

    def order(self, name: str) -> Callable[[], object] | None:
        """Return what the page that is shown does under a name, or ``None``."""
        return getattr(self._shown, name, None)

    def drop(self, paths: list[Path]) -> None:
        """Give what was dropped to the page that is shown, or to the Denoise page."""
        receiver = getattr(self._shown, "drop", None)
        if receiver is not None:
            receiver(paths)
        else:
            self.show_photos(paths)

    def show_photos(self, paths: list[Path]) -> None:
        """Show the Denoise page and open photos there."""
        self.show_page("denoise")
        self._controller.documents.open(paths)

    def _builders(self) -> dict[str, Callable[[], ttk.Frame]]:
        return {
            "denoise": self._build_denoise,
            "batch": self._build_batch,
            "train": self._build_train,
            "learn": self._build_learn,
        }

    def _build_denoise(self) -> ttk.Frame:
        return DenoisePage(
            self._stage, self._appearance, self._controller, self._commands, self.status
        )

    def _build_batch(self) -> ttk.Frame:
        from desktop_app.ui.pages.batch_page import BatchPage

        return BatchPage(
            self._stage, self._appearance, self._controller, self._commands, self.show_photos
        )

    def _build_learn(self) -> ttk.Frame:
        from desktop_app.ui.pages.learn_page import LearnPage

        return LearnPage(self._stage, self._appearance, self._controller)

    def _build_train(self) -> ttk.Frame:
        from desktop_app.ui.pages.train_page import TrainPage

        return TrainPage(self._stage, self._appearance, self._controller, self.show_page)


class MenuBar(tk.Menu):
    """Menus whose entries are enabled as their commands say when they are opened."""

    def __init__(
        self,
        root: tk.Tk,
        appearance: Appearance,
        controller: ApplicationController,
        commands: Commands,
        open_recent: Callable[[Path], object],
    ) -> None:
        super().__init__(root, tearoff=False)
        self._controller = controller
        self._commands = commands
        self._open_recent = open_recent
        self._menus: list[tk.Menu] = [self]
        for title, names in MENUS.items():
            self.add_cascade(label=title, menu=self._build(names), underline=0)
        appearance.follow(self, self._paint)
        root.configure(menu=self)

    def _build(self, names: tuple[str, ...]) -> tk.Menu:
        menu = self._new_menu()
        entries: list[tuple[int, str]] = []
        for name in names:
            if name == SEPARATOR:
                menu.add_separator()
            elif name == RECENT:
                recent = self._new_menu()
                recent.configure(postcommand=partial(self._fill_recent, recent))
                menu.add_cascade(label="Open recent", menu=recent)
            elif name in self._commands:
                command = self._commands[name]
                menu.add_command(
                    label=command.title, command=command.run, accelerator=command.shortcut
                )
                entries.append((menu.index("end") or 0, name))
        menu.configure(postcommand=lambda: self._enable(menu, entries))
        return menu

    def _new_menu(self) -> tk.Menu:
        menu = tk.Menu(self, tearoff=False)
        self._menus.append(menu)
        return menu

    def _enable(self, menu: tk.Menu, entries: list[tuple[int, str]]) -> None:
        for index, name in entries:
            command = self._commands[name]
            menu.entryconfigure(
                index,
                state="normal" if command.enabled() else "disabled",
                label=command.words,
            )

    def _fill_recent(self, menu: tk.Menu) -> None:
        menu.delete(0, "end")
        paths = [Path(name) for name in self._controller.context.settings.value.recent_files]
        for path in paths:
            menu.add_command(label=str(path), command=partial(self._open_recent, path))
        if not paths:
            menu.add_command(label="Nothing yet", state="disabled")

    def _paint(self, palette: Palette) -> None:
        for menu in self._menus:
            menu.configure(
                background=palette.background,
                foreground=palette.text,
                activebackground=palette.surface,
                activeforeground=palette.text,
                disabledforeground=palette.muted,
                activeborderwidth=0,
                borderwidth=0 if menu is self else 1,
                relief="flat",
            )
