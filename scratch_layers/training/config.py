"""Everything that decides the course of a training run, as one value that survives as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from scratch_layers.checked_json import check_fields
from scratch_layers.errors import ArgumentError

OPTIMIZERS = ("adam", "adamw", "muon", "sgd")
SCHEDULES = ("cosine", "constant", "plateau")
LOSSES = ("l1", "mse", "charbonnier")
PRECISIONS = ("float32", "bfloat16")
OBJECTIVES = ("supervised", "neighbor2neighbor", "zero-shot")


@dataclass(frozen=True)
class TrainingConfig:
    """The recipe of one run.

    Attributes:
        architecture: name of the network in :mod:`scratch_layers.models.registry`.
        configuration: keyword arguments of its constructor.
        steps: stop after this many steps; None for no limit.
        minutes: stop after this much training time; None for no limit. At least one of the two
            limits is needed; the schedule follows whichever is nearer to its end.
        batch_size: patches a step, over all processes.
        optimizer: "adam", "adamw", "muon" or "sgd".
        learning_rate: the highest rate of the schedule.
        momentum: of "sgd".
        weight_decay: decoupled for "adamw" and "muon", else added to the gradient.
        schedule: "cosine" (warm-up, then a half cosine to zero), "constant", or "plateau" (a
            tenth of the rate whenever validation stops improving).
        warmup: part of the run during which the cosine schedule rises, 0-1.
        objective: "supervised" for batches with targets; "neighbor2neighbor" or "zero-shot" for
            noisy photos alone.
        loss: of the supervised objective: "l1", "mse" or "charbonnier".
        clip_norm: largest norm of all gradients together; None for no clipping.
        average_decay: decay of the exponential moving average of the weights; 0 for none.
        validate_every: steps between validations.
        checkpoint_seconds: seconds between checkpoints; one is also written at each validation.
        precision: "float32", or "bfloat16" to round the factors of the convolutions' products,
            which takes about a fifth less time where the processor multiplies bfloat16; weights and
            all sums stay float32.
        patience: stop after this many validations without improvement; None for never.
        seed: decides initial weights, order, crops and noise.

    Raises:
        ArgumentError: a value is out of its range.
    """

    architecture: str = "photo-unet"
    configuration: dict[str, Any] = field(default_factory=dict)
    steps: int | None = None
    minutes: float | None = None
    batch_size: int = 16
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.0
    weight_decay: float = 0.0
    schedule: str = "cosine"
    warmup: float = 0.02
    objective: str = "supervised"
    loss: str = "l1"
    clip_norm: float | None = 1.0
    average_decay: float = 0.999
    validate_every: int = 500
    checkpoint_seconds: float = 60.0
    patience: int | None = None
    seed: int = 1
    precision: str = "float32"

    def __post_init__(self) -> None:
        if self.steps is None and self.minutes is None:
            raise ArgumentError("A training run needs an end: give a number of steps or minutes.")
        _require_choice("optimizer", self.optimizer, OPTIMIZERS)
        _require_choice("schedule", self.schedule, SCHEDULES)
        _require_choice("objective", self.objective, OBJECTIVES)
        _require_choice("loss", self.loss, LOSSES)
        _require_choice("precision", self.precision, PRECISIONS)
        for name in ("steps", "minutes", "batch_size", "learning_rate", "clip_norm", "patience"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ArgumentError(f"{name} must be more than 0, not {value}.")
        if self.validate_every < 1:
            raise ArgumentError(f"validate_every must be at least 1, not {self.validate_every}.")
        if not 0 <= self.average_decay < 1:
            raise ArgumentError(f"average_decay must lie in [0, 1), not {self.average_decay}.")
        if not 0 <= self.warmup < 1:
            raise ArgumentError(f"warmup must lie in [0, 1), not {self.warmup}.")

    def to_json(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TrainingConfig:
        """Rebuild a configuration; what is missing takes its default.

        Raises:
            ArgumentError: a name is unknown, or a value has the wrong type or range.
        """
        try:
            check_fields(cls, values)
        except ValueError as problem:
            raise ArgumentError(
                f"The training configuration cannot be used: {problem}."
            ) from problem
        return cls(**values)


def _require_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ArgumentError(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
