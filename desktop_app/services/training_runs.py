"""Training runs as people see them: a folder that can be started, stopped, resumed and listed."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from desktop_app.services.atomic_files import write_atomically
from desktop_app.services.errors import AppError, WriteError
from desktop_app.services.training_data import DataConfig, TrainingData, open_training_data
from desktop_app.services.training_reports import export_model, write_curves, write_samples
from scratch_layers.devices import resolve_device
from scratch_layers.models.card import ModelCard
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.events import (
    Event,
    Finished,
    StepDone,
    Validated,
    WriteFailed,
)
from scratch_layers.training.run_log import read_events
from scratch_layers.training.trainer import Trainer

CONFIG_FILE = "config.json"
_FORMAT = 1
_SAMPLE_ROWS = 4


class RunError(AppError):
    """A run cannot be started, resumed or read."""


@dataclass(frozen=True)
class RunConfig:
    """All that a run needs to be started or resumed.

    Attributes:
        training: the recipe.
        data: what it learns from.
        device: as understood by :func:`scratch_layers.devices.resolve_device`.
        threads: processor threads to compute with; None leaves the choice to torch.
    """

    training: TrainingConfig
    data: DataConfig
    device: str = "auto"
    threads: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values."""
        return {
            "format": _FORMAT,
            "training": self.training.to_json(),
            "data": self.data.to_json(),
            "device": self.device,
            "threads": self.threads,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> RunConfig:
        """Rebuild a configuration.

        Raises:
            KeyError, AppError, ScratchError: something is missing or cannot be used.
        """
        return cls(
            TrainingConfig.from_json(values["training"]),
            DataConfig.from_json(values["data"]),
            values.get("device", "auto"),
            values.get("threads"),
        )


class TrainingRun:
    """One run, ready to train.

    Args:
        folder: the run's folder, which holds its configuration already.
        config: that configuration.
    """

    def __init__(self, folder: Path, config: RunConfig) -> None:
        if config.threads is not None:
            torch.set_num_threads(config.threads)
        self.folder = folder
        self.config = config
        self._data = open_training_data(config.data, config.training)
        self._trainer = Trainer(
            config.training,
            self._data.batches,
            self._data.examples,
            folder,
            resolve_device(config.device),
        )
        self._data.batches.listen_for_skipped(self._trainer.report_skipped)
        self._minutes = 0.0

    def stop(self) -> None:
        """End the run after the current step, with a checkpoint; any thread may call this."""
        self._trainer.stop()

    def events(self) -> Generator[Event, None, None]:
        """Train, keep the run's folder, and tell what happens; see :meth:`Trainer.run`."""
        for picture in self._data.skipped:
            self._trainer.report_skipped(picture.name, picture.reason)
        with closing(self._trainer.run()) as events:
            for event in events:
                if isinstance(event, StepDone):
                    self._minutes = event.elapsed_seconds / 60
                yield event
                yield from self._report(event)

    def _report(self, event: Event) -> Generator[Event, None, None]:
        try:
            if isinstance(event, Validated):
                rows = self._trainer.restored_examples(_SAMPLE_ROWS)
                write_samples(self.folder, event.step, rows)
                if event.is_best:
                    self._export(event)
            if isinstance(event, Validated | Finished):
                write_curves(self.folder)
            if isinstance(event, Finished) and not self._data.examples:
                self._export(None)
        except (OSError, WriteError) as problem:
            yield WriteFailed(event.step, f"A report of the run could not be written: {problem}")

    def _export(self, validated: Validated | None) -> None:
        card = model_card(self.folder.name, self.config, self._data)
        trained = {"steps": self._trainer.step, "minutes": round(self._minutes, 1)}
        measured: dict[str, Any] = {}
        if validated is not None:
            level = f"{self.config.data.validation_sigma_255:g}"
            figures = {"psnr": round(validated.psnr, 3), "ssim": round(validated.ssim, 4)}
            measured = {"validation": {level: figures}}
        card = replace(card, trained=trained, measured=measured)
        export_model(self.folder, self.config.training, self._trainer.averaged_weights(), card)


def start_run(folder: Path, config: RunConfig) -> TrainingRun:
    """Create a run's folder and prepare to train.

    Raises:
        RunError: the folder holds a run already.
        AppError, ScratchError: the data or the recipe cannot be used; nothing is left behind.
    """
    if (folder / CONFIG_FILE).exists():
        raise RunError(f"{folder} holds a run already; resume it or choose another folder.")
    created = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        run = TrainingRun(folder, config)
    except BaseException:
        if created:
            folder.rmdir()
        raise
    _write_config(folder, config)
    return run


def resume_run(folder: Path, steps: int | None = None, minutes: float | None = None) -> TrainingRun:
    """Prepare to go on with a run from its last checkpoint.

    Args:
        folder: the run's folder.
        steps, minutes: a new limit for the whole run; None keeps the old one. The schedule is
            stretched to it.

    Raises:
        RunError: the folder holds no run, or its configuration cannot be read.
        AppError, ScratchError: the data or the checkpoint cannot be used.
    """
    config = read_config(folder)
    if steps is not None or minutes is not None:
        training = replace(config.training, steps=steps, minutes=minutes)
        config = replace(config, training=training)
        _write_config(folder, config)
    return TrainingRun(folder, config)


def read_config(folder: Path) -> RunConfig:
    """Read the configuration of a run.

    Raises:
        RunError: there is none, or it cannot be used.
    """
    path = folder / CONFIG_FILE
    try:
        return RunConfig.from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise RunError(f"{folder} holds no training run ({CONFIG_FILE} is missing).") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, AppError) as problem:
        raise RunError(f"The configuration {path} cannot be used: {problem}.") from problem


def _write_config(folder: Path, config: RunConfig) -> None:
    text = json.dumps(config.to_json(), indent=2) + "\n"
    write_atomically(folder / CONFIG_FILE, lambda file: file.write(text.encode()))


def model_card(name: str, config: RunConfig, data: TrainingData) -> ModelCard:
    """Describe the model that a run makes."""
    training, source = config.training, config.data
    folders = ", ".join(Path(folder).name for folder in source.folders)
    return ModelCard(
        name=re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:64] or "model",
        title=f"Trained on {folders}",
        description=(
            f"{training.loss} loss, {training.optimizer}, rate {training.learning_rate:g} "
            f"({training.schedule}), {training.batch_size} patches of {source.patch_size} pixels."
        ),
        noise={"kind": "gaussian", "sigma_255": list(source.sigma_255)},
        data=f"{data.picture_count} pictures from {folders}",
        licence="As the pictures it was trained on allow.",
        training_command=training_command(config),
    )


def training_command(config: RunConfig) -> str:
    """Return the command line that starts a run with this configuration."""
    training, data = config.training, config.data
    folder_option = "--thumbnails" if data.kind == "miniproject" else "--data"
    options: list[tuple[str, Any]] = [
        *((folder_option, Path(folder).name) for folder in data.folders),
        ("--steps", training.steps),
        ("--minutes", training.minutes),
        ("--network", training.architecture),
        ("--widths", ",".join(map(str, training.configuration.get("widths", ()))) or None),
        ("--blocks", training.configuration.get("blocks")),
        ("--batch", training.batch_size),
        ("--patch", data.patch_size),
        ("--sigma", f"{data.sigma_255[0]:g}-{data.sigma_255[1]:g}"),
        ("--optimizer", training.optimizer),
        ("--lr", f"{training.learning_rate:g}"),
        ("--momentum", training.momentum or None),
        ("--weight-decay", training.weight_decay or None),
        ("--schedule", training.schedule),
        ("--loss", training.loss),
        ("--clip", training.clip_norm or 0),
        ("--average", training.average_decay),
        ("--seed", training.seed),
    ]
    words = [word for option in options if option[1] is not None for word in map(str, option)]
    return shlex.join(["scratch-denoiser", "train", data.kind, *words])


@dataclass(frozen=True)
class RunSummary:
    """A run at a glance.

    Attributes:
        folder: where it lies.
        kind: kind of its data.
        step: steps done.
        limit: what ends it, for people.
        psnr: best validation PSNR in dB, or None.
        state: "finished", or "can be resumed".
    """

    folder: Path
    kind: str
    step: int
    limit: str
    psnr: float | None
    state: str


def list_runs(folder: Path) -> list[RunSummary]:
    """Summarise the run in ``folder`` and those in the folders directly inside it, by name."""
    candidates = [folder, *sorted(folder.iterdir())] if folder.is_dir() else []
    return [summary(place) for place in candidates if (place / CONFIG_FILE).is_file()]


def summary(folder: Path) -> RunSummary:
    """Summarise one run.

    Raises:
        RunError: its configuration cannot be used.
    """
    config = read_config(folder)
    events = read_events(folder)
    psnrs = [event["psnr"] for event in events if event["event"] == "Validated"]
    finished = any(
        event["event"] == "Finished" and event["reason"] != "stopped" for event in events[-1:]
    )
    training = config.training
    return RunSummary(
        folder,
        config.data.kind,
        max((event["step"] for event in events), default=0),
        f"{training.steps} steps" if training.steps else f"{training.minutes:g} minutes",
        max(psnrs, default=None),
        "finished" if finished else "can be resumed",
    )
