"""Looking inside the network: its layers at work on the current picture, its gradients checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.controllers.context import Context
from desktop_app.controllers.document import Document, LoadedPicture
from desktop_app.controllers.models import ModelsController
from desktop_app.controllers.observable import Observable
from desktop_app.services import pictures
from desktop_app.services.denoising.noise_found import NoiseFound
from desktop_app.services.jobs import CancelToken, Job
from desktop_app.services.models.network_report import GradientCheck, NetworkReport
from desktop_app.services.pictures.pyramid import ImagePyramid, Pixels, to_display
from desktop_app.services.resources import sample_picture

if TYPE_CHECKING:
    from desktop_app.services.models.network_report import LayerReport

LARGEST_SIDE = 256
"""Of the part that is shown, in pixels: maps of more could not be told apart."""
_UNKNOWN_NOISE = NoiseFound("white", 0.0, 0.0)


class LearnController:
    """Inspects the chosen model while somebody looks.

    Attributes:
        report: the network at work on the current picture, or on the sample where none is open;
            ``None`` until it is known.
        selected: index of the chosen layer in the report.
        check: the latest gradient check of the chosen layer, or ``None``.
        inspecting: whether a report is being made.
        checking: whether gradients are being checked.
    """

    def __init__(self, context: Context, models: ModelsController) -> None:
        self._context = context
        self._models = models
        self._document: Document | None = None
        self._watched = False
        self._shown: tuple[LoadedPicture | None, str, float | None] | None = None
        self._checks = 0
        self._check_job: Job[Any, GradientCheck] | None = None
        self.report: Observable[NetworkReport | None] = Observable(None)
        self.selected = Observable(0)
        self.check: Observable[GradientCheck | None] = Observable(None)
        self.inspecting = Observable(False)
        self.checking = Observable(False)
        models.chosen.subscribe(lambda _: self._refresh())

    def follow(self, document: Document | None) -> None:
        """Take note of the current document; it is inspected once somebody looks."""
        self._document = document
        self._refresh()

    def watch(self, watched: bool) -> None:
        """Say whether somebody looks: nothing is computed for nobody."""
        self._watched = watched
        self._refresh()

    def select(self, index: int) -> None:
        """Choose a layer."""
        report = self.report.value
        if report is not None and 0 <= index < len(report.layers) and index != self.selected.value:
            self._forget_check()
            self.selected.value = index

    @property
    def layer(self) -> LayerReport | None:
        """The chosen layer."""
        report = self.report.value
        return None if report is None else report.layers[self.selected.value]

    def check_gradients(self) -> None:
        """Check the gradients of the chosen layer."""
        if self.checking.value or self.report.value is None or self._shown is None:
            return
        model, index = self._shown[1], self.selected.value
        number = self._checks
        self.checking.value = True

        def work(token: CancelToken) -> GradientCheck:
            from desktop_app.services.models.inspection import check_layer

            return check_layer(model, index, token)

        def on_result(check: GradientCheck) -> None:
            self.checking.value = False
            if number == self._checks:
                self.check.value = check

        def on_error(error: BaseException) -> None:
            self.checking.value = False
            self._context.report("The gradients were not checked", error)

        def on_cancelled() -> None:
            self.checking.value = False

        self._check_job = self._context.runner.start_call(
            "Checking gradients",
            work,
            on_result=on_result,
            on_error=on_error,
            on_cancelled=on_cancelled,
        )

    def cancel_check(self) -> None:
        """Stop the check that is under way."""
        if self._check_job is not None:
            self._check_job.cancel()

    def _refresh(self) -> None:
        loaded = self._document.state.value.noisy if self._document is not None else None
        # The network is told what it is told when the whole photo is denoised.
        noise = loaded.noise if loaded is not None else None
        sigma_255 = noise.sigma_255 if noise is not None else None
        wanted = loaded, self._model(noise), sigma_255
        if not self._watched or self.inspecting.value or wanted == self._shown:
            return
        self._shown = wanted
        model, name = wanted[1], self._document.name if self._document is not None else ""
        pyramid = loaded.pyramid if loaded is not None else None
        self.inspecting.value = True

        def work(token: CancelToken) -> NetworkReport:
            from desktop_app.services.models.inspection import inspect_network

            shown = _middle(pyramid if pyramid is not None else _sample(sample_picture()))
            return inspect_network(shown, name or sample_picture().name, model, sigma_255)

        def on_cancelled() -> None:
            self._shown = None
            self.inspecting.value = False

        self._context.runner.start_call(
            "Looking inside the network",
            work,
            on_result=self._show,
            on_error=self._on_error,
            on_cancelled=on_cancelled,
        )

    def _model(self, noise: NoiseFound | None) -> str:
        """Return the model that would denoise a picture with this noise."""
        return self._models.choice().name_for(noise or _UNKNOWN_NOISE)

    def _show(self, report: NetworkReport) -> None:
        self._forget_check()
        self.selected.value = min(self.selected.value, len(report.layers) - 1)
        self.report.value = report
        self._end()

    def _on_error(self, error: BaseException) -> None:
        self.report.value = None
        self._context.report("The network was not inspected", error)
        self._end()

    def _end(self) -> None:
        self.inspecting.value = False
        self._refresh()

    def _forget_check(self) -> None:
        self.cancel_check()
        self._checks += 1
        self.check.value = None


def _middle(pyramid: ImagePyramid) -> Pixels:
    """Return the middle of a picture: as it is, since scaling down would take noise away."""
    pixels: Pixels = pyramid.levels[0]
    height, width = pixels.shape[:2]
    top, left = max(0, height - LARGEST_SIDE) // 2, max(0, width - LARGEST_SIDE) // 2
    return pixels[top : top + LARGEST_SIDE, left : left + LARGEST_SIDE]


def _sample(path: Path) -> ImagePyramid:
    return ImagePyramid(to_display(pictures.open_picture(path).samples))
