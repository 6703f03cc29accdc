"""All that changes in the course of a run, as one thing that can be stored and taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from scratch_layers.errors import WeightsError
from scratch_layers.training.checkpoint import Checkpoint, load_checkpoint
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.learner import Learner
from scratch_layers.training.progress import Progress
from scratch_layers.training.rates import Rates

_SCHEDULE = "schedule/"


class RunState:
    """Weights, optimizer, averages, schedule and progress of a run.

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
