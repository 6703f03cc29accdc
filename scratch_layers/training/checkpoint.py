"""Checkpoints: everything a run needs to go on, in one safetensors file written atomically.

The tensors are the file's tensors and the rest is JSON in its header, so that no interruption can
leave tensors and numbers that do not belong together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from scratch_layers.errors import WeightsError
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.progress import Progress
from scratch_layers.weights import load_weights, read_metadata, save_weights

LAST = "last.safetensors"
BEST = "best.safetensors"
_HEADER_KEY = "training"
_FORMAT = 1


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
        "progress": checkpoint.progress.to_json(),
        "config": checkpoint.config.to_json(),
    }
    save_weights(path, checkpoint.tensors, metadata={_HEADER_KEY: json.dumps(header)})


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        WeightsError: the file is absent, damaged or no checkpoint.
    """
    header = read_metadata(path).get(_HEADER_KEY)
    if header is None:
        raise WeightsError(f"{path} holds no training checkpoint.")
    try:
        content = json.loads(header)
        progress = Progress.from_json(content["progress"])
        config = TrainingConfig.from_json(content["config"])
    except (ValueError, KeyError, TypeError) as problem:
        raise WeightsError(f"The checkpoint {path} cannot be understood: {problem}.") from problem
    return Checkpoint(load_weights(path), progress, config)
