"""Denoising many photos one after the other: the list, start, pause, cancel, retry."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from desktop_app.controllers.batch_plan import (
    DONE,
    FAILED,
    RUNNING,
    SKIPPED,
    WAITING,
    BatchPlan,
    BatchRow,
)
from desktop_app.controllers.batch_work import BatchProgress, denoise_photos, find_photos
from desktop_app.controllers.context import Context
from desktop_app.controllers.models import ModelsController
from desktop_app.controllers.observable import Observable, Signal
from desktop_app.controllers.problems import Problem, together
from desktop_app.controllers.progress import Progress
from desktop_app.services.denoising.batch import (
    BatchEvent,
    ItemOutcome,
    ItemProgress,
    ItemStarted,
    summary,
)
from desktop_app.services.denoising.batch_files import BatchItem
from desktop_app.services.jobs import Job

IDLE, WORKING, PAUSED, STOPPING = "idle", "working", "paused", "stopping"


class BatchController:
    """Owns the list of photos and runs one batch at a time.

    Attributes:
        plan: how photos are treated; change it through :meth:`change`.
        rows: the photos in the order in which they are denoised; a row changes in place, the list
            as a whole is replaced when photos come or go.
        row_changed: emits the index of a row that changed in place.
        state: ``idle``, ``working``, ``paused`` or ``stopping``.
        progress: how far all photos together are; ``None`` while nothing runs.
        summary: what became of the photos; empty before the first batch.
        looking: whether folders are being searched.
        model_at_work: name of the model with which the batch under way, or the last one, denoises.
    """

    def __init__(self, context: Context, models: ModelsController) -> None:
        self._context = context
        self._models = models
        self._inputs: tuple[Path, ...] = ()
        self._excluded: frozenset[Path] = frozenset()
        self._search = 0
        self._job: Job[BatchEvent, list[ItemOutcome]] | None = None
        self._stop = threading.Event()
        self._clock: BatchProgress | None = None
        self.model_at_work = ""
        self.plan: Observable[BatchPlan] = Observable(BatchPlan())
        self.rows: Observable[list[BatchRow]] = Observable([])
        self.row_changed: Signal[int] = Signal()
        self.state: Observable[str] = Observable(IDLE)
        self.progress: Observable[Progress | None] = Observable(None)
        self.summary: Observable[str] = Observable("")
        self.looking = Observable(False)

    @property
    def active(self) -> bool:
        """Whether a batch is under way, paused or not."""
        return self._job is not None

    # The list -----------------------------------------------------------------------------------

    def add(self, paths: Sequence[Path]) -> None:
        """Add photos, and those of folders."""
        if not paths or self._refused():
            return
        added = [path.absolute() for path in paths]
        self._excluded = frozenset(
            source
            for source in self._excluded
            if not any(path == source or path in source.parents for path in added)
        )
        self._inputs = tuple(dict.fromkeys((*self._inputs, *added)))
        self.plan.value = self._with_output(self.plan.value)
        self._list_photos()

    def remove(self, indices: Collection[int]) -> None:
        """Take photos out of the list; their files stay where they are."""
        if not indices or self._refused():
            return
        rows = self.rows.value
        sources = {rows[index].item.source for index in indices}
        self._inputs = tuple(path for path in self._inputs if path not in sources)
        self._excluded |= sources
        self.rows.value = [row for row in rows if row.item.source not in sources]

    def clear(self) -> None:
        """Empty the list."""
        if self._refused():
            return
        self._inputs, self._excluded = (), frozenset()
        self._search += 1
        self.looking.value = False
        self.rows.value = []
        self.summary.value = ""

    def change(self, **changes: Any) -> None:
        """Change fields of the plan."""
        old, plan = self.plan.value, self._with_output(self.plan.value.with_changes(**changes))
        if plan == old or self._refused():
            return
        self.plan.value = plan
        named_by = ("output", "recursive", "as_dng")
        if self._inputs and any(getattr(plan, name) != getattr(old, name) for name in named_by):
            self._list_photos()

    def _with_output(self, plan: BatchPlan) -> BatchPlan:
        """Propose a place for the results of folders: they are not mixed with the photos."""
        folder = next((path for path in self._inputs if path.is_dir()), None)
        if plan.output or folder is None:
            return plan
        return plan.with_changes(output=f"{folder}_denoised")

    def _list_photos(self) -> None:
        self._search += 1
        search = self._search
        plan, inputs = self.plan.value, self._inputs
        pattern = self._context.settings.value.name_pattern
        self.looking.value = True

        def on_result(found: tuple[list[BatchItem], dict[Path, Problem]]) -> None:
            if search != self._search:
                return
            self.looking.value = False
            items, problems = found
            self._inputs = tuple(path for path in self._inputs if path not in problems)
            self._show_items([item for item in items if item.source not in self._excluded])
            if problems:
                told = together(
                    list(problems.values()),
                    f"{len(problems)} of what was added cannot be used",
                    "The other photos are in the list.",
                )
                self._context.problems.emit(told)

        def on_error(error: BaseException) -> None:
            if search == self._search:
                self.looking.value = False
            self._context.report("The photos were not listed", error)

        self._context.runner.start_call(
            "Looking for photos",
            lambda token: find_photos(inputs, plan, pattern),
            on_result=on_result,
            on_error=on_error,
        )

    def _show_items(self, items: Sequence[BatchItem]) -> None:
        known = {row.item: row for row in self.rows.value}
        self.rows.value = [known.get(item) or BatchRow(item) for item in items]
        photos = "1 photo" if len(items) == 1 else f"{len(items):,} photos"
        self._context.status.value = f"{photos} in the batch."

    def _refused(self) -> bool:
        if self.active:
            self._context.status.value = "Cancel the batch first, or wait until it is finished."
        return self.active

    # The run ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Denoise the photos that are not done yet; all of them again if none is left."""
        rows = self.rows.value
        left = [index for index, row in enumerate(rows) if row.status not in (DONE, SKIPPED)]
        self._run(left or list(range(len(rows))))

    def retry_failed(self) -> None:
        """Denoise the photos that failed once more."""
        self._run([index for index, row in enumerate(self.rows.value) if row.status == FAILED])

    def pause(self) -> None:
        """Hold the batch after the present tile."""
        if self._job is not None and self._clock is not None and self.state.value == WORKING:
            self._clock.pause()
            self._job.pause()
            self.state.value = PAUSED

    def resume(self) -> None:
        """Go on after a pause."""
        if self._job is not None and self._clock is not None and self.state.value == PAUSED:
            self._clock.resume()
            self._job.resume()
            self.state.value = WORKING

    def cancel(self) -> None:
        """End the batch; finished photos stay finished."""
        if self._job is not None:
            self.state.value = STOPPING
            self._stop.set()
            self._job.resume()

    def _run(self, indices: list[int]) -> None:
        if self.active or self.looking.value:
            return
        if not indices:
            self._context.status.value = "Add photos or a folder first."
            return
        for index in indices:
            self._set_row(index, BatchRow(self.rows.value[index].item))
        items = [self.rows.value[index].item for index in indices]
        self.model_at_work = self._models.chosen.value
        models = self._models.choice()
        wishes = self._context.settings.value
        settings = dataclasses.replace(
            self.plan.value.settings,
            memory_budget_mb=wishes.memory_budget_mb,
            deep=wishes.deep_results,
            keep_dates=wishes.keep_dates,
            hot_pixels=wishes.hot_pixels,
        )
        self._stop = stop = threading.Event()
        self._clock = BatchProgress(len(items))
        self.summary.value = ""
        self.progress.value = Progress("Loading the model")

        def on_error(error: BaseException) -> None:
            self._end()
            self._context.report("The batch could not go on", error)

        self._job = self._context.runner.start(
            "Denoising a batch",
            lambda token: denoise_photos(items, models, settings, stop, token),
            on_event=lambda event: self._on_event(indices[event.index], event),
            on_result=lambda _: self._end(),
            on_error=on_error,
            on_cancelled=self._end,
            at_close="wait",
        )
        self.state.value = WORKING

    def _on_event(self, index: int, event: BatchEvent) -> None:
        assert self._clock is not None
        row = self.rows.value[index]
        if isinstance(event, ItemStarted):
            row = dataclasses.replace(row, status=RUNNING)
            self._clock.begin()
        elif isinstance(event, ItemProgress):
            row = dataclasses.replace(row, share=event.share)
            self._clock.set_share(event.share)
        else:
            row = BatchRow(row.item, event.outcome.status, 1.0, event.outcome)
            self._clock.finish(event.outcome.status != DONE)
        self._set_row(index, row)
        self.progress.value = self._clock.progress(row.item.source.name)

    def _end(self) -> None:
        self._job = None
        self._clock = None
        for index, row in enumerate(self.rows.value):
            if row.status == RUNNING:
                self._set_row(index, BatchRow(row.item))
        self.state.value = IDLE
        self.progress.value = None
        self.summary.value = self._summarized()
        first_line = (self.summary.value or "Nothing was denoised.").splitlines()[0]
        self._context.status.value = first_line

    def _summarized(self) -> str:
        outcomes = [row.outcome for row in self.rows.value if row.outcome is not None]
        waiting = sum(row.status == WAITING for row in self.rows.value)
        lines = [summary(outcomes)] if outcomes else []
        if waiting and outcomes:
            lines.append(f"{waiting:,} not done yet; Start goes on with them.")
        return "\n".join(lines)

    def _set_row(self, index: int, row: BatchRow) -> None:
        if self.rows.value[index] != row:
            self.rows.value[index] = row
            self.row_changed.emit(index)
