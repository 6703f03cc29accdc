"""Denoising what is in view before anybody asks, and following the view."""

from __future__ import annotations

import math

from desktop_app.controllers.context import Context
from desktop_app.controllers.denoising import DenoisingController
from desktop_app.controllers.denoising_work import Rectangle
from desktop_app.controllers.document import Document, LoadedPicture
from desktop_app.controllers.documents import DocumentsController
from desktop_app.controllers.models import ModelsController
from desktop_app.controllers.problems import describe
from desktop_app.controllers.view import ViewController
from desktop_app.controllers.viewport import Viewport
from desktop_app.services.denoising.denoise import is_left_alone
from desktop_app.services.denoising.noise_found import NoiseFound
from desktop_app.services.memory import budget_bytes

FEWEST_PIXELS = 1_500_000
"""So much of a picture that is shown smaller than it is is denoised, around the view's middle."""

GRID = 64
"""Parts begin and end at multiples of this: a view that moves a little stays inside."""

COPIES = 3
"""What a preview takes at most, in sizes of the picture; where that is too much there is none."""

MOST_KEPT = 3
"""So many pictures keep what is done of them when others are looked at."""


class PreviewController:
    """Lets the part in view be denoised, in the background, wherever there is no result yet."""

    def __init__(
        self,
        context: Context,
        documents: DocumentsController,
        models: ModelsController,
        denoising: DenoisingController,
        view: ViewController,
    ) -> None:
        self._context = context
        self._documents = documents
        self._models = models
        self._denoising = denoising
        self._view = view
        self._at_work: tuple[object, Rectangle] | None = None
        self._in_vain: object = None
        self._kept: list[LoadedPicture] = []
        documents.documents.subscribe(self._forget_closed)

    def is_wanted(self, document: Document) -> bool:
        """Whether a document is shown denoised although it has no result: saving makes one."""
        state = document.state.value
        if state.denoised is not None or document.went_back:
            return False
        return self._context.settings.value.preview or state.noisy.unfinished is not None

    def before_saving(self, document: Document) -> str:
        """Say what saving will do before it writes; empty where that is nothing."""
        if not self.is_wanted(document):
            return ""
        noise = document.state.value.noisy.noise
        if noise is not None and self._is_left_alone(noise):
            return f"{noise.words}; it is saved as it is."
        return "The whole photo is denoised first."

    def follow(self) -> None:
        """Denoise what is in view now, unless that is done, at work, or not wanted.

        Work on a part that is out of view by now is stopped; its finished tiles are kept.
        """
        document = self._documents.current.value
        if document is None or not self._is_possible(document):
            self._stop()
            return
        loaded = document.state.value.noisy
        settings = self._context.settings.value
        how = (
            *(loaded, self._models.choice()),
            *(self._denoising.level.value, settings.hot_pixels),
        )
        part = part_in_view(self._view.viewport)
        if how == self._in_vain:
            return
        former, place = self._at_work or (None, part)
        if former == how and _contains(place, part):
            return
        self._keep(loaded)
        work = self._at_work = how, part

        def on_end(error: BaseException | None) -> None:
            if error is not None:
                self._in_vain = how
                reason = describe("No preview", error).sentence
                self._context.tell(f"There is no preview: {reason}")
            if self._at_work is work and error is not None:
                self._at_work = None

        self._denoising.denoise_part(document, part, on_end)

    def _is_possible(self, document: Document) -> bool:
        loaded, settings = document.state.value.noisy, self._context.settings.value
        noise = loaded.noise
        return (
            settings.preview
            and self.is_wanted(document)
            and self._denoising.progress.value is None
            and noise is not None
            and not self._is_left_alone(noise)
            and COPIES * loaded.picture.samples.nbytes < budget_bytes(settings.memory_budget_mb)
        )

    def _is_left_alone(self, noise: NoiseFound) -> bool:
        return is_left_alone(noise, self._models.choice(), self._denoising.level.value)

    def _stop(self) -> None:
        self._at_work = None
        self._denoising.cancel_part()

    def _keep(self, loaded: LoadedPicture) -> None:
        """Keep what is done of a few pictures: each takes as much memory as the picture."""
        self._kept = [loaded, *(one for one in self._kept if one is not loaded)]
        for one in self._kept[MOST_KEPT:]:
            one.unfinished = None
        del self._kept[MOST_KEPT:]

    def _forget_closed(self, documents: tuple[Document, ...]) -> None:
        there = [document.state.value.noisy for document in documents]
        self._kept = [one for one in self._kept if one in there]


def part_in_view(viewport: Viewport) -> Rectangle:
    """Return the part to denoise: what is visible, at 1:1 and larger.

    Of a picture that is shown smaller, the middle of what is visible, with as many pixels as the
    window has, or :data:`FEWEST_PIXELS`.
    """
    left, top, right, bottom = viewport.visible()
    most = max(viewport.width * viewport.height, FEWEST_PIXELS)
    shrink = min(1.0, math.sqrt(most / max(1.0, (right - left) * (bottom - top))))
    across, down = (1 - shrink) * (right - left) / 2, (1 - shrink) * (bottom - top) / 2
    return (
        math.floor((top + down) / GRID) * GRID,
        math.floor((left + across) / GRID) * GRID,
        min(math.ceil((bottom - down) / GRID) * GRID, viewport.picture_height),
        min(math.ceil((right - across) / GRID) * GRID, viewport.picture_width),
    )


def _contains(outer: Rectangle, inner: Rectangle) -> bool:
    return all(a <= b for a, b in zip(outer[:2], inner[:2], strict=True)) and all(
        a >= b for a, b in zip(outer[2:], inner[2:], strict=True)
    )
