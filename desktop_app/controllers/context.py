"""What every controller shares: the job runner, the settings, the status line, the problems."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from desktop_app.controllers.observable import Observable, Signal
from desktop_app.controllers.problems import Problem, describe
from desktop_app.services.errors import AppError
from desktop_app.services.jobs import JobRunner
from desktop_app.services.settings import Settings, load_settings, save_settings


class Context:
    """The common ground of the controllers.

    Attributes:
        runner: runs long work.
        settings: what is remembered; change it through :meth:`change_settings`.
        status: the sentence in the status line.
        problems: emits every error that the person at the window must see.
    """

    def __init__(self, settings_file: Path) -> None:
        self._settings_file = settings_file
        settings, complaint = load_settings(settings_file)
        self.runner = JobRunner()
        self.settings: Observable[Settings] = Observable(settings)
        self.status: Observable[str] = Observable(complaint or "Ready.")
        self.problems: Signal[Problem] = Signal()

    def change_settings(self, **changes: Any) -> None:
        """Change settings and put them on disk."""
        self.replace_settings(dataclasses.replace(self.settings.value, **changes))

    def replace_settings(self, settings: Settings) -> None:
        """Take over ``settings`` and put them on disk; a failure is told in the status line."""
        former = self.settings.value
        if settings == former:
            return
        self.settings.value = settings
        try:
            save_settings(settings, self._settings_file, former)
        except (OSError, AppError) as error:
            self.status.value = describe("Settings", error).sentence

    def tell(self, sentence: str) -> None:
        """Show a sentence in the status line."""
        self.status.value = sentence

    def report(self, title: str, error: BaseException) -> None:
        """Show an error to the person at the window."""
        self.status.value = title + "."
        self.problems.emit(describe(title, error))
