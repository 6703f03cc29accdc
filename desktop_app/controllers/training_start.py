"""A training run on its worker thread, from its beginning to its end: this imports torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from desktop_app.controllers.training_curves import TrainingCurves, read_curves
from desktop_app.controllers.training_plan import TrainingPlan, adapting_config, run_config
from desktop_app.services import pictures
from desktop_app.services.memory import resident_bytes
from scratch_layers.training.events import Event

if TYPE_CHECKING:
    from desktop_app.services.pictures.picture import Picture
    from desktop_app.services.training.runs import TrainingRun

MEMORY_SECONDS = 1.0


@dataclass(frozen=True)
class EarlierCurves:
    """What a run that is taken up again had done before."""

    curves: TrainingCurves


@dataclass(frozen=True)
class MemoryTaken:
    """How much memory the run takes, in bytes; ``None`` where that is not known."""

    memory: int | None = None
    device_memory: int | None = None


RunEvent: TypeAlias = Event | EarlierCurves | MemoryTaken


def run_events(
    prepare: Callable[[], TrainingRun], should_stop: Callable[[], bool]
) -> Generator[RunEvent, None, None]:
    """Prepare a run and train, until its end or until ``should_stop``."""
    from scratch_layers.devices import taken_bytes

    run = prepare()
    if (curves := read_curves(run.folder)).steps:
        yield EarlierCurves(curves)
    next_look = 0.0
    with closing(run.events()) as events:
        for event in events:
            if should_stop():
                run.stop()
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + MEMORY_SECONDS
                yield MemoryTaken(resident_bytes(), taken_bytes())
            yield event


def start_planned(folder: Path, plan: TrainingPlan) -> TrainingRun:
    """Prepare a new run as planned.

    Raises:
        AppError, ScratchError: data or plan cannot be used.
    """
    from desktop_app.services.training.runs import start_run

    folder.parent.mkdir(parents=True, exist_ok=True)
    return start_run(folder, run_config(plan))


def start_adapting(folder: Path, picture: Picture, device: str) -> TrainingRun:
    """Prepare a run that learns from one noisy picture, which is kept in the run's folder.

    Raises:
        AppError, ScratchError: the picture cannot be written or learned from.
    """
    from desktop_app.services.training.runs import start_run

    folder.mkdir(parents=True, exist_ok=True)
    photo = folder / "photo.png"
    pictures.save_picture(picture, photo)
    return start_run(folder, adapting_config(photo, min(picture.width, picture.height), device))


def resume(folder: Path) -> TrainingRun:
    """Prepare to go on with a run from its last checkpoint.

    Raises:
        AppError, ScratchError: the folder holds no usable run.
    """
    from desktop_app.services.training.runs import resume_run

    return resume_run(folder)


def model_of(folder: Path) -> Path | None:
    """Return the model file that a run has made, or ``None``."""
    return next(iter(sorted((folder / "model").glob("[!.]*.safetensors"))), None)
