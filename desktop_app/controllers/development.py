"""How the RAW file that is shown is developed; the network does not run again for it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from desktop_app.controllers.context import Context
from desktop_app.controllers.denoising import DenoisingController
from desktop_app.controllers.document import DenoisedPicture, Document, DocumentState, LoadedPicture
from desktop_app.controllers.documents import DocumentsController
from desktop_app.controllers.observable import Observable
from desktop_app.services import pictures
from desktop_app.services.pictures.development import Development

if TYPE_CHECKING:
    from desktop_app.services.pictures.picture import Picture


class DevelopmentController:
    """Develops the mosaics of the current document, noisy and clean, with other choices.

    Attributes:
        choices: of the current document; ``None`` where it has no mosaic.
    """

    def __init__(
        self, context: Context, documents: DocumentsController, denoising: DenoisingController
    ) -> None:
        self._context = context
        self._documents = documents
        self._denoising = denoising
        self._wanted: tuple[Document, Development] | None = None
        self._busy = False
        self.choices: Observable[Development | None] = Observable(None)
        denoising.progress.subscribe(lambda _: self._catch_up(), now=False)

    def follow(self, document: Document | None) -> None:
        """Tell how the document is developed, or will be in a moment."""
        if self._wanted is not None and self._wanted[0] is document:
            self.choices.value = self._wanted[1]
            return
        mosaic = None if document is None else document.state.value.noisy.picture.mosaic
        self.choices.value = None if mosaic is None else mosaic.development

    def choose(self, **changes: Any) -> None:
        """Develop the current document with other choices, on a worker thread.

        Args:
            changes: fields of :class:`Development`.
        """
        document = self._documents.current.value
        if document is not None and self.choices.value is not None:
            self._wanted = document, dataclasses.replace(self.choices.value, **changes)
            self.follow(document)
            self._catch_up()

    def _catch_up(self) -> None:
        """Do what is wanted by now, once nothing else changes the document."""
        if self._wanted is None or self._busy or self._denoising.progress.value is not None:
            return
        document, wanted = self._wanted
        mosaic = document.state.value.noisy.picture.mosaic
        if mosaic is None or mosaic.development == wanted:
            self._wanted = None
            self.follow(self._documents.current.value)
        else:
            self._develop(document, wanted)

    def _develop(self, document: Document, wanted: Development) -> None:
        state = document.state.value
        self._busy = True

        def on_result(developed: dict[str, Any]) -> None:
            self._busy = False
            is_denoising = self._denoising.progress.value is not None
            if document.state.value is state and not is_denoising:
                document.change("Development", merge=True, **developed)
                self._context.tell(f"Developed {document.name} anew.")
            self._catch_up()

        def on_error(error: BaseException) -> None:
            self._busy = False
            self._wanted = None
            self.follow(self._documents.current.value)
            self._context.report(f"{document.name} was not developed", error)

        self._context.tell(f"Developing {document.name} …")
        self._context.runner.start_call(
            f"Developing {document.name}",
            lambda token: _developed(state, wanted),
            on_result=on_result,
            on_error=on_error,
        )


def _developed(state: DocumentState, wanted: Development) -> dict[str, Any]:
    """Return what changes in a state: both pictures, on the worker thread."""
    noisy = LoadedPicture(_again(state.noisy.picture, wanted))
    denoised = state.denoised
    if denoised is not None and denoised.picture.mosaic is not None:
        picture = _again(denoised.picture, wanted)
        denoised = DenoisedPicture(dataclasses.replace(denoised.result, picture=picture))
    else:
        denoised = None
    return {"noisy": noisy, "denoised": denoised, "rival": None}


def _again(picture: Picture, wanted: Development) -> Picture:
    mosaic, path = picture.mosaic, picture.metadata.path
    if mosaic is None or path is None:
        return picture
    return pictures.develop(path, mosaic, wanted)
