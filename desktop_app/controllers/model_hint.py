"""When the chosen model was not made for the photo that is open: which one was."""

from __future__ import annotations

from desktop_app.controllers.document import Document, DocumentState
from desktop_app.controllers.models import ModelsController
from desktop_app.controllers.observable import Observable
from desktop_app.services.models.model_store import ModelEntry

_GAUSSIAN, _CAMERA = "gaussian", "camera"


class ModelHint:
    """Offers a model for camera noise when a camera's photo meets a model for Gaussian noise.

    A camera develops its photos, so that neighbouring pixels share their noise; a model that knows
    independent noise alone takes that for texture and leaves it.

    Attributes:
        offer: the model that suits the photo better, or ``None``.
    """

    def __init__(self, models: ModelsController, changed: Observable[Document | None]) -> None:
        self._models = models
        self._document = changed
        self._dismissed = False
        self.offer: Observable[ModelEntry | None] = Observable(None)
        for source in (models.entries, models.chosen, changed):
            source.subscribe(lambda _: self._update())

    def accept(self) -> None:
        """Choose the model that is offered."""
        if self.offer.value is not None:
            self._models.choose(self.offer.value.name)

    def dismiss(self) -> None:
        """Offer nothing any more until the next start."""
        self._dismissed = True
        self._update()

    def _update(self) -> None:
        document, chosen = self._document.value, self._models.entry()
        wanted = (
            not self._dismissed
            and document is not None
            and chosen is not None
            and _noise_kind(chosen) == _GAUSSIAN
            and _is_camera_photo(document.state.value)
        )
        self.offer.value = self._camera_model() if wanted else None

    def _camera_model(self) -> ModelEntry | None:
        made_for_cameras = (
            entry for entry in self._models.entries.value if _noise_kind(entry) == _CAMERA
        )
        return next(made_for_cameras, None)


def _noise_kind(entry: ModelEntry) -> object:
    return entry.card.noise.get("kind")


def _is_camera_photo(state: DocumentState) -> bool:
    """Whether the noise of a document is a camera's own."""
    return state.truth is None and state.noisy.from_camera
