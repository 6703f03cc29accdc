"""Training runs as people see them: a folder that can be started, stopped, resumed and listed."""

from __future__ import annotations

import operator
from collections.abc import Generator, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from desktop_app.services.errors import AppError, WriteError
from desktop_app.services.folder_lock import FolderLock
from desktop_app.services.models.model_store import load
from desktop_app.services.training.cards import model_card, read_texts
from desktop_app.services.training.config import (
    CONFIG_FILE,
    RunConfig,
    RunError,
    read_config,
    write_config,
)
from desktop_app.services.training.reports import (
    MODEL_FOLDER,
    export_model,
    write_curves,
    write_samples,
)
from desktop_app.services.training.sources import open_training_data
from desktop_app.services.training.workers import (
    is_first_process,
    own_device,
    workers_of_this_run,
)
from scratch_layers.devices import resolve_device
from scratch_layers.models.networks import mosaic_weights
from scratch_layers.threads import threads
from scratch_layers.training.checkpoint import LAST
from scratch_layers.training.events import (
    CheckpointSaved,
    Event,
    Finished,
    StepDone,
    Validated,
    WriteFailed,
)
from scratch_layers.training.trainer import Trainer

_SAMPLE_ROWS = 4
_WORK = "a training"


class TrainingRun:
    """One run, ready to train.

    Where ``torchrun`` started several processes, each has its own object; the first process keeps
    the folder.

    Args:
        folder: the run's folder.
        config: how to train.
        lock: the folder's, which is released at the end of the run; None for further processes.
    """

    def __init__(self, folder: Path, config: RunConfig, lock: FolderLock | None = None) -> None:
        threads.choose(config.threads)
        initial_weights = None
        # A run that goes on needs no longer what it started from, which may be gone.
        if not (folder / LAST).exists():
            config, initial_weights = _with_initial_weights(config)
        device = own_device(resolve_device(config.device))
        self.folder = folder
        self.config = config
        self._data = open_training_data(config.data, config.training)
        data = replace(config.data, validation=self._data.validation)
        self.config = config = replace(config, data=data)
        self._lock = lock
        self._open = ExitStack()
        if lock is not None:
            self._open.enter_context(lock)
        self._trainer = Trainer(
            config.training,
            self._data.batches,
            self._data.examples,
            folder,
            device,
            initial_weights,
            self._open.enter_context(workers_of_this_run(device)),
        )
        self._data.batches.listen_for_skipped(self._trainer.report_skipped)
        self._minutes = 0.0
        self._looked = False

    def stop(self) -> None:
        """End the run after the current step, with a checkpoint; any thread may call this."""
        self._trainer.stop()

    def events(self) -> Generator[Event, None, None]:
        """Train, keep the run's folder, and tell what happens; see :meth:`Trainer.run`."""
        for notice in self._data.notices:
            self._trainer.report(notice)
        for picture in self._data.skipped:
            self._trainer.report_skipped(picture.name, picture.reason)
        with self._open, closing(self._trainer.run()) as events:
            for event in events:
                if isinstance(event, StepDone):
                    self._minutes = event.elapsed_seconds / 60
                yield event
                if is_first_process() and not self.folder.exists():
                    yield from self._make_folder_again(event.step)
                if is_first_process():
                    yield from self._report(event)

    def _make_folder_again(self, step: int) -> Generator[Event, None, None]:
        """Make the run's folder anew, so that what is in memory is not lost with it."""
        try:
            self.folder.mkdir(parents=True)
            if self._lock is not None:
                self._lock.renew()
            write_config(self.folder, self.config)
        except (OSError, AppError) as problem:
            yield WriteFailed(
                step, f"The run's folder has vanished and cannot be made again: {problem}"
            )
        else:
            yield WriteFailed(
                step,
                f"The run's folder {self.folder} had vanished, with what it held, and was made "
                "again.",
            )

    def _report(self, event: Event) -> Generator[Event, None, None]:
        try:
            is_first_look = isinstance(event, CheckpointSaved) and not self._looked
            if isinstance(event, Validated) or is_first_look:
                self._look(event.step)
            if isinstance(event, Validated) and event.is_best:
                self._export(event)
            if isinstance(event, Validated | Finished):
                write_curves(self.folder)
            if isinstance(event, Finished) and not (self._data.examples and self._has_model()):
                self._export(None)
        except (OSError, WriteError) as problem:
            yield WriteFailed(event.step, f"A report of the run could not be written: {problem}")

    def _has_model(self) -> bool:
        return any((self.folder / MODEL_FOLDER).glob("[!.]*.safetensors"))

    def _look(self, step: int) -> None:
        """Write what the network makes of some examples, if there are any."""
        self._looked = True
        rows = self._trainer.restored_examples(_SAMPLE_ROWS)
        if rows:
            write_samples(self.folder, step, rows)

    def _export(self, validated: Validated | None) -> None:
        card = model_card(self.folder.name, self.config, self._data.picture_count)
        trained = {"steps": self._trainer.step, "minutes": round(self._minutes, 1)}
        measured: dict[str, Any] = {}
        if validated is not None:
            data = self.config.data
            level = "mosaic" if data.kind == "raw" else f"{data.validation_sigma_255:g}"
            figures = {"psnr": round(validated.psnr, 3), "ssim": round(validated.ssim, 4)}
            measured = {"validation": {level: figures}}
        card = replace(card, trained=trained, measured=measured, **read_texts(self.folder))
        export_model(self.folder, self.config.training, self._trainer.averaged_weights(), card)


def _with_initial_weights(config: RunConfig) -> tuple[RunConfig, dict[str, Tensor] | None]:
    """Load the weights to start from; the network becomes that of their model, or stays wider."""
    if config.start_from is None:
        return config, None
    denoiser, _ = load(config.start_from, "cpu")
    weights = denoiser.network.state_dict()
    if config.data.kind == "raw" and denoiser.architecture.name == "photo-unet":
        training = replace(config.training, configuration=dict(denoiser.configuration))
        return replace(config, training=training), mosaic_weights(weights)
    own, asked = dict(denoiser.configuration), config.training.configuration
    if denoiser.architecture.name != config.training.architecture or not _is_wider(asked, own):
        asked = {}
    training = replace(
        config.training,
        architecture=denoiser.architecture.name,
        configuration={**own, **asked},
    )
    return replace(config, training=training), weights


def _is_wider(asked: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    """Whether a network was asked for that differs from the model's in having more channels."""
    widths, given = asked.get("widths", ()), own.get("widths", ())
    return (
        len(widths) == len(given)
        and all(map(operator.ge, widths, given))
        and all(asked[name] == own.get(name) for name in asked.keys() - {"widths"})
    )


def start_run(folder: Path, config: RunConfig) -> TrainingRun:
    """Create a run's folder and prepare to train.

    Raises:
        RunError: the folder holds a run already.
        FolderInUseError: another program trains in this folder.
        AppError, ScratchError: the data or the recipe cannot be used; nothing is left behind.
    """
    if not is_first_process():
        return TrainingRun(folder, config)
    created = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        run = _started(folder, config)
    except BaseException:
        if created:
            with suppress(OSError):
                folder.rmdir()
        raise
    return run


def _started(folder: Path, config: RunConfig) -> TrainingRun:
    with ExitStack() as undo:
        lock = undo.enter_context(FolderLock(folder, _WORK))
        if (folder / CONFIG_FILE).exists():
            raise RunError(f"{folder} holds a run already; resume it or choose another folder.")
        run = TrainingRun(folder, config, lock)
        write_config(folder, run.config)
        undo.pop_all()
    return run


def resume_run(folder: Path, steps: int | None = None, minutes: float | None = None) -> TrainingRun:
    """Prepare to go on with a run from its last checkpoint.

    Args:
        folder: the run's folder.
        steps, minutes: a new limit for the whole run; None keeps the old one. The schedule is
            stretched to it.

    Raises:
        RunError: the folder holds no run, or its configuration cannot be read.
        FolderInUseError: another program trains in this folder.
        AppError, ScratchError: the data or the checkpoint cannot be used; the folder is unchanged.
    """
    config = read_config(folder)
    has_new_limit = steps is not None or minutes is not None
    if has_new_limit:
        training = replace(config.training, steps=steps, minutes=minutes)
        config = replace(config, training=training)
    if not is_first_process():
        return TrainingRun(folder, config)
    with ExitStack() as undo:
        lock = undo.enter_context(FolderLock(folder, _WORK))
        run = TrainingRun(folder, config, lock)
        if has_new_limit:
            write_config(folder, config)
        undo.pop_all()
    return run
