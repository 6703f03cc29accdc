"""Denoising the current document: noise level, strength, progress, cancel."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import TypeAlias

from desktop_app.controllers.context import Context
from desktop_app.controllers.document import DenoisedPicture, Document, LoadedPicture
from desktop_app.controllers.documents import DocumentsController
from desktop_app.controllers.models import ModelsController
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.progress import Progress, TimeLeft, format_seconds
from desktop_app.controllers.view import ViewController
from desktop_app.services.denoising.denoise import DenoisingOptions, denoise, what_is_done
from desktop_app.services.denoising.events import (
    Begun,
    Denoised,
    DenoisingEvent,
    Notice,
    PartDone,
    Steps,
)
from desktop_app.services.denoising.noise_found import NoiseFound, find_noise
from desktop_app.services.jobs import CancelToken, Job
from desktop_app.services.pictures.pyramid import ImagePyramid, to_display
from scratch_layers.noise_kinds import HIGHEST_SIGMA_255

HIGHEST_LEVEL = round(HIGHEST_SIGMA_255)
GRAIN_STRENGTH = 0.7

WatchedEvent: TypeAlias = ImagePyramid | PartDone | Notice
"""A pyramid that shows what is done so far comes first."""


class DenoisingController:
    """Runs the network on the current document.

    Attributes:
        level: the noise level to remove, 0-255; ``None`` takes what was measured.
        progress: how far denoising is; ``None`` while nothing runs.
        noise: what noise was found in the current picture; ``None`` until it is known.
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
        self.level: Observable[float | None] = Observable(None)
        self.progress: Observable[Progress | None] = Observable(None)
        self.noise: Observable[NoiseFound | None] = Observable(None)

    @property
    def measuring(self) -> bool:
        """Whether the noise of the current picture is being measured."""
        document = self._documents.current.value
        return document is not None and document.state.value.noisy.measuring

    def sentence(self) -> str:
        """Say what noise was found and what would be done about it; empty until that is known."""
        noise, models = self.noise.value, self._models.choice()
        if noise is None or not models.is_automatic:
            return ""
        document = self._documents.current.value
        picture = None if document is None else document.state.value.noisy.picture
        on_mosaic = picture is not None and picture.mosaic is not None
        return what_is_done(noise, models, self.level.value, on_mosaic=on_mosaic)

    def measure_current(self) -> None:
        """Measure the noise of the picture that is shown, on a worker thread."""
        document = self._documents.current.value
        if document is None:
            self.noise.value = None
            return
        loaded = document.state.value.noisy
        self.noise.value = loaded.noise
        if loaded.noise is not None or loaded.measuring:
            return
        loaded.measuring = True
        self.noise.notify()
        picture = loaded.picture

        def on_result(noise: NoiseFound) -> None:
            loaded.measuring = False
            loaded.noise = noise
            current = self._documents.current.value
            if current is not None and current.state.value.noisy is loaded:
                self.noise.value = noise

        def on_error(error: BaseException) -> None:
            loaded.measuring = False
            self._context.report("The noise was not measured", error)

        self._context.runner.start_call(
            "Measuring the noise",
            lambda token: find_noise(picture),
            on_result=on_result,
            on_error=on_error,
        )

    def denoise(
        self,
        rival: DenoisedPicture | None = None,
        then: Callable[[DenoisedPicture], object] | None = None,
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
        clock = TimeLeft()
        self.progress.value = Progress("Denoising")

        def on_event(event: WatchedEvent) -> None:
            if isinstance(event, Notice):
                self._context.status.value = event.sentence
            elif isinstance(event, ImagePyramid):
                self._view.preview(state, event)
                if self._documents.current.value is document:
                    self._view.show(document)
            else:
                left = clock.estimate(event.fraction)
                self.progress.value = Progress("Denoising", event.fraction, left)
                self._view.refresh()

        def on_result(denoised: DenoisedPicture) -> None:
            self._finish(document)
            result = denoised.result
            took = format_seconds(math.ceil(result.seconds))
            done = f"Denoised {document.name} in {took}." if result.model else ""
            told = (done, result.sentence, *dict.fromkeys(result.notices))
            self._context.status.value = " ".join(filter(None, told))
            if document.state.value is state:
                if result.model:
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
    ) -> Callable[[CancelToken], Generator[WatchedEvent, None, DenoisedPicture]]:
        """Collect plain data for the worker thread, which must hold no controller."""
        loaded, settings = document.state.value.noisy, self._context.settings.value
        models = self._models.choice()
        options = DenoisingOptions(self.level.value, memory_budget_mb=settings.memory_budget_mb)
        left, top, right, bottom = self._view.viewport.visible()
        visible = int(top), int(left), math.ceil(bottom), math.ceil(right)

        def work(token: CancelToken) -> Generator[WatchedEvent, None, DenoisedPicture]:
            return _watched(
                loaded,
                denoise(
                    loaded.picture,
                    models,
                    options,
                    noise=loaded.noise,
                    in_view=visible,
                    cancelled=token,
                ),
            )

        return work

    def _finish(self, document: Document) -> None:
        self._job = None
        self.progress.value = None
        self._view.end_preview()
        if self._documents.current.value is document:
            self._view.show(document)


def _watched(
    loaded: LoadedPicture, events: Generator[DenoisingEvent, None, Denoised]
) -> Generator[WatchedEvent, None, DenoisedPicture]:
    """Keep a pyramid of what is done so far, for the screen, on the worker thread."""
    pyramid = loaded.pyramid
    samples = loaded.picture.samples
    steps = Steps(events)
    for event in steps:
        if isinstance(event, Begun):
            samples = event.result.samples
            pyramid = loaded.pyramid.over(to_display(samples))
            yield pyramid
            continue
        if isinstance(event, PartDone):
            place = event.top, event.left, event.bottom, event.right
            pyramid.update(*place, samples[event.top : event.bottom, event.left : event.right])
        yield event
    return DenoisedPicture(steps.result, pyramid)
