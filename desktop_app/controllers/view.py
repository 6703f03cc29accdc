"""How the current picture is looked at: way of comparing, place of the split line, zoom."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from desktop_app.controllers.document import (
    DenoisedPicture,
    Document,
    DocumentState,
    Unfinished,
)
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.viewport import Viewport

if TYPE_CHECKING:
    from desktop_app.services.pictures.pyramid import ImagePyramid
    from desktop_app.services.pictures.view_rendering import Look

MODES = ("split", "side", "flip", "removed", "error", "rivals")
GAINS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


class ViewController:
    """What the viewer shows of a document.

    Attributes:
        mode: ``split`` (a line between before and after), ``side`` (side by side), ``flip`` (one at
            a time), ``removed`` (what was taken away), ``error`` (the difference from the clean
            original, where there is one) or ``rivals`` (results of two models side by side).
        split: place of the split line, 0 (left border of the viewer) to 1.
        before_shown: in ``flip``, whether the picture before denoising is shown.
        viewport: zoom and pan; call :meth:`moved` after changing it.
        looks: pictures before and after; after is ``None`` as long as there is no result.
        zoom: the viewport's zoom, for whoever only shows it.
        truth: the clean original, or ``None`` where it is not known.
        rivals: titles of the two models whose results can be compared, or ``None``.
        gain: how much differences are amplified.
        comparable: whether there is a picture after, of a part at least.
        loupe: whether a loupe follows the pointer.
        pointer: where the pointer is, in pixels of the viewport; ``None`` outside.
    """

    def __init__(self) -> None:
        self.mode = Observable("split")
        self.split = Observable(0.5)
        self.before_shown = Observable(False)
        self.viewport = Viewport()
        self.looks: Observable[tuple[Look, Look | None] | None] = Observable(None)
        self.zoom = Observable(1.0)
        self.truth: ImagePyramid | None = None
        self.rivals: tuple[str, str] | None = None
        self.gain = Observable(4.0)
        self.comparable = Observable(False)
        self.loupe = Observable(False)
        self.pointer: tuple[float, float] | None = None
        self._state: DocumentState | None = None
        self._shows_unfinished = False

    def show(self, document: Document | None) -> None:
        """Look at a document's present state."""
        if document is None:
            self._state = None
            self.looks.value = None
            self.comparable.value = False
            return
        from desktop_app.services.pictures.view_rendering import Look

        self._state = state = document.state.value
        self.viewport.show(*state.noisy.size)
        self.truth = state.truth.pyramid if state.truth is not None else None
        self.rivals = (
            (state.rival.result.model, state.denoised.result.model)
            if state.rival is not None and state.denoised is not None
            else None
        )
        lacking = {"error": self.truth is None, "rivals": self.rivals is None}
        if lacking.get(self.mode.value, False):
            self.mode.value = "split"
        before = Look(state.noisy.pyramid, to_screen=state.noisy.to_screen)
        after = self._after(document)
        self.looks.value = (before, after)
        self.comparable.value = after is not None
        self.zoom.value = self.viewport.zoom

    @property
    def after_words(self) -> str:
        """What the picture after is called."""
        return "Preview" if self._shows_unfinished else "After"

    def refresh(self) -> None:
        """Draw again: pixels have changed."""
        self.looks.notify()

    def moved(self) -> None:
        """Tell everybody that the viewport changed."""
        self.zoom.value = self.viewport.zoom
        self.looks.notify()

    def fit(self) -> None:
        """Show the whole picture."""
        self.viewport.fit()
        self.moved()

    def zoom_to(self, zoom: float) -> None:
        """Zoom around the viewer's middle."""
        self.viewport.zoom_to(zoom)
        self.moved()

    def zoom_step(self, direction: int) -> None:
        """Go to the next zoom in (+1) or out (-1), around the pointer if it is in the viewer."""
        self.viewport.zoom_step(direction, *(self.pointer or (None, None)))
        self.moved()

    def change_gain(self, direction: int) -> None:
        """Amplify differences more (+1) or less (-1)."""
        place = GAINS.index(self.gain.value) + direction
        self.gain.value = GAINS[min(max(place, 0), len(GAINS) - 1)]

    def difference(self) -> Look | None:
        """Return the look of what was removed, or of the error, at the picture's full depth."""
        looks, state = self.looks.value, self._state
        if looks is None or looks[1] is None or state is None:
            return None
        erring = self.mode.value == "error" and state.truth is not None
        look = dataclasses.replace(
            looks[1],
            gain=self.gain.value,
            residual=not erring,
            truth=self.truth if erring else None,
        )
        if self._shows_unfinished or state.denoised is None:
            return look
        return dataclasses.replace(
            look,
            picture=state.noisy.exact,
            denoised=state.denoised.exact,
            truth=state.truth.exact if erring and state.truth is not None else None,
        )

    def rival_look(self) -> Look | None:
        """Return the other model's result, mixed as the document says, or ``None``."""
        state = self._state
        if state is None or state.rival is None:
            return None
        return self._mixed(state, state.rival)

    def show_mode(self, mode: str) -> None:
        """Compare in another way."""
        self.before_shown.value = False
        self.mode.value = mode

    def flip(self) -> None:
        """Change between before and after, one at a time."""
        if self.mode.value != "flip":
            self.before_shown.value = True
            self.mode.value = "flip"
        else:
            self.before_shown.value = not self.before_shown.value

    def _after(self, document: Document) -> Look | None:
        state, unfinished = document.state.value, document.state.value.noisy.unfinished
        self._shows_unfinished = unfinished is not None and not document.went_back
        if unfinished is not None and self._shows_unfinished:
            return self._mixed(state, unfinished)
        return None if state.denoised is None else self._mixed(state, state.denoised)

    @staticmethod
    def _mixed(state: DocumentState, denoised: DenoisedPicture | Unfinished) -> Look:
        from desktop_app.services.pictures.view_rendering import Look

        return Look(
            state.noisy.pyramid,
            denoised.pyramid,
            state.strength,
            state.colour_strength,
            to_screen=state.noisy.to_screen,
        )
