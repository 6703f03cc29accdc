"""Training runs at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from desktop_app.services.training.runs import CONFIG_FILE, read_config
from scratch_layers.training.run_log import read_events


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
