"""Training a network in the background: start, pause, resume, stop, and what comes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from desktop_app.controllers.context import Context
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.training_plan import TrainingPlan
from desktop_app.controllers.training_record import TrainingRecord, describe_failure
from desktop_app.controllers.training_start import (
    RunEvent,
    resume,
    run_events,
    start_adapting,
    start_planned,
)
from desktop_app.services.jobs import CancelToken, Job
from desktop_app.services.settings import APPLICATION_NAME
from scratch_layers.training.events import RolledBack, Started, WriteFailed

if TYPE_CHECKING:
    from desktop_app.services.pictures import Picture
    from desktop_app.services.training.runs import TrainingRun

IDLE, STARTING, RUNNING, PAUSED, STOPPING = "idle", "starting", "running", "paused", "stopping"

RUN_NAME = "%Y-%m-%d-%H%M%S"
UNDER_WAY = "A training is under way already; stop it first."


class TrainingController:
    """Runs one training at a time.

    Attributes:
        plan: what will be trained next.
        state: ``idle``, ``starting``, ``running``, ``paused`` or ``stopping``.
        gentle: whether the run computes on one core only.
        record: what is known about the run that is under way or was last; its observables are
            attributes of the controller as well.
    """

    def __init__(self, context: Context, runs_folder: Path | None = None) -> None:
        self._context = context
        self._runs_folder = runs_folder
        self._job: Job[RunEvent, None] | None = None
        self._stop = threading.Event()
        self._then: Callable[[Path], object] | None = None
        plan = TrainingPlan(folder=context.settings.value.training_folder)
        self.plan: Observable[TrainingPlan] = Observable(plan)
        self.state: Observable[str] = Observable(IDLE)
        self.gentle = Observable(False)
        self.record = record = TrainingRecord()
        self.folder, self.curves, self.facts = record.folder, record.curves, record.facts
        self.messages, self.preview, self.model = record.messages, record.preview, record.model

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

    @property
    def adapting(self) -> bool:
        """Whether a run is under way that learns from the photo that is open."""
        return self.active and self._then is not None

    def start(self) -> None:
        """Start a new run as planned."""
        plan = self.plan.value
        if not plan.device:
            plan = plan.with_changes(device=self._context.settings.value.device)
        complaint = plan.complaint()
        if complaint is not None:
            self._context.status.value = complaint
        elif not self._refused():
            self._context.change_settings(training_folder=plan.folder)
            folder = self._new_folder("")
            self._run(folder, lambda: start_planned(folder, plan))

    def adapt(self, picture: Picture, then: Callable[[Path], object]) -> None:
        """Learn from one noisy picture alone, for about a minute.

        Args:
            then: called with the model file once there is one.
        """
        if self._refused():
            return
        folder = self._new_folder(" adapted")
        device = self._context.settings.value.device
        self._run(folder, lambda: start_adapting(folder, picture, device))
        self._then = then

    def resume_run(self, folder: Path) -> None:
        """Go on with a run from its last checkpoint."""
        if not self._refused():
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

    def be_gentle(self, gentle: bool) -> None:
        """Leave all cores but one to other work, or take what others leave; from now on."""
        self.gentle.value = gentle
        if self.state.value in (RUNNING, PAUSED):
            self._choose_threads()

    def _choose_threads(self) -> None:
        from scratch_layers.threads import threads

        threads.choose(1 if self.gentle.value and self.active else None)

    def _refused(self) -> bool:
        if self.active:
            self._context.status.value = UNDER_WAY
        return self.active

    def _new_folder(self, suffix: str) -> Path:
        """Return a folder that no run has yet: two may be started within a second."""
        name = time.strftime(RUN_NAME) + suffix
        folder, number = self.runs_folder / name, 2
        while folder.exists():
            folder = self.runs_folder / f"{name} ({number})"
            number += 1
        return folder

    def _run(self, folder: Path, prepare: Callable[[], TrainingRun]) -> None:
        self._stop = stop = threading.Event()
        self._then = None
        self.record.begin(folder)
        self.record.say("Reading the photos …")

        def work(token: CancelToken) -> Generator[RunEvent, None, None]:
            return run_events(prepare, lambda: stop.is_set() or token())

        self._job = self._context.runner.start(
            "Training",
            work,
            on_event=self._on_event,
            on_result=lambda _: self._end(),
            on_error=self._on_error,
            on_cancelled=self._end,
        )
        self.state.value = STARTING

    def _on_event(self, event: RunEvent) -> None:
        sentence = self.record.take(event)
        if isinstance(event, Started):
            # From here on there is something to lose: a checkpoint must be written at the end.
            if self._job is not None:
                self._job.at_close = "finish"
            self.state.value = STOPPING if self._stop.is_set() else RUNNING
            if self.gentle.value:
                self._choose_threads()
        elif isinstance(event, WriteFailed | RolledBack) and sentence is not None:
            self._context.status.value = sentence

    def _on_error(self, error: BaseException) -> None:
        self._then = None
        self._end()
        record = self.record
        problem = describe_failure(error, record.saved_step, record.model.value is not None)
        record.say(problem.sentence)
        self._context.status.value = problem.title + "."
        self._context.problems.emit(problem)

    def _end(self) -> None:
        self._job = None
        if self.gentle.value:
            self._choose_threads()
        self.record.end()
        self.state.value = IDLE
        facts, model = self.facts.value, self.model.value
        if facts is not None:
            self._context.status.value = f"Training ended after {facts.step:,} steps."
        if self._then is not None and model is not None:
            then, self._then = self._then, None
            then(model)
