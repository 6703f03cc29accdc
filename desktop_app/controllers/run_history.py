"""Earlier training runs: listed, compared, taken up again, used, deleted."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop_app.controllers.context import Context
from desktop_app.controllers.models import ModelsController
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.training import RUN_NAME, TrainingController
from desktop_app.controllers.training_curves import TrainingCurves, read_curves
from desktop_app.controllers.training_start import model_of
from desktop_app.services.jobs import CancelToken
from desktop_app.services.training.cards import TEXT_FIELDS, change_texts
from desktop_app.services.training.list_of_runs import delete_run, list_runs
from scratch_layers.models.card import read_card


@dataclass(frozen=True)
class RunEntry:
    """A run as the list shows it.

    Attributes:
        folder: where it lies.
        name: what a person has called its model, or when it was started.
        details: what it learned from, and how long.
        step: steps done.
        psnr: best validation PSNR in dB, or ``None``.
        state: whether it is finished or can be resumed.
        model: the model file it made, or ``None``.
    """

    folder: Path
    name: str
    details: str
    step: int
    psnr: float | None
    state: str
    model: Path | None


class RunHistoryController:
    """Knows the runs on disk.

    Attributes:
        runs: all runs, the latest first.
        compared: curves of the runs that are to be drawn beside the present one, by name.
    """

    def __init__(
        self, context: Context, models: ModelsController, training: TrainingController
    ) -> None:
        self._context = context
        self._models = models
        self._training = training
        self.runs: Observable[tuple[RunEntry, ...]] = Observable(())
        self.compared: Observable[dict[str, TrainingCurves]] = Observable({})

    def refresh(self) -> None:
        """Read the list of runs anew, on a worker thread."""
        folder = self._training.runs_folder

        def set_runs(runs: tuple[RunEntry, ...]) -> None:
            self.runs.value = runs

        self._context.runner.start_call(
            "Looking for runs",
            lambda token: _list(folder),
            on_result=set_runs,
            on_error=lambda error: self._context.report("The runs were not listed", error),
        )

    def compare(self, folders: Sequence[Path]) -> None:
        """Draw the curves of these runs, and of no others, beside the present one."""
        chosen = list(folders)

        def read(token: CancelToken) -> dict[str, TrainingCurves]:
            return {run_title(folder.name, seconds=True): read_curves(folder) for folder in chosen}

        def set_compared(curves: dict[str, TrainingCurves]) -> None:
            self.compared.value = curves

        self._context.runner.start_call(
            "Reading curves",
            read,
            on_result=set_compared,
            on_error=lambda error: self._context.report("The curves were not read", error),
        )

    def resume(self, entry: RunEntry) -> None:
        """Go on with a run from its last checkpoint."""
        self._training.resume_run(entry.folder)

    def use(self, folder: Path, model: Path | None) -> None:
        """Denoise with what a run has learned.

        Args:
            folder: of the run.
            model: its model, or ``None`` if it has none yet.
        """
        if model is None:
            self._context.status.value = "This run has not been validated yet; it has no model."
            return
        self._models.choose(str(model))
        self._context.status.value = f"Denoising now uses the model of {folder.name}."

    def delete(self, entries: Sequence[RunEntry]) -> None:
        """Put runs with all that they have made into the bin, on a worker thread."""
        folders = [entry.folder for entry in entries]
        names = ", ".join(entry.name for entry in entries)

        def work(token: CancelToken) -> None:
            for folder in folders:
                delete_run(folder)

        def forget() -> None:
            model = self._training.model
            if model.value is not None and not model.value.exists():
                model.value = None
            self._models.refresh()
            self.refresh()

        def on_result(_: None) -> None:
            forget()
            self._context.status.value = f"Moved to the bin: {names}."

        def on_error(error: BaseException) -> None:
            forget()
            self._context.report("The run was not deleted", error)

        self._context.runner.start_call(
            "Deleting runs", work, on_result=on_result, on_error=on_error, at_close="finish"
        )

    def texts(self, model: Path) -> dict[str, str]:
        """Return what the card of a run's model says in words, by field.

        Raises:
            AppError, ScratchError: the card cannot be read.
        """
        card = read_card(model)
        return {name: getattr(card, name) for name in TEXT_FIELDS}

    def change_texts(self, model: Path, texts: Mapping[str, str]) -> None:
        """Write texts onto the card of a run's model, and of the models that it will make.

        Raises:
            AppError, ScratchError: the card cannot be read or written.
        """
        card = change_texts(model, texts)
        self._models.refresh()
        self.refresh()
        self._context.status.value = f"Wrote the card of “{card.title}”."


def _list(folder: Path) -> tuple[RunEntry, ...]:
    # A run that cannot be read any more can be neither resumed nor compared.
    runs = [run for run in reversed(list_runs(folder)) if run.folder != folder]
    return tuple(
        RunEntry(
            run.folder,
            run.title or run_title(run.folder.name),
            f"{run.data}, {run.minutes:.0f} minute{'s' * (round(run.minutes) != 1)}",
            run.step,
            run.psnr,
            run.state,
            model_of(run.folder),
        )
        for run in runs
    )


def run_title(name: str, seconds: bool = False) -> str:
    """Return the name of a run, shortened to day and time where it is the moment of its start."""
    try:
        start = time.strptime(name, RUN_NAME)
    except ValueError:
        return name
    return time.strftime("%d %b %H:%M:%S" if seconds else "%d %b %H:%M", start)
