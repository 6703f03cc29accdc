"""What a batch does on worker threads: finding its photos, and denoising them."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from desktop_app.controllers.batch_plan import BatchPlan
from desktop_app.controllers.problems import Problem, describe
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
    if any(item.target.resolve() in sources for item in items):
        # A result must never replace a photo that the batch reads.
        items = _planned(usable, plan, DEFAULT_NAME_PATTERN)
    # A photo that was added both by itself and with its folder is denoised once.
    return list({item.source: item for item in items}.values()), problems


def _planned(inputs: Sequence[Path], plan: BatchPlan, pattern: str) -> list[BatchItem]:
    return plan_batch(inputs, plan.output_folder, recursive=plan.recursive, pattern=pattern)


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
