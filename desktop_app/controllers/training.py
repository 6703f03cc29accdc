"""Training a network in the background: start, pause, resume, stop, and what comes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from desktop_app.controllers.context import Context
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.progress import format_seconds
from desktop_app.controllers.training_curves import TrainingCurves
from desktop_app.controllers.training_plan import TrainingPlan
from desktop_app.controllers.training_start import (
    model_of,
    resume,
    start_adapting,
    start_planned,
)
from desktop_app.services.image_files import Picture
from desktop_app.services.jobs import CancelToken, Job
from desktop_app.services.settings import APPLICATION_NAME

if TYPE_CHECKING:
    from desktop_app.services.training_runs import TrainingRun
    from scratch_layers.training.events import Event

IDLE, STARTING, RUNNING, PAUSED, STOPPING = "idle", "starting", "running", "paused", "stopping"

MOST_MESSAGES = 200
RUN_NAME = "%Y-%m-%d-%H%M%S"


@dataclass(frozen=True)
class TrainingFacts:
    """The numbers of the latest step.

    Attributes:
        step: steps done.
        progress: part of the run that is done, 0-1.
        seconds_left: until the planned end.
        patches_per_second: speed.
    """

    step: int
    progress: float
    seconds_left: float | None
    patches_per_second: float


class TrainingController:
    """Runs one training at a time.

    Attributes:
        plan: what will be trained next.
        state: ``idle``, ``starting``, ``running``, ``paused`` or ``stopping``.
        curves: the numbers of the run; notified at every batch of events.
        facts: the latest numbers, or ``None``.
        messages: what happened, one sentence each, latest last.
        folder: folder of the run that is under way or was last.
        preview: the latest sheet of pictures noisy, denoised, clean, or ``None``.
    """

    def __init__(self, context: Context, runs_folder: Path | None = None) -> None:
        self._context = context
        self._runs_folder = runs_folder
        self._job: Job[Event, None] | None = None
        self._stop = threading.Event()
        self._then: Callable[[Path], object] | None = None
        settings = context.settings.value
        plan = TrainingPlan(folder=settings.training_folder)
        self.plan: Observable[TrainingPlan] = Observable(plan)
        self.state: Observable[str] = Observable(IDLE)
        self.curves: Observable[TrainingCurves] = Observable(TrainingCurves())
        self.facts: Observable[TrainingFacts | None] = Observable(None)
        self.messages: Observable[tuple[str, ...]] = Observable(())
        self.folder: Observable[Path | None] = Observable(None)
        self.preview: Observable[Path | None] = Observable(None)

    @property
    def runs_folder(self) -> Path:
        """Where runs are kept."""
        if self._runs_folder is not None:
            return self._runs_folder
        return user_data_path(APPLICATION_NAME, appauthor=False) / "runs"

    @property
    def active(self) -> bool:
        """Whether a run is under way, paused or not."""
        return self._job is not None

    def start(self) -> None:
        """Start a new run as planned."""
        plan = self.plan.value.with_changes(device=self._context.settings.value.device)
        complaint = plan.complaint()
        if self.active or complaint is not None:
            self._context.status.value = complaint or "A training is under way already."
            return
        folder = self.runs_folder / time.strftime(RUN_NAME)
        self._context.change_settings(training_folder=plan.folder)
        self.curves.value = TrainingCurves()
        self.messages.value = ()
        self._run(folder, lambda: start_planned(folder, plan))

    def adapt(self, picture: Picture, then: Callable[[Path], object]) -> None:
        """Learn from one noisy picture alone, for about a minute.

        Args:
            then: called with the model file once there is one.
        """
        if self.active:
            self._context.status.value = "A training is under way already; stop it first."
            return
        folder = self.runs_folder / f"{time.strftime(RUN_NAME)} adapted"
        device = self._context.settings.value.device
        self.curves.value = TrainingCurves()
        self.messages.value = ()
        self._run(folder, lambda: start_adapting(folder, picture, device))
        self._then = then

    def resume_run(self, folder: Path) -> None:
        """Go on with a run from its last checkpoint."""
        if self.active:
            self._context.status.value = "A training is under way already."
            return
        self.curves.value = TrainingCurves()
        self.messages.value = ()
        self._run(folder, lambda: resume(folder))

    def pause(self) -> None:
        """Hold the run after its present step; its memory stays taken."""
        if self._job is not None and self.state.value == RUNNING:
            self._job.pause()
            self.state.value = PAUSED

    def resume(self) -> None:
        """Go on after a pause."""
        if self._job is not None and self.state.value == PAUSED:
            self._job.resume()
            self.state.value = RUNNING

    def stop(self) -> None:
        """End the run after its present step, with a checkpoint; what was learned is kept."""
        if self._job is not None and self.state.value != STOPPING:
            self.state.value = STOPPING
            self._stop.set()
            self._job.resume()

    def _run(self, folder: Path, prepare: Callable[[], TrainingRun]) -> None:
        self._stop = stop = threading.Event()
        self.folder.value = folder
        self.facts.value = None
        self.preview.value = None
        self._then = None
        self._say("Reading the photos …")

        def work(token: CancelToken) -> Generator[Event, None, None]:
            run = prepare()
            for event in run.events():
                if stop.is_set() or token():
                    run.stop()
                yield event

        self._job = self._context.runner.start(
            "Training",
            work,
            on_event=self._on_event,
            on_result=lambda _: self._end(),
            on_error=self._on_error,
            on_cancelled=self._end,
        )
        self.state.value = STARTING

    def _on_event(self, event: Event) -> None:
        """Take in an event; the classes are told apart by name, so that torch stays unloaded."""
        kind = type(event).__name__
        values = event.to_json()
        self._find_preview()
        if kind == "StepDone":
            self._on_step(values)
            return
        if kind == "Started":
            # From here on there is something to lose: a checkpoint must be written at the end.
            if self._job is not None:
                self._job.at_close = "finish"
            self.state.value = STOPPING if self._stop.is_set() else RUNNING
            self._say(f"Training {values['parameters']:,} parameters.")
        elif kind == "Validated":
            self.curves.value.add_validation(
                values["step"], values["loss"], values["psnr"], values["ssim"]
            )
            best = ", the best so far" if values["is_best"] else ""
            self._say(f"Step {values['step']}: {values['psnr']:.2f} dB{best}.")
        elif kind == "FileSkipped":
            self._say(f"{values['name']} is not used: {values['reason']}")
        elif kind == "RolledBack":
            self._say(
                f"Step {values['failed_step']} was taken back to {values['step']} "
                f"({values['reason']}); the learning rate was lowered."
            )
        elif kind == "Finished":
            self._say(_ending(values["reason"], values["step"]))
        elif "reason" in values:
            self._say(str(values["reason"]))
        self.curves.notify()

    def _find_preview(self) -> None:
        """Take up the sheet of the latest validation, which is written after its event."""
        curves, folder = self.curves.value, self.folder.value
        if curves.checked_steps and folder is not None:
            sheet = folder / "samples" / f"step_{curves.checked_steps[-1]:09d}.png"
            if sheet != self.preview.value and sheet.exists():
                self.preview.value = sheet

    def _on_step(self, values: dict[str, float]) -> None:
        self.curves.value.add_step(int(values["step"]), values["loss"], values["learning_rate"])
        progress, elapsed = values["progress"], values["elapsed_seconds"]
        left = elapsed * (1 - progress) / progress if progress > 0 else None
        self.facts.value = TrainingFacts(
            int(values["step"]), progress, left, values["patches_per_second"]
        )
        self.curves.notify()

    def _on_error(self, error: BaseException) -> None:
        self._end()
        self._say(f"The training ended with an error: {error}")
        self._context.report("The training could not go on", error)

    def _end(self) -> None:
        self._job = None
        self.state.value = IDLE
        facts = self.facts.value
        if facts is not None:
            done = f"{facts.step:,} steps"
            self._context.status.value = f"Training ended after {done}."
        model = model_of(self.folder.value) if self.folder.value is not None else None
        if self._then is not None and model is not None:
            then, self._then = self._then, None
            then(model)

    def _say(self, sentence: str) -> None:
        self.messages.value = (*self.messages.value, sentence)[-MOST_MESSAGES:]


def time_left(facts: TrainingFacts) -> str:
    """Return the time left in words; empty before it is known."""
    return "" if facts.seconds_left is None else f"{format_seconds(facts.seconds_left)} left"


def _ending(reason: str, step: int) -> str:
    words = {
        "steps": "All planned steps are done",
        "minutes": "The planned time is over",
        "no improvement": "Validation stopped improving",
        "stopped": "Stopped; everything learned is kept",
    }
    return f"{words.get(reason, reason)} (step {step:,})."
