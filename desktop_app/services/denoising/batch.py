"""Denoising many picture files: what goes where, one after the other, each by itself."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from desktop_app.services import pictures
from desktop_app.services.denoising.batch_files import BatchItem
from desktop_app.services.denoising.batch_targets import (
    Existing,
    check_target,
    is_to_be_skipped,
    save_result,
    sentence_instead_of_dng,
    without_dng,
)
from desktop_app.services.denoising.denoise import DenoisingOptions, denoise, keeps_mosaic
from desktop_app.services.denoising.events import PartDone, Steps
from desktop_app.services.denoising.noise_found import find_noise
from desktop_app.services.errors import (
    AppError,
    PictureError,
    Remedy,
)
from desktop_app.services.folder_lock import FolderLocks
from desktop_app.services.memory import shortage_sentence
from desktop_app.services.models.model_choice import ModelChoice
from desktop_app.services.pictures.development import Development
from desktop_app.services.pictures.files.formats import SavingOptions
from desktop_app.services.pictures.picture import deepened
from scratch_layers.errors import CancelledError


@dataclass(frozen=True)
class BatchSettings(DenoisingOptions):
    """How every picture of a batch is treated.

    Attributes:
        existing: what to do where a result exists.
        first_frame, allow_damaged, development: as for ``open_picture``.
        deep: whether results have 16 bits where the format holds them, and are dithered elsewhere.
        keep_dates: whether results get the dates of their sources.
    """

    existing: Existing = "skip"
    first_frame: bool = False
    allow_damaged: bool = False
    development: Development | None = None
    deep: bool = False
    keep_dates: bool = False


@dataclass(frozen=True)
class ItemOutcome:
    """What became of one item.

    Attributes:
        item: its files; the target is the one written, which may have been renamed.
        status: whether a result was written, was there already, or could not be made.
        reason: why there is no new result, in one sentence; empty where there is one.
        remedy: the setting that may help, if there is one.
        notices: what was not taken over exactly, and what went wrong without harming the result.
        sigma_before, sigma_after: measured noise, as a standard deviation on the 0-255 scale; None
            where the picture is too small to measure, or no result was made.
        sentence: what noise was found, and which model removed it; empty where none was made.
        development: how the picture was developed, if it is of a RAW file; None for the usual way.
        seconds: the time it took.
    """

    item: BatchItem
    status: Literal["done", "skipped", "failed"]
    reason: str = ""
    remedy: Remedy | None = None
    notices: tuple[str, ...] = ()
    sigma_before: float | None = None
    sigma_after: float | None = None
    sentence: str = ""
    development: Development | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class ItemStarted:
    """Work on the item with this index begins."""

    index: int
    item: BatchItem


@dataclass(frozen=True)
class ItemProgress:
    """A share (0 to 1) of the item with this index is done."""

    index: int
    share: float


@dataclass(frozen=True)
class ItemFinished:
    """The item with this index is done, skipped or failed."""

    index: int
    outcome: ItemOutcome


BatchEvent: TypeAlias = ItemStarted | ItemProgress | ItemFinished


def denoise_batch(
    items: Sequence[BatchItem],
    models: ModelChoice,
    settings: BatchSettings,
    cancelled: Callable[[], bool] | None = None,
) -> Generator[BatchEvent, None, list[ItemOutcome]]:
    """Denoise files one after the other; a bad one never stops the rest.

    A folder that another batch fills at the same time is left to it: such items fail with a
    sentence.

    Closing the generator stops the work. Results are written in one step each, so that a batch that
    was stopped can be run again with ``existing="skip"`` and goes on where it was.

    Raises:
        CancelledError: ``cancelled``, which is asked often, returned True.
    """
    outcomes = []
    with FolderLocks("a batch") as locks:
        for index, item in enumerate(items):
            yield ItemStarted(index, item)
            started = time.perf_counter()
            try:
                outcome = yield from _denoise_item(
                    index, item, models, settings, locks if len(items) > 1 else None, cancelled
                )
            except CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the rest goes on
                remedy = error.remedy if isinstance(error, PictureError) else None
                outcome = ItemOutcome(item, "failed", _sentence(item, error), remedy)
            outcomes.append(replace(outcome, seconds=time.perf_counter() - started))
            yield ItemFinished(index, outcomes[-1])
    return outcomes


def _sentence(item: BatchItem, error: Exception) -> str:
    if shortage_sentence(error) is not None:
        return f"{item.source} needs more memory than there is; close other programs."
    text = " ".join(str(error).split()) or type(error).__name__
    return text if isinstance(error, AppError) else f"{item.source} cannot be denoised: {text}"


def _denoise_item(
    index: int,
    item: BatchItem,
    models: ModelChoice,
    settings: BatchSettings,
    locks: FolderLocks | None,
    cancelled: Callable[[], bool] | None,
) -> Generator[BatchEvent, None, ItemOutcome]:
    if is_to_be_skipped(item.target, settings.existing):
        return _skipped(item)
    check_target(item.target, settings.existing)
    if locks is not None:
        locks.take(item.target.parent)
    picture = pictures.open_picture(
        item.source,
        first_frame=settings.first_frame,
        allow_damaged=settings.allow_damaged,
        development=settings.development,
        as_excerpts=True,
    )
    if settings.deep:
        picture = deepened(picture)
    noise = find_noise(picture)
    is_for_dng = keeps_mosaic(picture, noise, models, settings)
    if not is_for_dng:
        item = without_dng(item)
        if is_to_be_skipped(item.target, settings.existing):
            return _skipped(item)
        check_target(item.target, settings.existing)
        pictures.what_is_lost(replace(picture, mosaic=None), item.target)
    steps = Steps(denoise(picture, models, settings, noise=noise, cancelled=cancelled))
    for step in steps:
        if isinstance(step, PartDone):
            yield ItemProgress(index, step.fraction)
    result = steps.result
    # Measured before the file is there: whatever fails, a failed item has no result.
    after = find_noise(result.picture) if result.model else result.noise
    options = SavingOptions(dithered=settings.deep, keep_date=settings.keep_dates)
    target, lost = save_result(result.picture, item.target, settings.existing, options)
    instead = "" if is_for_dng else sentence_instead_of_dng(item)
    return ItemOutcome(
        replace(item, target=target),
        "done",
        notices=tuple(filter(None, (instead, *picture.notices, *result.notices, *lost))),
        sigma_before=result.noise.measured_255,
        sigma_after=after.measured_255,
        sentence=result.sentence,
        development=settings.development,
    )


def _skipped(item: BatchItem) -> ItemOutcome:
    return ItemOutcome(item, "skipped", f"{item.target} exists already.")


def summary(outcomes: Sequence[ItemOutcome]) -> str:
    """Return the outcome of a batch as text: a line of counts, then a line for each failure."""
    counts = Counter(outcome.status for outcome in outcomes)
    noun = "picture" if len(outcomes) == 1 else "pictures"
    parts = [f"{counts['done']} denoised"]
    parts += [f"{counts[status]} {status}" for status in ("skipped", "failed") if counts[status]]
    lines = [f"{len(outcomes)} {noun}: {', '.join(parts)}."]
    lines += [outcome.reason for outcome in outcomes if outcome.status == "failed"]
    return "\n".join(lines)
