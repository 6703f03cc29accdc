"""The menu bar, made of the commands."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial
from pathlib import Path

from desktop_app.controllers.application import ApplicationController
from desktop_app.ui.commands import Commands
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette

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
        "share-strength",
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
