"""What a training tells, kept for the window and put into words."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from desktop_app.controllers.observable import Observable
from desktop_app.controllers.problems import Problem, describe
from desktop_app.controllers.progress import format_seconds
from desktop_app.controllers.training_curves import TrainingCurves
from desktop_app.controllers.training_start import EarlierCurves, MemoryTaken, RunEvent, model_of
from scratch_layers.training.events import (
    CheckpointSaved,
    DataNotice,
    Event,
    FileSkipped,
    Finished,
    LayersMeasured,
    RolledBack,
    Started,
    StepDone,
    Validated,
    WriteFailed,
)

MOST_MESSAGES = 200


ENDINGS = {
    "steps": "All planned steps are done",
    "minutes": "The planned time is over",
    "no improvement": "Validation stopped improving",
    "stopped": "Stopped; everything learned is kept",
}
UNITS = ((2**30, "GB", 1), (2**20, "MB", 0))


@dataclass(frozen=True)
class TrainingFacts:
    """The numbers of the latest step.

    Attributes:
        step: steps done.
        progress: part of the run that is done, 0-1.
        seconds_left: until the planned end.
        patches_per_second: speed.
        memory: bytes of main memory that the program takes, or ``None`` if not known.
        device_memory: bytes of the graphics processor's memory, or ``None`` without one.
    """

    step: int
    progress: float
    seconds_left: float | None
    patches_per_second: float
    memory: int | None = None
    device_memory: int | None = None


class TrainingRecord:
    """Takes in the events of one run after the other.

    Attributes:
        folder: folder of the run that is under way or was last.
        curves: the numbers of the run; notified at every event.
        facts: the latest numbers, or ``None``.
        messages: what happened, one sentence each, latest last.
        preview: the latest sheet of pictures noisy, denoised, clean, or ``None``.
        model: file of the best model so far, or ``None``.
        saved_step: step of the last checkpoint, or ``None``.
    """

    def __init__(self) -> None:
        self.folder: Observable[Path | None] = Observable(None)
        self.curves: Observable[TrainingCurves] = Observable(TrainingCurves())
        self.facts: Observable[TrainingFacts | None] = Observable(None)
        self.messages: Observable[tuple[str, ...]] = Observable(())
        self.preview: Observable[Path | None] = Observable(None)
        self.model: Observable[Path | None] = Observable(None)
        self.saved_step: int | None = None
        self._memory = MemoryTaken()
        self._first_step = 0

    def begin(self, folder: Path) -> None:
        """Forget the run before; the next events are those of the run in ``folder``."""
        self.folder.value = folder
        self.curves.value = TrainingCurves()
        self.facts.value = None
        self.messages.value = ()
        self.preview.value = None
        self.model.value = None
        self.saved_step = None
        self._memory = MemoryTaken()
        self._first_step = 0

    def say(self, sentence: str) -> None:
        """Add a message."""
        self.messages.value = (*self.messages.value, sentence)[-MOST_MESSAGES:]

    def take(self, event: RunEvent) -> str | None:
        """Take in an event of the run; return the sentence that was added to the messages."""
        if isinstance(event, EarlierCurves):
            self.curves.value = event.curves
            return None
        if isinstance(event, MemoryTaken):
            self._memory = event
            return None
        self._take_numbers(event)
        sentence = sentence_of(event)
        if sentence is not None:
            self.say(sentence)
        self._find_results()
        self.curves.notify()
        return sentence

    def end(self) -> None:
        """Take up what the run has left in its folder."""
        self._find_results()
        if self.folder.value is not None:
            self.model.value = model_of(self.folder.value)

    def _find_results(self) -> None:
        """Take up the latest sheet and model; both are written after the event they belong to."""
        checked, folder = self.curves.value.checked_steps, self.folder.value
        if folder is None:
            return
        sheet = folder / "samples" / f"step_{checked[-1] if checked else self._first_step:09d}.png"
        if sheet != self.preview.value and sheet.exists():
            self.preview.value = sheet
        if checked and self.model.value is None:
            self.model.value = model_of(folder)

    def _take_numbers(self, event: Event) -> None:
        curves = self.curves.value
        if isinstance(event, StepDone):
            curves.add_step(event.step, event.loss, event.learning_rate)
            self.facts.value = self._facts(event)
        elif isinstance(event, Validated):
            curves.add_validation(event.step, event.loss, event.psnr, event.ssim)
        elif isinstance(event, LayersMeasured):
            curves.add_layers(event)
        elif isinstance(event, Started | RolledBack):
            curves.return_to(event.step)
            self._first_step = event.step
        elif isinstance(event, CheckpointSaved):
            self.saved_step = event.step

    def _facts(self, done: StepDone) -> TrainingFacts:
        progress = done.progress
        return TrainingFacts(
            done.step,
            progress,
            done.elapsed_seconds * (1 - progress) / progress if progress > 0 else None,
            done.patches_per_second,
            **dataclasses.asdict(self._memory),
        )


def sentence_of(event: Event) -> str | None:
    """Return what an event of a run tells people, or ``None`` if it is not worth a sentence."""
    step = event.step
    if isinstance(event, Started):
        beginning = f"Going on from step {step:,}" if step else "Training"
        return f"{beginning}: {event.parameters:,} parameters are learned."
    if isinstance(event, Validated):
        best = ", the best so far" if event.is_best else ""
        return f"Step {step:,}: {event.psnr:.2f} dB{best}."
    if isinstance(event, DataNotice):
        return event.sentence
    if isinstance(event, FileSkipped):
        return f"{event.name} is not used: {event.reason}"
    if isinstance(event, RolledBack):
        return (
            f"Step {event.failed_step:,} would have spoiled the network ({event.reason}), so it "
            f"was not taken: training goes on from step {step:,}, learning at "
            f"{event.rate_scale:g} of the planned rate."
        )
    if isinstance(event, WriteFailed):
        return f"{event.reason} Training goes on and tries again at the next checkpoint."
    if isinstance(event, Finished):
        return f"{ENDINGS.get(event.reason, event.reason)} (step {step:,})."
    return None


def describe_failure(error: BaseException, saved_step: int | None, has_model: bool) -> Problem:
    """Say why a run could not go on, and what is left of it.

    Args:
        error: what ended it.
        saved_step: the step of its last checkpoint, or ``None`` if it has none.
        has_model: whether there is a model of it that can be used.
    """
    problem = describe("The training could not go on", error)
    return Problem(
        problem.title, f"{problem.sentence} {_left(saved_step, has_model)}", problem.details
    )


def _left(saved_step: int | None, has_model: bool) -> str:
    if not saved_step:
        return "Nothing was learned yet, so nothing is lost."
    model = " Its best model can be used." if has_model else ""
    return (
        f"What it had learned by step {saved_step:,} is kept: mark the run under “Earlier runs” "
        f"and press Resume to go on from there.{model}"
    )


def time_left(seconds: float | None) -> str:
    """Return the time left in words; empty before it is known."""
    return "" if seconds is None else f"{format_seconds(seconds)} left"


def memory_words(bytes: int | None) -> str:
    """Return an amount of memory as people read it, such as ``1.2 GB``; empty if not known."""
    if bytes is None:
        return ""
    for unit, name, digits in UNITS:
        if bytes >= unit:
            return f"{bytes / unit:.{digits}f} {name}"
    return f"{bytes / 2**10:.0f} kB"
