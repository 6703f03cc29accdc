"""Denoising the current document: noise level, strength, progress, cancel."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from desktop_app.controllers.context import Context
from desktop_app.controllers.denoising_work import DenoisingWork, Rectangle, WatchedEvent
from desktop_app.controllers.document import (
    DenoisedPicture,
    Document,
    LoadedPicture,
    Unfinished,
)
from desktop_app.controllers.documents import DocumentsController
from desktop_app.controllers.models import ModelsController
from desktop_app.controllers.noise import FoundNoise
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.progress import Progress, TimeLeft, format_seconds
from desktop_app.controllers.view import ViewController
from desktop_app.services.denoising.denoise import DenoisingOptions, what_is_done
from desktop_app.services.denoising.events import (
    Notice,
    PartDone,
)
from desktop_app.services.jobs import Job
from scratch_layers.noise_kinds import HIGHEST_SIGMA_255

HIGHEST_LEVEL = round(HIGHEST_SIGMA_255)
GRAIN_STRENGTH = 0.7


class DenoisingController:
    """Runs the network on the current document.

    Attributes:
        level: the noise level to remove, 0-255; ``None`` takes what was measured.
        progress: how far denoising is; ``None`` while nothing runs.
        found: what noise the current picture holds.
    """

    def __init__(
        self,
        context: Context,
        documents: DocumentsController,
        models: ModelsController,
        view: ViewController,
    ) -> None:
        self._context = context
        self._documents = documents
        self._models = models
        self._view = view
        self._job: Job[WatchedEvent, DenoisedPicture] | None = None
        self._at_work: Document | None = None
        self._then: list[Callable[[DenoisedPicture], object]] = []
        self._part_job: Job[WatchedEvent, DenoisedPicture] | None = None
        self._after_part: Callable[[], object] | None = None
        self.level: Observable[float | None] = Observable(None)
        self.progress: Observable[Progress | None] = Observable(None)
        self.found = FoundNoise(context, documents)

    def is_busy_with_another(self, document: Document) -> bool:
        """Whether another document is being denoised, for which this one would have to wait."""
        return self.progress.value is not None and self._at_work is not document

    def sentence(self) -> str:
        """Say what noise was found and what would be done about it; empty until that is known."""
        noise, models = self.found.noise.value, self._models.choice()
        if noise is None or not models.is_automatic:
            return ""
        document = self._documents.current.value
        picture = None if document is None else document.state.value.noisy.picture
        on_mosaic = picture is not None and picture.mosaic is not None
        level = self.level.value
        return what_is_done(noise, models, level, on_mosaic=on_mosaic, in_figures=False)

    def denoise(
        self,
        rival: DenoisedPicture | None = None,
        then: Callable[[DenoisedPicture], object] | None = None,
    ) -> None:
        """Start denoising the current document, the part in view first.

        What was done of it before, by :meth:`denoise_part` or until it was cancelled, is kept.

        Args:
            rival: an earlier result that shall stay beside the new one.
            then: called with the result once the document shows it; also where that is at work.
        """
        document = self._documents.current.value
        if document is None:
            return
        if self.progress.value is not None:
            if then is not None and document is self._at_work:
                self._then.append(then)
            return
        self._at_work, self._then = document, [] if then is None else [then]
        loaded = document.state.value.noisy
        self.progress.value = Progress("Denoising")
        work = partial(self._work(loaded).watched, self._in_view(), False)
        clock = TimeLeft()

        def on_event(event: WatchedEvent) -> None:
            if isinstance(event, PartDone):
                left = clock.estimate(event.fraction)
                self.progress.value = Progress("Denoising", event.fraction, left)
            self._show_event(document, loaded, event)

        def on_result(denoised: DenoisedPicture) -> None:
            loaded.unfinished = None
            waiting = self._then
            self._finish(document)
            result = denoised.result
            took = format_seconds(math.ceil(result.seconds))
            done = f"Denoised {document.name} in {took}." if result.model else ""
            told = (done, result.plain_sentence, *dict.fromkeys(result.notices))
            self._context.status.value = " ".join(filter(None, told))
            if document.state.value.noisy is loaded:
                loaded.left_alone = not result.model
                if result.model:
                    document.change("Denoise", denoised=denoised, rival=rival)
                else:
                    document.state.notify()
                for action in waiting:
                    action(denoised)

        def on_error(error: BaseException) -> None:
            self._forget_part(document)
            self._finish(document)
            self._context.report("The picture was not denoised", error)

        def on_cancelled() -> None:
            self._forget_part(document)
            self._finish(document)
            kept = loaded.unfinished is not None
            then = "Denoise goes on where it was" if kept else "the picture is as it was"
            self._context.status.value = f"Denoising was cancelled; {then}."

        def start() -> None:
            self._job = self._context.runner.start(
                f"Denoising {document.name}",
                partial(work, loaded.unfinished),
                on_event=on_event,
                on_result=on_result,
                on_error=on_error,
                on_cancelled=on_cancelled,
            )

        self._once_no_part_is_at_work(start)

    def denoise_part(
        self,
        document: Document,
        part: Rectangle,
        on_end: Callable[[BaseException | None], object],
    ) -> None:
        """Denoise a part of a document, so that it can be seen; the document does not change.

        Args:
            part: what to denoise; a part that is at work is left for it.
            on_end: called at the end, with the error if there was one.
        """
        loaded = document.state.value.noisy
        work = partial(self._work(loaded).watched, part, True)

        def end(error: BaseException | None = None) -> None:
            self._part_job = None
            waiting, self._after_part = self._after_part, None
            on_end(error)
            if waiting is not None:
                waiting()

        def start() -> None:
            self._part_job = self._context.runner.start(
                f"Denoising a part of {document.name}",
                partial(work, loaded.unfinished),
                on_event=partial(self._show_event, document, loaded),
                on_result=lambda _: end(),
                on_error=end,
                on_cancelled=end,
            )

        self._once_no_part_is_at_work(start)

    def cancel(self) -> None:
        """Stop denoising; nothing of the document changes, and what is done is kept."""
        if self._job is not None:
            self._job.cancel()
        elif self.progress.value is not None:
            # It waits for a part to end, and has nothing to lose yet.
            self._after_part = None
            self.progress.value = None

    def cancel_part(self) -> None:
        """Stop denoising a part; what is done of it is kept."""
        if self._part_job is not None:
            self._part_job.cancel()

    def _once_no_part_is_at_work(self, start: Callable[[], object]) -> None:
        """Two jobs must not write into one picture: the second waits for the end of the first."""
        if self._part_job is None:
            start()
        else:
            self._after_part = start
            self._part_job.cancel()

    def _show_event(self, document: Document, loaded: LoadedPicture, event: WatchedEvent) -> None:
        if isinstance(event, Notice):
            self._context.status.value = event.sentence
        elif isinstance(event, Unfinished):
            if loaded.unfinished is not event:
                loaded.unfinished = event
                self._show_again(document)
        else:
            self._view.refresh()

    def _forget_part(self, document: Document) -> None:
        """A document that has a result shows that rather than the beginning of another."""
        state, unfinished = document.state.value, document.state.value.noisy.unfinished
        has_parts = unfinished is not None and unfinished.tiles is not None
        if state.denoised is not None or not has_parts:
            state.noisy.unfinished = None

    def set_strength(self, strength: float) -> None:
        """Mix ``strength`` (0-1) of the result's luma into the picture."""
        self._change_mix("Strength", strength=strength)

    def set_colour_strength(self, strength: float) -> None:
        """Mix ``strength`` (0-1) of the result's chroma into the picture."""
        self._change_mix("Colour noise strength", colour_strength=strength)

    def keep_grain(self, kept: bool) -> None:
        """Leave some of the luma noise, which looks like film grain, but no colour noise."""
        strength = GRAIN_STRENGTH if kept else 1.0
        self._change_mix("Keep grain", merge=False, strength=strength, colour_strength=1.0)

    def _change_mix(self, label: str, *, merge: bool = True, **strengths: float) -> None:
        document = self._documents.current.value
        if document is not None and self._view.comparable.value:
            document.change(label, merge=merge, **strengths)

    def _work(self, loaded: LoadedPicture) -> DenoisingWork:
        settings = self._context.settings.value
        return DenoisingWork(
            loaded,
            self._models.choice(),
            DenoisingOptions(
                self.level.value,
                memory_budget_mb=settings.memory_budget_mb,
                hot_pixels=settings.hot_pixels,
            ),
        )

    def _in_view(self) -> Rectangle:
        left, top, right, bottom = self._view.viewport.visible()
        return int(top), int(left), math.ceil(bottom), math.ceil(right)

    def _finish(self, document: Document) -> None:
        self._job = self._at_work = None
        self._then = []
        self.progress.value = None
        self._show_again(document)

    def _show_again(self, document: Document) -> None:
        if self._documents.current.value is document:
            self._view.show(document)
