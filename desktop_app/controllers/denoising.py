"""Denoising the current document: noise level, strength, progress, cancel."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator

from desktop_app.controllers.context import Context
from desktop_app.controllers.document import Denoised, Document, LoadedPicture
from desktop_app.controllers.documents import DocumentsController
from desktop_app.controllers.models import ModelsController
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.progress import Progress, TimeLeft, format_seconds
from desktop_app.controllers.view import ViewController
from desktop_app.services.denoising.events import DenoisingEvent, Notice
from desktop_app.services.jobs import CancelToken, Job
from scratch_layers.noise_kinds import HIGHEST_SIGMA_255

HIGHEST_LEVEL = round(HIGHEST_SIGMA_255)
GRAIN_STRENGTH = 0.7


class DenoisingController:
    """Runs the network on the current document.

    Attributes:
        level: the noise level to remove, 0-255; ``None`` takes the estimate.
        progress: how far denoising is; ``None`` while nothing runs.
        estimate: estimated noise level of the current picture; ``None`` until it is known.
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
        self._job: Job[DenoisingEvent, Denoised] | None = None
        self.level: Observable[float | None] = Observable(None)
        self.progress: Observable[Progress | None] = Observable(None)
        self.estimate: Observable[float | None] = Observable(None)

    @property
    def estimating(self) -> bool:
        """Whether the noise level of the current picture is being estimated."""
        document = self._documents.current.value
        return document is not None and document.state.value.noisy.estimating

    def estimate_current(self) -> None:
        """Estimate the noise level of the picture that is shown, on a worker thread."""
        document = self._documents.current.value
        if document is None:
            self.estimate.value = None
            return
        loaded = document.state.value.noisy
        self.estimate.value = loaded.estimated_sigma
        if loaded.estimated_sigma is not None or loaded.estimating:
            return
        loaded.estimating = True
        self.estimate.notify()
        picture = loaded.picture

        def on_result(sigma_255: float) -> None:
            loaded.estimating = False
            loaded.estimated_sigma = min(sigma_255, HIGHEST_SIGMA_255)
            current = self._documents.current.value
            if current is not None and current.state.value.noisy is loaded:
                self.estimate.value = loaded.estimated_sigma

        def on_error(error: BaseException) -> None:
            loaded.estimating = False
            self._context.report("The noise level was not estimated", error)

        def work(token: CancelToken) -> float:
            from desktop_app.services.denoising.whole_picture import estimate_sigma_255

            return estimate_sigma_255(picture)

        self._context.runner.start_call(
            "Estimating the noise", work, on_result=on_result, on_error=on_error
        )

    def denoise(
        self, rival: Denoised | None = None, then: Callable[[Denoised], object] | None = None
    ) -> None:
        """Start denoising the current document, the part in view first.

        Args:
            rival: an earlier result that shall stay beside the new one.
            then: called with the result once the document shows it.
        """
        document = self._documents.current.value
        if document is None or self.progress.value is not None:
            return
        state = document.state.value
        preview = state.noisy.pyramid.copy()
        clock = TimeLeft()
        self.progress.value = Progress("Denoising")
        self._view.preview(state, preview)
        self._view.show(document)

        notices: list[str] = []

        def on_event(event: DenoisingEvent) -> None:
            if isinstance(event, Notice):
                notices.append(event.sentence)
                self._context.status.value = event.sentence
                return
            preview.update(event.top, event.left, event.bottom, event.right, event.pixels)
            left = clock.estimate(event.fraction)
            self.progress.value = Progress("Denoising", event.fraction, left)
            self._view.refresh()

        def on_result(denoised: Denoised) -> None:
            self._finish(document)
            took = format_seconds(math.ceil(denoised.seconds))
            told = (f"Denoised {document.name} in {took}.", *dict.fromkeys(notices))
            self._context.status.value = " ".join(told)
            if document.state.value is state:
                document.change("Denoise", denoised=denoised, rival=rival)
                if then is not None:
                    then(denoised)

        def on_error(error: BaseException) -> None:
            self._finish(document)
            self._context.report("The picture was not denoised", error)

        def on_cancelled() -> None:
            self._finish(document)
            self._context.status.value = "Denoising was cancelled; the picture is as it was."

        self._job = self._context.runner.start(
            f"Denoising {document.name}",
            self._work(document),
            on_event=on_event,
            on_result=on_result,
            on_error=on_error,
            on_cancelled=on_cancelled,
        )

    def cancel(self) -> None:
        """Stop denoising; nothing of the document changes."""
        if self._job is not None:
            self._job.cancel()

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
        if document is not None and document.state.value.denoised is not None:
            document.change(label, merge=merge, **strengths)

    def _work(
        self, document: Document
    ) -> Callable[[CancelToken], Generator[DenoisingEvent, None, Denoised]]:
        """Collect plain data for the worker thread, which must hold no controller."""
        loaded, level = document.state.value.noisy, self.level.value
        if level is None:
            level = loaded.estimated_sigma
        picture, model = loaded.picture, self._models.chosen.value
        settings = self._context.settings.value
        left, top, right, bottom = self._view.viewport.visible()
        visible = int(top), int(left), math.ceil(bottom), math.ceil(right)

        def work(token: CancelToken) -> Generator[DenoisingEvent, None, Denoised]:
            from desktop_app.services.denoising.interactive import denoise
            from desktop_app.services.denoising.whole_picture import estimate_sigma_255

            sigma_255 = estimate_sigma_255(picture) if level is None else level
            result = yield from denoise(
                picture,
                model,
                min(sigma_255, HIGHEST_SIGMA_255),
                settings.device,
                settings.memory_budget_mb,
                visible,
                token,
            )
            loaded = LoadedPicture(result.picture)
            return Denoised(loaded, result.model, result.sigma_255, result.seconds)

        return work

    def _finish(self, document: Document) -> None:
        self._job = None
        self.progress.value = None
        self._view.end_preview()
        if self._documents.current.value is document:
            self._view.show(document)
