"""What a training tells on its way: typed events, and their record in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scratch_layers.checked_json import check_fields, open_regular, parse_json
from scratch_layers.errors import ArgumentError

FILE_NAME = "events.jsonl"
_LONGEST_LINE = 1 << 20


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


class RunLog:
    """Appends events to ``events.jsonl`` in the run's folder.

    Of the steps, only every ``step_interval``-th is written. The log is a record, nothing depends
    on it: where the disk is full, events go unrecorded and training goes on.
    """

    def __init__(self, run_folder: Path, step_interval: int = 10) -> None:
        self._path = run_folder / FILE_NAME
        self._step_interval = step_interval
        self._may_end_in_mid_line = True

    def write(self, event: Event) -> None:
        """Append one event; the line is handed to the operating system at once."""
        if isinstance(event, StepDone) and event.step % self._step_interval:
            return
        try:
            if self._may_end_in_mid_line:
                self._end_partial_line()
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(event.to_json()) + "\n")
            self._may_end_in_mid_line = False
        except OSError:
            self._may_end_in_mid_line = True

    def _end_partial_line(self) -> None:
        if not self._path.exists() or self._path.stat().st_size == 0:
            return
        with self._path.open("rb+") as file:
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                file.write(b"\n")


def read_events(run_folder: Path) -> list[Event]:
    """Return the events of a run in order, without what a resumed or rolled-back run repeated.

    Lines that a power cut left incomplete, or that are no events for another reason, are passed
    over.
    """
    kept: list[Event] = []
    for event in _parsed_lines(run_folder / FILE_NAME):
        if isinstance(event, Started | RolledBack):
            kept = [earlier for earlier in kept if earlier.step <= event.step]
        kept.append(event)
    return kept


def _parsed_lines(path: Path) -> Iterator[Event]:
    try:
        with open_regular(path) as file:
            for line in iter(lambda: file.readline(_LONGEST_LINE), b""):
                event = _parsed(line)
                if event is not None:
                    yield event
    except OSError:
        return


def _parsed(line: bytes) -> Event | None:
    try:
        return Event.from_json(parse_json(line))
    except ValueError:
        return None
