"""Training runs at a glance, and into the bin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop_app.services.errors import AppError, system_reason
from desktop_app.services.folder_lock import FolderInUseError, FolderLock
from desktop_app.services.training.cards import read_texts
from desktop_app.services.training.config import CONFIG_FILE, RunError, read_config
from scratch_layers.training.events import Finished, Validated, read_events


@dataclass(frozen=True)
class RunSummary:
    """A run at a glance.

    Attributes:
        folder: where it lies.
        kind: kind of its data.
        data: names of the folders that it learns from.
        title: what a person called its model, or empty.
        minutes: how long it has learned.
        step: steps done.
        limit: what ends it, for people.
        psnr: best validation PSNR in dB, or None.
        state: "finished", or "can be resumed".
    """

    folder: Path
    kind: str
    data: str
    title: str
    minutes: float
    step: int
    limit: str
    psnr: float | None
    state: str


def list_runs(folder: Path, on_problem: Callable[[str], None] | None = None) -> list[RunSummary]:
    """Summarise the run in ``folder`` and those in the folders directly inside it, by name.

    Args:
        on_problem: called with one sentence for every run that cannot be read; the others are
            listed all the same.

    Raises:
        RunError: ``folder`` cannot be read.
    """
    runs = []
    for place in _places(folder):
        try:
            if (place / CONFIG_FILE).is_file():
                runs.append(summary(place))
        except (AppError, OSError) as error:
            if on_problem is not None:
                on_problem(_sentence(place, error))
    return runs


def _places(folder: Path) -> list[Path]:
    try:
        return [folder, *sorted(folder.iterdir())]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise RunError(f"{folder} cannot be read: {system_reason(error)}.") from error


def _sentence(place: Path, error: Exception) -> str:
    if isinstance(error, OSError):
        return f"The run {place} cannot be read: {system_reason(error)}."
    return str(error)


def summary(folder: Path) -> RunSummary:
    """Summarise one run.

    Raises:
        RunError: its configuration cannot be used.
    """
    config = read_config(folder)
    events = read_events(folder)
    psnrs = [event.psnr for event in events if isinstance(event, Validated)]
    last = events[-1] if events else None
    finished = isinstance(last, Finished) and last.reason != "stopped"
    training = config.training
    return RunSummary(
        folder,
        config.data.kind,
        ", ".join(Path(place).name for place in config.data.folders),
        read_texts(folder).get("title", ""),
        max((getattr(event, "elapsed_seconds", 0.0) for event in events), default=0.0) / 60,
        max((event.step for event in events), default=0),
        f"{training.steps} steps" if training.steps else f"{training.minutes:g} minutes",
        max(psnrs, default=None),
        "finished" if finished else "can be resumed",
    )


def delete_run(folder: Path) -> None:
    """Put a run's folder into the system's bin, from where it can be had back.

    Raises:
        RunError: it is being trained, or its drive has no bin; it then stays as it is.
        WriteError: the folder is gone, or cannot be written.
    """
    # Loaded when it is needed: it looks for the bin as soon as it is imported.
    from send2trash import send2trash

    try:
        # The lock must not be held any longer: Windows moves no folder with an open file.
        FolderLock(folder, "a training").release()
        send2trash(folder)
    except FolderInUseError as error:
        raise RunError(
            f"The run {folder.name} is being trained; stop it before deleting it."
        ) from error
    except OSError as error:
        raise RunError(
            f"The run {folder.name} cannot be put into the bin ({system_reason(error)}) and stays "
            f"where it is; delete its folder yourself if you want to: {folder}"
        ) from error
