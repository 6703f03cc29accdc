"""The window from its opening to its closing."""

from __future__ import annotations

import os
import sys
import time
import tkinter as tk
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.problems import Problem
from desktop_app.services.first_window import Inbox
from desktop_app.services.processor import wait_briefly
from desktop_app.services.resources import icon
from desktop_app.services.settings import Settings
from desktop_app.ui.commands import Command, bind_shortcuts
from desktop_app.ui.exchange import accept_files
from desktop_app.ui.main_window import MainWindow, MenuBar
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.tk_root import EventPump, ShownTk
from desktop_app.ui.window_commands import WindowCommands
from desktop_app.ui.window_place import (
    FRAME,
    MENU,
    geometry_of,
    prepare_process,
    screen_scale,
    screens_of,
    seen,
)

TITLE = "Scratch Denoiser"
SMALLEST = (900, 600)
USUAL = (1200, 780)
CLOSING_POLL_MS, INBOX_POLL_MS = 50, 300
LATEST_BEGIN_MS = 500
PATIENCE_SECONDS = 1.0
"""How long closing waits for work that can be abandoned without losing anything."""


def run(paths: Sequence[Path] = (), inbox: Inbox | None = None) -> int:
    """Open the window, with these pictures, and return when it is closed.

    Args:
        inbox: what later starts hand over to this window.
    """
    window = Window(ApplicationController())
    window.open(paths)
    if inbox is not None:
        window.watch(inbox)
    return run_until_closed(window)


def run_until_closed(window: Window) -> int:
    """Let the window live until it is closed, then end what can be left behind."""
    window.root.mainloop()
    if not window.controller.at_rest:
        # Threads deep in a library would meet the end of the interpreter under their feet.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    return 0


class Window:
    """Creates everything that is seen, and takes it down again in order."""

    def __init__(self, controller: ApplicationController, scale: float | None = None) -> None:
        prepare_process()
        wait_briefly()
        self.controller = controller
        self.root = ShownTk(className="scratch-denoiser")
        self.root.withdraw()
        self.root.title(TITLE)
        self.root.report_callback_exception = self._on_callback_error
        settings = controller.context.settings.value
        scale = scale or settings.scale or screen_scale(self.root)
        self.appearance = Appearance(self.root, scale, settings.text_scale)
        self.appearance.use(settings.theme)
        self._set_icon()
        self._set_size(settings)
        self.actions = WindowCommands(self.root, self.appearance, controller)
        self.commands = self.actions.build(
            Command("Quit", self.close, ("Mod-q",)),
            lambda name: self.main.show_page(name),
            lambda name: self.main.order(name),
        )
        self.menu = MenuBar(
            self.root, self.appearance, controller, self.commands, self.actions.open_recent
        )
        self.main = MainWindow(self.root, self.appearance, controller, self.commands)
        self.main.pack(fill="both", expand=True)
        bind_shortcuts(self.root, self.commands)
        self._problems: list[Problem] = []
        self._theme = settings.theme
        self._closing = False
        self._patient_until = 0.0
        self._inbox: Inbox | None = None
        self._inbox_timer = ""
        self._subscriptions = [
            controller.context.problems.subscribe(self._on_problem),
            controller.context.settings.subscribe(self._on_settings, now=False),
            controller.ready.subscribe(self._on_ready, now=False),
        ]
        self.pump = EventPump(self.root, controller.context.runner.deliver)
        self.root.protocol("WM_DELETE_WINDOW", self.close)
        self.root.bind("<FocusIn>", self._on_focus, add="+")
        self._begun = False
        self.root.bind("<Expose>", self._on_expose, add="+")
        self._latest_begin = self.root.after(LATEST_BEGIN_MS, self._begin)
        self.root.deiconify()

    def open(self, paths: Sequence[Path]) -> None:
        """Open pictures, such as those named on the command line."""
        self.controller.documents.open([path.absolute() for path in paths])

    def watch(self, inbox: Inbox) -> None:
        """Take what later starts of the program hand over, now and then, until the end."""
        self._inbox = inbox
        self._look_into_inbox()

    def _look_into_inbox(self) -> None:
        if self._inbox is None or self._closing:
            return
        for paths in self._inbox.take():
            self.root.deiconify()
            self.root.lift()
            self.root.focus_force()
            if paths:
                self.main.show_photos(paths)
        self._inbox_timer = self.root.after(INBOX_POLL_MS, self._look_into_inbox)

    def close(self) -> None:
        """Close the window once nothing can be lost any more."""
        if self._closing:
            return
        documents = list(self.controller.documents.unsaved())
        if not self.actions.saving.may_lose(documents):
            return
        self._closing = True
        if self._inbox is not None:
            self.root.after_cancel(self._inbox_timer)
            self._inbox.close()
        self._remember_size()
        self._patient_until = time.monotonic() + PATIENCE_SECONDS
        self.controller.begin_shutdown()
        if not self.controller.at_rest:
            self.controller.context.status.value = "Finishing …"
        self._close_when_at_rest()

    def _on_drop(self, paths: list[Path]) -> None:
        self.main.drop(paths)

    def _on_hover(self, hovering: bool) -> None:
        self.controller.context.status.value = "Drop to open." if hovering else "Ready."

    def _on_expose(self, _: tk.Event) -> None:
        if not self._begun:
            self.root.after_idle(self._begin)

    def _begin(self) -> None:
        self.root.after_cancel(self._latest_begin)
        if self._begun or self._closing:
            return
        self._begun = True
        # Importing torch takes the interpreter away from drawing, which is idle work in several
        # rounds: the window must stand before.
        self.root.update_idletasks()
        self.pump.start()
        accept_files(self.main, self._on_drop, self._on_hover)
        self.controller.preload()

    def _close_when_at_rest(self) -> None:
        patient = time.monotonic() < self._patient_until or not self.controller.may_be_left
        if not self.controller.at_rest and patient:
            self.root.after(CLOSING_POLL_MS, self._close_when_at_rest)
            return
        for unsubscribe in self._subscriptions:
            unsubscribe()
        self.pump.stop()
        self.root.after_cancel(self._latest_begin)
        # What is waiting for an idle moment must run while its widgets still exist.
        self.root.update_idletasks()
        self.root.destroy()

    def _set_icon(self) -> None:
        try:
            picture = tk.PhotoImage(file=str(icon(256)), master=self.root)
        except (FileNotFoundError, tk.TclError):
            return
        self.root.iconphoto(True, picture)

    def _set_size(self, settings: Settings) -> None:
        px, screens = self.appearance.px, screens_of(self.root)
        above = px(FRAME + MENU)
        screen = self.root.winfo_screenwidth(), self.root.winfo_screenheight() - above
        smallest = [min(px(length), limit) for length, limit in zip(SMALLEST, screen, strict=True)]
        usual = [min(px(length), limit) for length, limit in zip(USUAL, screen, strict=True)]
        self.root.minsize(*smallest)
        remembered = seen(settings.window_geometry, screens, above)
        self.root.geometry(remembered or f"{usual[0]}x{usual[1]}")

    def _remember_size(self) -> None:
        if self.root.state() == "normal":
            self.controller.context.change_settings(window_geometry=geometry_of(self.root))

    def _on_ready(self, _: bool) -> None:
        # A picture that is open already, or being opened, must stay collectable.
        documents = self.controller.documents
        if not documents.documents.value and not documents.opening.value:
            self.pump.spare_what_exists()

    def _on_settings(self, settings: Settings) -> None:
        if settings.theme != self._theme:
            self._theme = settings.theme
            self.appearance.use(settings.theme)

    def _on_focus(self, event: tk.Event) -> None:
        """Follow the system's theme: it can only have been changed in another window."""
        if event.widget is self.root and self._theme == "system":
            self.appearance.use(self._theme)

    def _on_problem(self, problem: Problem) -> None:
        """Show problems one after the other, outside whatever found them."""
        self._problems.append(problem)
        if len(self._problems) == 1:
            self.root.after_idle(self._show_problem)

    def _show_problem(self) -> None:
        """Show the first problem; the next one follows when its dialog is closed."""
        if not self._problems or self._closing:
            return
        from desktop_app.ui.dialogs.information_dialogs import ProblemDialog

        dialog = ProblemDialog(self.root, self.appearance, self._problems[0])

        def on_destroy(event: tk.Event) -> None:
            if event.widget is dialog and not self._closing:
                del self._problems[0]
                self.root.after_idle(self._show_problem)

        dialog.bind("<Destroy>", on_destroy, add="+")
        dialog.appear()

    def _on_callback_error(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        """Show an error inside a callback like any other; on a terminal it is printed as well."""
        sys.__excepthook__(kind, error, trace)
        self.controller.context.report("This did not work", error)
