"""PSNR and SSIM of the current document, where its clean original is known."""

from __future__ import annotations

from dataclasses import dataclass

from desktop_app.controllers.context import Context
from desktop_app.controllers.document import (
    DenoisedPicture,
    Document,
    DocumentState,
    LoadedPicture,
)
from desktop_app.controllers.observable import Observable
from desktop_app.services.jobs import CancelToken


@dataclass(frozen=True)
class Quality:
    """PSNR in dB and SSIM against the clean original."""

    psnr: float
    ssim: float


@dataclass(frozen=True)
class Measured:
    """The quality of the noisy picture, and of what is shown if it has been denoised."""

    noisy: Quality
    shown: Quality | None


class QualityController:
    """Measures in the background whatever is shown; the latest state wins.

    Attributes:
        measured: the figures, or ``None`` where there is no truth to compare with.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._wanted: DocumentState | None = None
        self._busy = False
        self._noisy: tuple[DocumentState, Quality] | None = None
        self.measured: Observable[Measured | None] = Observable(None)

    def follow(self, document: Document | None) -> None:
        """Measure the document's present state soon."""
        state = document.state.value if document is not None else None
        if state is None or state.truth is None:
            self._wanted = None
            self.measured.value = None
            return
        self._wanted = state
        if not self._busy:
            self._measure(state)

    def _measure(self, state: DocumentState) -> None:
        assert state.truth is not None
        truth = state.truth.picture
        known = self._known_noisy(state)
        self._busy = True

        def work(token: CancelToken) -> Measured:
            from desktop_app.services.pictures.pixels import measure

            noisy = known or Quality(*measure(state.noisy.picture, truth))
            if state.denoised is None:
                return Measured(noisy, None)
            return Measured(noisy, Quality(*measure(state.rendered(), truth)))

        def on_result(measured: Measured) -> None:
            self._busy = False
            self._noisy = (state, measured.noisy)
            if self._wanted is state:
                self.measured.value = measured
            elif self._wanted is not None:
                self._measure(self._wanted)

        def on_error(error: BaseException) -> None:
            self._busy = False
            self._context.report("The quality was not measured", error)

        def on_cancelled() -> None:
            self._busy = False

        self._context.runner.start_call(
            "Measuring",
            work,
            on_result=on_result,
            on_error=on_error,
            on_cancelled=on_cancelled,
        )

    def tell_both(
        self, first: DenoisedPicture, second: DenoisedPicture, truth: LoadedPicture
    ) -> None:
        """Say in the status line how near two results are to the clean original."""
        results = first.result, second.result
        clean = truth.picture

        def work(token: CancelToken) -> str:
            from desktop_app.services.pictures.pixels import measure

            parts = []
            for result in results:
                psnr, ssim = measure(result.picture, clean)
                parts.append(f"{result.model} {psnr:.2f} dB, SSIM {ssim:.3f}")
            return f"Against the original: {'; '.join(parts)}."

        self._context.runner.start_call(
            "Measuring both results",
            work,
            on_result=self._context.tell,
            on_error=lambda error: self._context.report("The quality was not measured", error),
        )

    def _known_noisy(self, state: DocumentState) -> Quality | None:
        """Return the noisy picture's figures if they were measured for an earlier state."""
        if self._noisy is None:
            return None
        earlier, quality = self._noisy
        same = earlier.noisy is state.noisy and earlier.truth is state.truth
        return quality if same else None
