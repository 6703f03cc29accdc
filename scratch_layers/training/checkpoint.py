"""Checkpoints: everything a run needs to go on, in one safetensors file written atomically.

The tensors are the file's tensors and the rest is JSON in its header, so that no interruption can
leave tensors and numbers that do not belong together. A digest of the whole file tells when a disk
or a transfer has changed any bit of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from scratch_layers.checked_json import parse_json
from scratch_layers.errors import WeightsError
from scratch_layers.training.config import TrainingConfig
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
