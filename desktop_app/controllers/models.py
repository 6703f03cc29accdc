"""Which models there are, which one is chosen, and on which devices it can run."""

from __future__ import annotations

import contextlib
from pathlib import Path

from desktop_app.controllers.context import Context
from desktop_app.controllers.observable import Observable
from desktop_app.services.errors import AppError
from desktop_app.services.jobs import CancelToken
from desktop_app.services.models.model_choice import ModelChoice
from desktop_app.services.models.model_store import (
    AUTOMATIC,
    ModelEntry,
    entry_of,
    list_models,
)
from scratch_layers.errors import ScratchError
from scratch_layers.models.card import ModelCard

AUTOMATIC_ENTRY = ModelEntry(
    AUTOMATIC,
    "Automatic",
    Path(),
    ModelCard(
        AUTOMATIC,
        "Automatic",
        "Measures the noise of each photo and takes the model that suits it; clean pictures are "
        "left as they are.",
    ),
)
KINDS = {"cuda": "NVIDIA GPU", "mps": "Apple GPU", "cpu": "Processor"}


class ModelsController:
    """Owns the list of models.

    Attributes:
        entries: what can be chosen: the automatic choice, the installed models, then those that
            were opened from files or trained here; without models until :meth:`refresh`.
        chosen: name (or path) of the model that denoises, or ``auto``.
        quality: ``fast`` or ``best``, see :class:`ModelChoice`.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._own: dict[str, ModelEntry] = {}
        self.entries: Observable[tuple[ModelEntry, ...]] = Observable((AUTOMATIC_ENTRY,))
        self.chosen: Observable[str] = Observable(context.settings.value.model)
        self.quality: Observable[str] = Observable(context.settings.value.quality)

    def refresh(self) -> None:
        """Read the list of models anew; a choice that no longer exists becomes automatic."""
        problems: list[str] = []
        installed = list_models(problems.append)
        if problems:
            self._context.status.value = problems[0]
        names = [AUTOMATIC, *(entry.name for entry in installed)]
        for name in {*self._own, self.chosen.value} - {*names}:
            self._read_own(name)
        self.entries.value = (AUTOMATIC_ENTRY, *installed, *self._own.values())
        chosen = self.chosen.value
        if chosen not in names and not Path(chosen).is_file():
            self.chosen.value = AUTOMATIC

    def choose(self, name: str) -> None:
        """Denoise with another model from now on, and after the next start."""
        self.choose_for_now(name)
        self._context.change_settings(model=name)

    def choose_for_now(self, name: str) -> None:
        """Denoise with another model until another is chosen, or the next start."""
        if all(entry.name != name for entry in self.entries.value):
            self._read_own(name)
            if name in self._own:
                self.entries.value = (*self.entries.value, self._own[name])
        self.chosen.value = name

    def choice(self) -> ModelChoice:
        """Return what denoises, where and how thoroughly."""
        device = self._context.settings.value.device
        return ModelChoice(self.chosen.value, device, quality=self.quality.value)

    def choose_quality(self, quality: str) -> None:
        """Denoise ``fast`` or ``best`` from now on, and after the next start."""
        self.quality.value = quality
        self._context.change_settings(quality=quality)

    def entry(self) -> ModelEntry | None:
        """Return the chosen model, or ``None`` if it is a file whose card cannot be read."""
        for entry in self.entries.value:
            if entry.name == self.chosen.value:
                return entry
        return None

    def _read_own(self, path: str) -> None:
        """Take a model outside the list into it; what is wrong with it is told when it is used."""
        self._own.pop(path, None)
        with contextlib.suppress(AppError, ScratchError):
            self._own[path] = entry_of(Path(path))


class DevicesController:
    """Asks torch, on a worker thread, once somebody wants to know.

    Attributes:
        names: what torch sees, the fastest kind first; the processor alone until it was asked.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._asked = False
        self.names: Observable[tuple[str, ...]] = Observable(("cpu",))

    def watch(self) -> None:
        """Find out, if nobody has yet."""
        if self._asked:
            return
        self._asked = True

        def work(token: CancelToken) -> tuple[str, ...]:
            from scratch_layers.devices import available_devices

            return tuple(available_devices())

        def on_result(names: tuple[str, ...]) -> None:
            self.names.value = names

        self._context.runner.start_call(
            "Looking for devices",
            work,
            on_result=on_result,
            on_error=lambda error: self._context.report("The devices were not found", error),
        )


def device_title(name: str) -> str:
    """Return a device as people read it, such as ``NVIDIA GPU (cuda:0)``."""
    kind = KINDS.get(name.partition(":")[0])
    return name if kind is None else f"{kind} ({name})"
