"""The window's commands, and what each of them does."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.controllers.application import ApplicationController
from desktop_app.services.errors import AppError
from desktop_app.ui.commands import Command, Commands
from desktop_app.ui.dialogs.file_choice import (
    choose_folder,
    choose_model,
    choose_pictures,
)
from desktop_app.ui.exchange import pasted_files
from desktop_app.ui.pages import PAGES
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.view_commands import theme_commands, view_commands

if TYPE_CHECKING:
    from desktop_app.ui.saving import Saving


class WindowCommands:
    """Carries out what menus, buttons and keys order; asks the person where that is needed."""

    def __init__(
        self, root: tk.Tk, appearance: Appearance, controller: ApplicationController
    ) -> None:
        self._root = root
        self._appearance = appearance
        self._controller = controller
        self._documents = controller.documents

    @cached_property
    def saving(self) -> Saving:
        """Saving and exporting, with their dialogs."""
        from desktop_app.ui.saving import Saving

        return Saving(self._root, self._appearance, self._controller)

    def build(
        self,
        quit_window: Command,
        show_page: Callable[[str], object],
        order_of_page: Callable[[str], Callable[[], object] | None],
    ) -> Commands:
        """Return all commands by name.

        Args:
            quit_window: closes the window.
            show_page: brings a page to the front.
            order_of_page: returns what the page that is shown does instead of a command, or
                ``None``.
        """
        self._show_page, self._order_of_page = show_page, order_of_page
        view, denoising = self._controller.view, self._controller.denoising
        opened, idle = self._is_open, lambda: denoising.progress.value is None
        several = self._controller.all_photos
        commands = Commands()
        self._add_pages(commands)
        commands.update(
            {
                "open": Command("Open photos …", self.open, ("Mod-o",)),
                "open-folder": Command("Open a folder …", self.open_folder),
                "paste": Command("Paste", self.paste, ("Mod-v",), typing=False),
                "sample": Command("Open the sample photo", self._controller.open_sample),
                "save": Command("Save", lambda: self.saving.save(), ("Mod-s",), enabled=opened),
                "save-as": Command(
                    "Save as …", lambda: self.saving.save_as(), ("Mod-Shift-s",), enabled=opened
                ),
                "export": Command(
                    "Export for the web …", lambda: self.saving.export(), ("Mod-e",), enabled=opened
                ),
                "copy": Command(
                    "Copy the result",
                    lambda: self.saving.copy(),
                    ("Mod-c",),
                    enabled=opened,
                    typing=False,
                ),
                "close": Command("Close picture", self.close_current, ("Mod-w",), enabled=opened),
                "undo": Command("Undo", self.undo, ("Mod-z",), enabled=self._can_undo),
                "redo": Command(
                    "Redo", self.redo, ("Mod-Shift-z", "Mod-y"), enabled=self._can_redo
                ),
                "denoise": Command(
                    "Denoise",
                    self.start,
                    ("Mod-Return",),
                    "Remove the noise from this picture",
                    lambda: order_of_page("start") is not None or (opened() and idle()),
                ),
                "denoise-all": Command(
                    "Denoise all photos",
                    several.denoise,
                    ("Mod-Shift-d",),
                    "Denoise all opened photos, or those picked, one after the other",
                    self._are_several,
                    naming=lambda: f"Denoise {several.words}",
                ),
                "share-settings": Command(
                    "Copy settings to all photos",
                    several.share_settings,
                    enabled=self._are_several,
                    naming=lambda: f"Copy settings to {several.words}",
                ),
                "save-all": Command(
                    "Save all …",
                    lambda: self.saving.save_all(),
                    enabled=self._are_several,
                    naming=lambda: f"Save {several.words} …",
                ),
                "cancel": Command("Cancel", self.cancel, ("Escape",), enabled=lambda: not idle()),
                "adapt": Command(
                    "Adapt to this photo",
                    self._controller.adapt,
                    help="Learn from this photo alone for a minute, then denoise it with that",
                    enabled=lambda: opened() and not self._controller.training.active,
                ),
                "open-model": Command("Use a model from a file …", self.open_model),
                "model-card": Command("About this model", self.show_card),
                "flip": Command(
                    "Flip before and after", view.flip, ("space",), enabled=opened, typing=False
                ),
                "settings": Command("Settings …", self.show_settings, ("Mod-comma",)),
                "shortcuts": Command("Keyboard shortcuts", self.show_shortcuts, ("F1",)),
                "about": Command("About Scratch Denoiser", self.show_about),
                "quit": quit_window,
            }
        )
        commands.update(view_commands(self._controller))
        commands.update(theme_commands(self._controller.context))
        self._all = commands
        return commands

    def _add_pages(self, commands: Commands) -> None:
        for number, page in enumerate(PAGES, start=1):
            commands[f"page-{page.name}"] = Command(
                f"{page.text} page",
                partial(self._show_page, page.name),
                (f"Mod-{number}",),
                page.explanation,
            )

    # Documents ----------------------------------------------------------------------------------

    def open(self) -> None:
        """Ask for pictures and open them, or add them to the page that takes some."""
        add = self._order_of_page("add_photos")
        if add is not None:
            add()
        else:
            self._show(choose_pictures(self._root, self._controller.context))

    def open_folder(self) -> None:
        """Ask for a folder and open its pictures, or add them to the page that takes some."""
        add = self._order_of_page("add_folder")
        if add is not None:
            add()
            return
        context, title = self._controller.context, "Open the photos of a folder"
        if folder := choose_folder(self._root, context, "open", title):
            self._show([folder])

    def start(self) -> None:
        """Let the page that is shown begin its work; denoise where that is no other page's."""
        (self._order_of_page("start") or self._controller.denoising.denoise)()

    def _show(self, paths: list[Path]) -> None:
        """Open pictures where they can be seen."""
        if paths:
            self._show_page("denoise")
            self._documents.open(paths)

    def paste(self) -> None:
        """Open what is on the clipboard."""
        try:
            paths, made_for_it = pasted_files(self._root)
        except AppError as error:
            self._controller.context.report("Nothing was pasted", error)
            return
        if made_for_it:
            self._show_page("denoise")
            self._documents.open(paths, pasted=True)
        else:
            self._show(paths)

    def open_recent(self, path: Path) -> None:
        """Open a file from the list of recent ones."""
        self._show([path])

    def cancel(self) -> None:
        """Stop denoising, of this photo and of those that wait."""
        self._controller.all_photos.stop()
        self._controller.denoising.cancel()

    def close_current(self) -> None:
        """Close the picture that is shown, after asking about unsaved work."""
        document = self._documents.current.value
        if document is not None and self.saving.may_lose([document]):
            self._documents.close(document)

    def undo(self) -> None:
        """Take back the latest change."""
        if (document := self._documents.current.value) is not None:
            document.undo()

    def redo(self) -> None:
        """Do again what was taken back."""
        if (document := self._documents.current.value) is not None:
            document.redo()

    # Dialogs ------------------------------------------------------------------------------------

    def open_model(self) -> None:
        """Ask for a model file and use it."""
        path = choose_model(self._root, self._controller.context)
        if path is not None:
            self._controller.models.choose(str(path))

    def show_card(self) -> None:
        """Show what is known about the chosen model."""
        from desktop_app.ui.dialogs.card_dialogs import CardDialog

        CardDialog(self._root, self._appearance, self._controller.models).ask()

    def show_settings(self) -> None:
        """Show the settings."""
        from desktop_app.ui.dialogs.settings_dialog import SettingsDialog

        SettingsDialog(self._root, self._appearance, self._controller.context).ask()

    def show_shortcuts(self) -> None:
        """Show the keys."""
        from desktop_app.ui.dialogs.information_dialogs import ShortcutsDialog

        ShortcutsDialog(self._root, self._appearance, self._all).ask()

    def show_about(self) -> None:
        """Show the versions."""
        from desktop_app.ui.dialogs.information_dialogs import AboutDialog

        AboutDialog(self._root, self._appearance, self._controller.models).ask()

    # What is possible now -----------------------------------------------------------------------

    def _are_several(self) -> bool:
        return len(self._documents.documents.value) > 1

    def _is_open(self) -> bool:
        return self._documents.current.value is not None

    def _can_undo(self) -> bool:
        document = self._documents.current.value
        return document is not None and document.undo_label is not None

    def _can_redo(self) -> bool:
        document = self._documents.current.value
        return document is not None and document.redo_label is not None
