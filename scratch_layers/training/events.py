"""What a training run tells whoever watches it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from scratch_layers.checked_json import check_fields
from scratch_layers.errors import ArgumentError


@dataclass(frozen=True)
class Event:
    """Base of all events; ``step`` is the number of optimizer steps applied so far."""

    step: int

    def __post_init__(self) -> None:
        if self.step < 0:
            raise ArgumentError(f"A run is never at step {self.step}; steps count from 0.")

    def to_json(self) -> dict[str, Any]:
        """Return the event as plain values, with its class name under ``"event"``."""
        return {"event": type(self).__name__, **asdict(self)}

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Event:
        """Rebuild the event whose plain values :meth:`to_json` has returned.

        Raises:
            ArgumentError: there is no event of that name, or it has other fields.
        """
        kinds = {kind.__name__: kind for kind in Event.__subclasses__()}
        try:
            fields = dict(values)
            kind = kinds[fields.pop("event")]
            check_fields(kind, fields, must_be_finite=False)
            return kind(**{name: _with_tuples(value) for name, value in fields.items()})
        except (KeyError, TypeError, ValueError) as problem:
            raise ArgumentError(f"{values!r:.200} is no event of a training run.") from problem


def _with_tuples(value: Any) -> Any:
    """JSON has lists only."""
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value


@dataclass(frozen=True)
class Started(Event):
    """Training begins, or goes on after a stop (``step`` > 0).

    Attributes:
        parameters: number of values that are learned.
        total_steps: the step limit, or None where only time ends the run.
        minutes: the time limit, or None.
    """

    parameters: int
    total_steps: int | None
    minutes: float | None


@dataclass(frozen=True)
class StepDone(Event):
    """One optimizer step was applied.

    Attributes:
        loss: training loss of the step's batch.
        learning_rate: the rate it was applied with.
        patches_per_second: mean since the run was started or resumed, validation not counted.
        elapsed_seconds: time spent training so far, earlier sittings included.
        progress: the part of the run that is done, 0-1.
    """

    loss: float
    learning_rate: float
    patches_per_second: float
    elapsed_seconds: float
    progress: float


@dataclass(frozen=True)
class LayersMeasured(Event):
    """Every layer that learns was looked at after a step, as every layer's entry of these tuples.

    Attributes:
        layers: dotted name, as in the state dict, and kind.
        gradient_norms: Euclidean norm of the gradient of all the layer's parameters, as the
            backward passes left it; where gradients are clipped, before that.
        weight_limits: largest absolute value ``l`` of the layer's parameters.
        weight_counts: how many of its parameters lie in each of equal parts of ``[-l, l]``.
    """

    layers: tuple[str, ...]
    gradient_norms: tuple[float, ...]
    weight_limits: tuple[float, ...]
    weight_counts: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        count = len(self.layers)
        columns = (self.gradient_norms, self.weight_limits, self.weight_counts)
        if any(len(column) != count for column in columns):
            raise ArgumentError(f"Each of the {count} layers needs a norm, a limit and counts.")


@dataclass(frozen=True)
class Validated(Event):
    """The averaged weights were measured on the validation set.

    Attributes:
        loss: that of training against the clean patches (against the second shot where no clean
            one exists); the mean squared error for objectives without a choice of it.
        psnr: mean PSNR in dB.
        ssim: mean SSIM, 0-1.
        is_best: no earlier validation had a higher PSNR.
    """

    loss: float
    psnr: float
    ssim: float
    is_best: bool


@dataclass(frozen=True)
class CheckpointSaved(Event):
    """The run can be resumed from here."""

    path: str


@dataclass(frozen=True)
class WriteFailed(Event):
    """A file of the run could not be written; its former content is intact and training goes on."""

    reason: str


@dataclass(frozen=True)
class RolledBack(Event):
    """A step would have spoiled the weights and was not applied; ``step`` is the one returned to.

    Attributes:
        failed_step: the step that was refused.
        reason: what was not finite.
        rate_scale: factor on every learning rate from here on.
    """

    failed_step: int
    reason: str
    rate_scale: float


@dataclass(frozen=True)
class DataNotice(Event):
    """A sentence about the training data that people should know; training goes on."""

    sentence: str


@dataclass(frozen=True)
class FileSkipped(Event):
    """A photo cannot be used; training goes on without it."""

    name: str
    reason: str


@dataclass(frozen=True)
class Finished(Event):
    """The run is over; ``reason`` is "steps", "minutes", "no improvement" or "stopped"."""

    reason: str
