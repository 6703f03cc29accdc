"""All that a training run needs to be started or resumed, as one value that survives as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_app.services.atomic_files import write_atomically
from desktop_app.services.errors import AppError
from desktop_app.services.training.data import DataConfig
from scratch_layers.checked_json import check_fields, parse_json, read_regular
from scratch_layers.training.config import TrainingConfig

CONFIG_FILE = "config.json"
_FORMAT = 1
_LONGEST_CONFIG = 1 << 20


class RunError(AppError):
    """A run cannot be started, resumed or read."""


@dataclass(frozen=True)
class RunConfig:
    """All that a run needs to be started or resumed.

    Attributes:
        training: the recipe.
        data: what it learns from.
        device: as understood by :func:`scratch_layers.devices.resolve_device`.
        threads: processor threads to compute with; None: as many as other programs leave.
        start_from: name or file of the model whose weights are the first ones; None for random
            weights.
    """

    training: TrainingConfig
    data: DataConfig
    device: str = "auto"
    threads: int | None = None
    start_from: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values."""
        return {
            "format": _FORMAT,
            "training": self.training.to_json(),
            "data": self.data.to_json(),
            "device": self.device,
            "threads": self.threads,
            "start_from": self.start_from,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> RunConfig:
        """Rebuild a configuration.

        Raises:
            AppError, ScratchError, ValueError: something is missing or cannot be used.
        """
        if not isinstance(values, Mapping) or values.get("format", _FORMAT) != _FORMAT:
            raise ValueError(
                f"it is not of format {_FORMAT}, which this version of the program knows"
            )
        own = {name: value for name, value in values.items() if name != "format"}
        for name in ("training", "data"):
            if not isinstance(own.get(name), Mapping):
                raise ValueError(f"it lacks the object '{name}'")
        own["training"] = TrainingConfig.from_json(own["training"])
        own["data"] = DataConfig.from_json(own["data"])
        check_fields(cls, own)
        return cls(**own)

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise ValueError(f"threads must be at least 1, not {self.threads}")


def read_config(folder: Path) -> RunConfig:
    """Read the configuration of a run.

    Raises:
        RunError: there is none, or it cannot be used.
    """
    path = folder / CONFIG_FILE
    try:
        return RunConfig.from_json(parse_json(read_regular(path, _LONGEST_CONFIG)))
    except FileNotFoundError:
        raise RunError(f"{folder} holds no training run ({CONFIG_FILE} is missing).") from None
    except (OSError, ValueError, AppError) as problem:
        reason = str(problem).removesuffix(".")
        raise RunError(f"The configuration {path} cannot be used: {reason}.") from problem


def write_config(folder: Path, config: RunConfig) -> None:
    """Write the configuration of a run into its folder.

    Raises:
        WriteError: the file cannot be written.
    """
    text = json.dumps(config.to_json(), indent=2) + "\n"
    write_atomically(folder / CONFIG_FILE, lambda file: file.write(text.encode()))
