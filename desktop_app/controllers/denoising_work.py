"""What denoising does on a worker thread: plain data in, parts that can be looked at out."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeAlias

from desktop_app.controllers.document import DenoisedPicture, LoadedPicture, Unfinished
from desktop_app.services.denoising.denoise import DenoisingOptions, denoise
from desktop_app.services.denoising.events import Begun, Notice, PartDone, Steps
from desktop_app.services.jobs import CancelToken
from desktop_app.services.models.model_choice import ModelChoice

WatchedEvent: TypeAlias = Unfinished | PartDone | Notice
"""What shows the parts that are done so far comes first."""

Rectangle: TypeAlias = tuple[int, int, int, int]
"""Top, left, bottom and right of a part of a picture."""


@dataclass(frozen=True)
class DenoisingWork:
    """A picture, and how it is denoised; holds no controller, which a thread must not drop."""

    loaded: LoadedPicture
    models: ModelChoice
    options: DenoisingOptions

    def watched(
        self, part: Rectangle, nothing_else: bool, before: Unfinished | None, token: CancelToken
    ) -> Generator[WatchedEvent, None, DenoisedPicture]:
        """Denoise, and keep a pyramid of what is done so far for the screen.

        Args:
            part: what is looked at; it comes first.
            nothing_else: whether that is all there is to do.
            before: what was done of the picture earlier.
            token: stops the work.
        """
        from desktop_app.services.pictures.pyramid import to_display

        loaded, shown = self.loaded, before
        samples = loaded.picture.samples
        steps = Steps(
            denoise(
                loaded.picture,
                self.models,
                self.options,
                noise=loaded.noise,
                in_view=part,
                nothing_else=nothing_else,
                begun=None if before is None else before.tiles,
                cancelled=token,
            )
        )
        for event in steps:
            if isinstance(event, Begun):
                samples = event.result.samples
                if shown is None or event.tiles is None or shown.tiles is not event.tiles:
                    shown = Unfinished(event.tiles, loaded.pyramid.over(to_display(samples)))
                yield shown
                continue
            if isinstance(event, PartDone) and shown is not None:
                rows, columns = slice(event.top, event.bottom), slice(event.left, event.right)
                done = samples[rows, columns]
                shown.pyramid.update(event.top, event.left, event.bottom, event.right, done)
            yield event
        return DenoisedPicture(steps.result, loaded.pyramid if shown is None else shown.pyramid)
