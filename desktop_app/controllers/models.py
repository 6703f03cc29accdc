"""Which models there are and which one is chosen."""

from __future__ import annotations

from pathlib import Path

from desktop_app.controllers.context import Context
from desktop_app.controllers.observable import Observable
from desktop_app.services.model_store import ModelEntry, list_models


class ModelsController:
    """Owns the list of models.

    Attributes:
        entries: what can be chosen; empty until :meth:`refresh`.
        chosen: name (or path) of the model that denoises.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.entries: Observable[tuple[ModelEntry, ...]] = Observable(())
        self.chosen: Observable[str] = Observable(context.settings.value.model)

    def refresh(self) -> None:
        """Read the list of models anew; a choice that no longer exists falls back to the first."""
        problems: list[str] = []
        self.entries.value = tuple(list_models(problems.append))
        if problems:
            self._context.status.value = problems[0]
        names = [entry.name for entry in self.entries.value]
        chosen = self.chosen.value
        if chosen not in names and not Path(chosen).is_file() and names:
            self.chosen.value = names[0]

    def choose(self, name: str) -> None:
        """Denoise with another model from now on, and after the next start."""
        self.chosen.value = name
        self._context.change_settings(model=name)

    def entry(self) -> ModelEntry | None:
        """Return the chosen model, or ``None`` if it is a file outside the list."""
        for entry in self.entries.value:
            if entry.name == self.chosen.value:
                return entry
        return None
