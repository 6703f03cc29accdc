"""What happens in a training run, in sentences: what went wrong, and what was done about it."""

from __future__ import annotations

from desktop_app.controllers.problems import Problem, describe
from desktop_app.controllers.progress import format_seconds
from scratch_layers.training.events import (
    DataNotice,
    Event,
    FileSkipped,
    Finished,
    RolledBack,
    Started,
    Validated,
    WriteFailed,
)

ENDINGS = {
    "steps": "All planned steps are done",
    "minutes": "The planned time is over",
    "no improvement": "Validation stopped improving",
    "stopped": "Stopped; everything learned is kept",
}
UNITS = ((2**30, "GB", 1), (2**20, "MB", 0))


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
