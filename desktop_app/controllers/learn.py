"""Looking inside the network: its layers at work on the current picture, its gradients checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.controllers.backward import BackwardController
from desktop_app.controllers.context import Context
from desktop_app.controllers.document import Document, LoadedPicture
from desktop_app.controllers.live_training import LiveTrainingController
from desktop_app.controllers.looked_at import LookedAt
from desktop_app.controllers.models import ModelsController
from desktop_app.controllers.network_changes import ChangesController
from desktop_app.controllers.noise import SAMPLE_NOISE
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.pointed_value import PointingController
from desktop_app.controllers.worked_example import ExampleController
from desktop_app.services.denoising.noise_found import NoiseFound
from desktop_app.services.errors import AppError
from desktop_app.services.folders import open_page
from desktop_app.services.jobs import CancelToken
from desktop_app.services.models.network_report import NetworkChanges, NetworkReport
from desktop_app.services.resources import layer_page, sample_picture

if TYPE_CHECKING:
    from desktop_app.services.models.network_report import LayerReport
    from desktop_app.services.pictures.pyramid import ImagePyramid

_UNKNOWN_NOISE = NoiseFound("white", 0.0)
_SAMPLE_NOISE = NoiseFound("white", SAMPLE_NOISE[1])


class LearnController:
    """Inspects the chosen model while somebody looks.

    Attributes:
        report: the network at work on the current picture, or on the sample where none is open;
            ``None`` until it is known.
        selected: index of the chosen layer in the report.
        inspecting: whether a report is being made.
        original: the report without changes, of the same picture and model.
        pointing: follows the pointer over the maps of the chosen layer.
        changes: what is to be different in the network that is reported on.
        backward: sends gradients back through the network, and checks them.
        example: a convolution and an upsampling in small numbers.
        live: a tiny network that learns on the picture.
    """

    def __init__(self, context: Context, models: ModelsController) -> None:
        self._context = context
        self._models = models
        self._document: Document | None = None
        self._watched = False
        self._shown: tuple[LoadedPicture | None, str, float | None, NetworkChanges] | None = None
        self.report: Observable[NetworkReport | None] = Observable(None)
        self.selected = Observable(0)
        self.inspecting = Observable(False)
        self.original: Observable[NetworkReport | None] = Observable(None)
        self.pointing = PointingController()
        self.changes = ChangesController()
        self.backward = BackwardController(context, self._looked_at, self.select)
        self.example = ExampleController(context)
        self.live = LiveTrainingController(context, self._clean)
        self.changes.changes.subscribe(lambda _: self._refresh(), now=False)
        self.report.subscribe(lambda _: self._follow())
        self.selected.subscribe(lambda _: self._follow())
        self.selected.subscribe(self.backward.show_layer)
        models.chosen.subscribe(lambda _: self._refresh())

    def follow(self, document: Document | None) -> None:
        """Take note of the current document; it is inspected once somebody looks."""
        self._document = document
        self._refresh()
        self.live.follow_photo()

    def watch(self, watched: bool) -> None:
        """Say whether somebody looks: nothing is computed for nobody."""
        self._watched = watched
        self._refresh()

    def tell(self, sentence: str) -> None:
        """Show a sentence in the status line."""
        self._context.tell(sentence)

    def open_page(self) -> bool:
        """Show the chosen layer's page of the documentation; return whether there is one."""
        try:
            open_page(layer_page(self.layer.kind if self.layer is not None else ""))
        except AppError:
            return False
        return True

    def select(self, index: int) -> None:
        """Choose a layer."""
        report = self.report.value
        if report is not None and 0 <= index < len(report.layers) and index != self.selected.value:
            self.selected.value = index

    @property
    def layer(self) -> LayerReport | None:
        """The chosen layer."""
        report = self.report.value
        return None if report is None else report.layers[self.selected.value]

    def _refresh(self) -> None:
        loaded = self._document.state.value.noisy if self._document is not None else None
        # The network is told what it is told when the whole photo is denoised.
        noise = loaded.noise if loaded is not None else _SAMPLE_NOISE
        sigma_255 = noise.sigma_255 if noise is not None else None
        model = self._model(noise)
        if not self._watched or self.inspecting.value:
            return
        former = self._shown
        changes = self.changes.changes.value
        if former is not None and former[1] != model and changes:
            # Another network has other layers; this comes back here.
            self.changes.reset()
            return
        wanted = loaded, model, sigma_255, changes
        if wanted == former:
            return
        keeps_original = former is not None and former[:3] == wanted[:3]
        original = self.original.value if keeps_original else None
        self._shown = wanted
        name = self._document.name if self._document is not None else ""
        looked_at = LookedAt(None if loaded is None else loaded.pyramid, model, sigma_255)
        self.inspecting.value = True

        def work(token: CancelToken) -> tuple[NetworkReport, NetworkReport]:
            from desktop_app.services.models.inspection import inspect_network

            shown = looked_at.pixels()
            title = name or sample_picture().name
            before = original or inspect_network(shown, title, model, sigma_255)
            if not changes:
                return before, before
            return before, inspect_network(shown, title, model, sigma_255, changes)

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

    def _looked_at(self) -> LookedAt | None:
        """Return what the report is about."""
        if self._shown is None or self.report.value is None or self.inspecting.value:
            return None
        loaded, model, sigma_255, _ = self._shown
        return LookedAt(None if loaded is None else loaded.pyramid, model, sigma_255)

    def _clean(self) -> ImagePyramid | None:
        """Return the open photo, without the noise that was added here; ``None`` without one."""
        if self._document is None:
            return None
        state = self._document.state.value
        return (state.truth or state.noisy).pyramid

    def _model(self, noise: NoiseFound | None) -> str:
        """Return the model that would denoise a picture with this noise."""
        return self._models.choice().name_for(noise or _UNKNOWN_NOISE)

    def _show(self, reports: tuple[NetworkReport, NetworkReport]) -> None:
        original, report = reports
        if original is not self.original.value:
            self.backward.forget()
        self.original.value = original
        self.selected.value = min(self.selected.value, len(report.layers) - 1)
        self.report.value = report
        self._end()

    def _on_error(self, error: BaseException) -> None:
        self.report.value = self.original.value = None
        self._context.report("The network was not inspected", error)
        self._end()

    def _end(self) -> None:
        self.inspecting.value = False
        self._refresh()

    def _follow(self) -> None:
        self.pointing.follow(self.report.value, self.selected.value)
