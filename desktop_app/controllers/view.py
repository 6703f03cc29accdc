"""How the current picture is looked at: way of comparing, place of the split line, zoom."""

from __future__ import annotations

from desktop_app.controllers.document import Document, DocumentState
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.viewport import Viewport
from desktop_app.services.image_pyramid import ImagePyramid
from desktop_app.services.view_rendering import Look

MODES = ("split", "side", "flip", "removed", "error")


class ViewController:
    """What the viewer shows of a document.

    Attributes:
        mode: ``split`` (a line between before and after), ``side`` (side by side), ``flip`` (one at
            a time), ``removed`` (what was taken away) or ``error`` (the difference from the clean
            original, where there is one).
        split: place of the split line, 0 (left border of the viewer) to 1.
        before_shown: in ``flip``, whether the picture before denoising is shown.
        viewport: zoom and pan; call :meth:`moved` after changing it.
        looks: pictures before and after; after is ``None`` as long as there is no result.
        zoom: the viewport's zoom, for whoever only shows it.
        truth: the clean original, or ``None`` where it is not known.
    """

    def __init__(self) -> None:
        self.mode = Observable("split")
        self.split = Observable(0.5)
        self.before_shown = Observable(False)
        self.viewport = Viewport()
        self.looks: Observable[tuple[Look, Look | None] | None] = Observable(None)
        self.zoom = Observable(1.0)
        self.truth: ImagePyramid | None = None
        self._preview: tuple[DocumentState, ImagePyramid] | None = None

    def show(self, document: Document | None) -> None:
        """Look at a document's present state."""
        if document is None:
            self.looks.value = None
            return
        state = document.state.value
        self.viewport.show(*state.noisy.size)
        self.truth = state.truth.pyramid if state.truth is not None else None
        if self.truth is None and self.mode.value == "error":
            self.mode.value = "split"
        before = Look(state.noisy.pyramid)
        after = self._after(state)
        self.looks.value = (before, after)
        self.zoom.value = self.viewport.zoom

    def preview(self, state: DocumentState, pyramid: ImagePyramid) -> None:
        """Show a result in the making wherever ``state`` is shown."""
        self._preview = (state, pyramid)

    def end_preview(self) -> None:
        """Show finished results only."""
        self._preview = None

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
        """Go to the next zoom in (+1) or out (-1)."""
        self.viewport.zoom_step(direction)
        self.moved()

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

    def _after(self, state: DocumentState) -> Look | None:
        if self._preview is not None and self._preview[0] is state:
            return Look(state.noisy.pyramid, self._preview[1])
        if state.denoised is None:
            return None
        return Look(
            state.noisy.pyramid,
            state.denoised.loaded.pyramid,
            state.strength,
            state.colour_strength,
        )
