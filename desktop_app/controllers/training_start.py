"""The beginning of a training run, on its worker thread: this imports torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.controllers.training_plan import TrainingPlan, adapting_config, run_config
from desktop_app.services.image_files import Picture, save_picture

if TYPE_CHECKING:
    from desktop_app.services.training_runs import TrainingRun


def start_planned(folder: Path, plan: TrainingPlan) -> TrainingRun:
    """Prepare a new run as planned.

    Raises:
        AppError, ScratchError: data or plan cannot be used.
    """
    from desktop_app.services.training_runs import start_run

    folder.parent.mkdir(parents=True, exist_ok=True)
    return start_run(folder, run_config(plan))


def start_adapting(folder: Path, picture: Picture, device: str) -> TrainingRun:
    """Prepare a run that learns from one noisy picture, which is kept in the run's folder.

    Raises:
        AppError, ScratchError: the picture cannot be written or learned from.
    """
    from desktop_app.services.training_runs import start_run

    folder.mkdir(parents=True, exist_ok=True)
    photo = folder / "photo.png"
    save_picture(picture, photo)
    return start_run(folder, adapting_config(photo, min(picture.width, picture.height), device))


def resume(folder: Path) -> TrainingRun:
    """Prepare to go on with a run from its last checkpoint.

    Raises:
        AppError, ScratchError: the folder holds no usable run.
    """
    from desktop_app.services.training_runs import resume_run

    return resume_run(folder)


def model_of(folder: Path) -> Path | None:
    """Return the model file that a run has made, or ``None``."""
    return next(iter(sorted((folder / "model").glob("*.safetensors"))), None)
