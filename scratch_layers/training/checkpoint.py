"""All that changes in the course of a run, and its way to a file and back.

A checkpoint is one safetensors file written atomically: the tensors are the file's tensors and the
rest is JSON in its header, so that no interruption can leave tensors and numbers that do not belong
together. A digest of the whole file tells when a disk or a transfer has changed any bit of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from scratch_layers.checked_json import parse_json
from scratch_layers.errors import WeightsError
from scratch_layers.schedules import Constant, Plateau, Schedule, WarmupCosine
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.learner import Learner
from scratch_layers.training.progress import Progress
from scratch_layers.weights import (
    OPEN_SEAL,
    fits_seal,
    parse_metadata,
    parse_weights,
    read_weights_file,
    save_weights,
)

LAST = "last.safetensors"
BEST = "best.safetensors"
_HEADER_KEY = "training"
_FORMAT = 2
_FORMAT_WITHOUT_DIGEST = 1


# Runs may be limited by time instead of steps, so schedules run over this many ticks of progress.
_TICKS = 1_000_000
_PLATEAU_PATIENCE = 3
_SCHEDULE = "schedule/"


@dataclass(frozen=True)
class Checkpoint:
    """A moment of a run: its tensors, its numbers and the recipe it follows."""

    tensors: Mapping[str, Tensor]
    progress: Progress
    config: TrainingConfig


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write ``checkpoint``; until it is complete on disk the file's former content stays.

    Raises:
        OSError: the disk is full or not writable.
    """
    header = {
        "format": _FORMAT,
        "sha256": OPEN_SEAL,
        "progress": checkpoint.progress.to_json(),
        "config": checkpoint.config.to_json(),
    }
    save_weights(path, checkpoint.tensors, metadata={_HEADER_KEY: json.dumps(header)}, sealed=True)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        WeightsError: the file is absent, damaged, no checkpoint, or one of a later version.
    """
    content = read_weights_file(path)
    metadata = parse_metadata(path, content)
    if _HEADER_KEY not in metadata:
        raise WeightsError(f"{path} holds no training checkpoint.")
    try:
        header = parse_json(metadata[_HEADER_KEY])
        number = header["format"]
        if type(number) is not int or number not in (_FORMAT, _FORMAT_WITHOUT_DIGEST):
            raise WeightsError(
                f"The checkpoint {path} has format {number!r:.40}; this version of the program "
                f"knows formats up to {_FORMAT}."
            )
        if number == _FORMAT and not fits_seal(content, str(header["sha256"])):
            raise WeightsError(f"The checkpoint {path} is damaged: its digest does not fit.")
        progress = Progress.from_json(header["progress"])
        config = TrainingConfig.from_json(header["config"])
    except (ValueError, KeyError, TypeError) as problem:
        raise WeightsError(f"The checkpoint {path} cannot be understood: {problem}.") from problem
    return Checkpoint(parse_weights(path, content), progress, config)


class Rates:
    """The schedule of a run.

    ``rate = schedule(part done) * rate_scale``, where the part done is the larger of steps done /
    steps wanted and time spent / time given, and ``rate_scale`` is lowered by rollbacks.
    """

    def __init__(self, config: TrainingConfig) -> None:
        self._config = config
        self._schedule = _schedule(config)

    def part_done(self, progress: Progress) -> float:
        """Return how much of the run is done, 0-1."""
        config, parts = self._config, [0.0]
        if config.steps is not None:
            parts.append(progress.step / config.steps)
        if config.minutes is not None:
            parts.append(progress.elapsed_seconds / (60 * config.minutes))
        return min(max(parts), 1.0)

    def rate(self, progress: Progress) -> float:
        """Return the learning rate of the next step."""
        tick = int(self.part_done(progress) * _TICKS) + self._half_step()
        return self._schedule.rate(min(tick, _TICKS)) * progress.rate_scale

    def observe(self, psnr: float) -> None:
        """Take a validation into account, where the schedule looks at them."""
        if isinstance(self._schedule, Plateau):
            self._schedule.observe(psnr)

    def end_reason(self, progress: Progress) -> str | None:
        """Return why the run is over, or None."""
        config = self._config
        if config.steps is not None and progress.step >= config.steps:
            return "steps"
        if config.minutes is not None and progress.elapsed_seconds >= 60 * config.minutes:
            return "minutes"
        if config.patience is not None and progress.validations_without_gain >= config.patience:
            return "no improvement"
        return None

    def state_dict(self) -> dict[str, Tensor]:
        """Return what the schedule remembers of validations; empty for most schedules."""
        return self._schedule.state_dict() if isinstance(self._schedule, Plateau) else {}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take back what :meth:`state_dict` returned.

        Raises:
            WeightsError: it is the state of another schedule.
        """
        if isinstance(self._schedule, Plateau):
            self._schedule.load_state_dict(state)

    def _half_step(self) -> int:
        # The middle of a step stands for it; its beginning would make the first rate zero.
        return _TICKS // (2 * self._config.steps) if self._config.steps is not None else 1


def _schedule(config: TrainingConfig) -> Schedule:
    if config.schedule == "constant":
        return Constant(config.learning_rate)
    if config.schedule == "plateau":
        return Plateau(config.learning_rate, patience=_PLATEAU_PATIENCE, higher_is_better=True)
    return WarmupCosine(config.learning_rate, _TICKS, round(config.warmup * _TICKS))


class RunState:
    """Weights, optimizer, averages, schedule and progress of a run.

    Args:
        config: of the run; decides the initial state.
        device: where the weights live.

    Attributes:
        learner: the weights and who changes them.
        rates: the schedule.
        progress: the small numbers.
    """

    def __init__(self, config: TrainingConfig, device: torch.device) -> None:
        self._config = config
        self.learner = Learner(config, device)
        self.rates = Rates(config)
        self.progress = Progress()

    def checkpoint(self) -> Checkpoint:
        """Return a copy of the state."""
        tensors = self.learner.state_dict()
        for name, value in self.rates.state_dict().items():
            tensors[_SCHEDULE + name] = value
        return Checkpoint(tensors, replace(self.progress), self._config)

    def take_back(self, checkpoint: Checkpoint) -> None:
        """Return to the state of ``checkpoint``.

        Raises:
            WeightsError: it belongs to another network, optimizer or schedule.
        """
        schedule = {
            name.removeprefix(_SCHEDULE): value
            for name, value in checkpoint.tensors.items()
            if name.startswith(_SCHEDULE)
        }
        self.learner.load_state_dict(checkpoint.tensors)
        self.rates.load_state_dict(schedule)
        self.progress = replace(checkpoint.progress)

    def resume_from(self, path: Path) -> None:
        """Take back the checkpoint in the file ``path``.

        Raises:
            WeightsError: it is damaged, or belongs to another network, optimizer or schedule.
        """
        checkpoint = load_checkpoint(path)
        own = (self._config.architecture, self._config.configuration)
        theirs = (checkpoint.config.architecture, checkpoint.config.configuration)
        if theirs != own:
            raise WeightsError(
                f"The checkpoint {path} is of the network {theirs[0]} {theirs[1]}, but this run "
                f"trains {own[0]} {own[1]}."
            )
        self.take_back(checkpoint)
