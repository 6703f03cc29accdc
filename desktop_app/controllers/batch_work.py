"""What a batch does on worker threads, how far it is, and how long it will still take."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from desktop_app.controllers.batch_plan import BatchPlan
from desktop_app.controllers.problems import Problem, describe
from desktop_app.controllers.progress import Progress
from desktop_app.services.denoising.batch import (
    BatchEvent,
    BatchSettings,
    ItemFinished,
    ItemOutcome,
    denoise_batch,
)
from desktop_app.services.denoising.batch_files import BatchItem, plan_batch
from desktop_app.services.errors import AppError
from desktop_app.services.jobs import CancelToken
from desktop_app.services.models.model_choice import ModelChoice
from desktop_app.services.pictures.files.folders import DEFAULT_NAME_PATTERN
from scratch_layers.errors import CancelledError

_REMEMBERED = 20
_SECONDS_BEFORE_A_GUESS = 3.0


def find_photos(
    inputs: Sequence[Path], plan: BatchPlan, pattern: str
) -> tuple[list[BatchItem], dict[Path, Problem]]:
    """Plan the batch; an input without photos is left out and told, the others are kept."""
    problems: dict[Path, Problem] = {}
    for path in inputs:
        try:
            _planned([path], plan, pattern)
        except (AppError, OSError) as error:
            problems[path] = describe(f"{path.name} was not added", error)
    usable = [path for path in inputs if path not in problems]
    items = _planned(usable, plan, pattern)
    sources = {item.source.resolve() for item in items}
    targets = {path.resolve() for item in items for path in (item.target, item.otherwise) if path}
    if targets & sources:
        # A result must never replace a photo that the batch reads.
        items = _planned(usable, plan, DEFAULT_NAME_PATTERN)
    # A photo that was added both by itself and with its folder is denoised once.
    return list({item.source: item for item in items}.values()), problems


def _planned(inputs: Sequence[Path], plan: BatchPlan, pattern: str) -> list[BatchItem]:
    return plan_batch(
        inputs,
        plan.output_folder,
        recursive=plan.recursive,
        pattern=pattern,
        as_dng=plan.as_dng,
    )


def denoise_photos(
    items: Sequence[BatchItem],
    models: ModelChoice,
    settings: BatchSettings,
    stop: threading.Event,
    token: CancelToken,
) -> Generator[BatchEvent, None, list[ItemOutcome]]:
    """Denoise the items; what was finished before ``stop`` is still told, unlike with the token."""

    def stopped() -> bool:
        return stop.is_set() or token()

    outcomes: list[ItemOutcome] = []
    models.preload()
    with (
        suppress(CancelledError),
        closing(denoise_batch(items, models, settings, stopped)) as events,
    ):
        for event in events:
            yield event
            if isinstance(event, ItemFinished):
                outcomes.append(event.outcome)
            if stopped():
                break
    return outcomes


class BatchProgress:
    """Counts photos, and learns from those that are done how long the others take.

    The time left is the median of the latest photos' times, for each photo to come: the first one,
    for which everything is loaded, and a single large one tell little about the others. The photo
    at work takes as long as its own beginning tells. Photos that are skipped or fail tell nothing.

    Args:
        photos: how many there are.
        clock: seconds, from any point in time.
    """

    def __init__(self, photos: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._photos = photos
        self._clock = clock
        self._number = 0
        self._finished = 0
        self._share = 0.0
        self._begun = self._paused = clock()
        self._times: deque[float] = deque(maxlen=_REMEMBERED)

    def begin(self) -> None:
        """Note that work on the next photo begins."""
        self._number += 1
        self._begun = self._clock()

    def set_share(self, share: float) -> None:
        """Note how much (0-1) of the present photo is done."""
        self._share = share

    def finish(self, in_vain: bool) -> None:
        """Note that the present photo is finished, or was skipped, or failed."""
        self._share = 0.0
        self._finished += 1
        if not in_vain:
            self._times.append(self._clock() - self._begun)

    def pause(self) -> None:
        """Note that the work rests from now on."""
        self._paused = self._clock()

    def resume(self) -> None:
        """Note that the work goes on: the time of the pause does not count."""
        self._begun += self._clock() - self._paused

    def progress(self, name: str) -> Progress:
        """Return the progress; ``name`` is that of the photo at work, or finished just now."""
        fraction = (self._finished + self._share) / self._photos
        words = f"Photo {self._number:,} of {self._photos:,}, {name}; all"
        return Progress(words, fraction, self._seconds_left())

    def _seconds_left(self) -> float | None:
        usual = sorted(self._times)[len(self._times) // 2] if self._times else None
        present, spent = usual, self._clock() - self._begun
        if self._share > 0 and spent >= _SECONDS_BEFORE_A_GUESS:
            present = spent / self._share
        if present is None:
            return None
        to_come = self._photos - self._finished - 1
        if to_come < 0:
            return 0.0
        return present * (1 - self._share) + (present if usual is None else usual) * to_come
