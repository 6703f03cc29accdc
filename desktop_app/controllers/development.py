"""How the RAW file that is shown is developed; the network does not run again for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
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
        self._wanted: dict[Document, Development] = {}
        self._busy = False
        self.choices: Observable[Development | None] = Observable(None)
        denoising.progress.subscribe(lambda _: self._catch_up(), now=False)

    def follow(self, document: Document | None) -> None:
        """Tell how the document is developed, or will be in a moment."""
        mosaic = None if document is None else document.state.value.noisy.picture.mosaic
        if document is None or mosaic is None:
            self.choices.value = None
        else:
            self.choices.value = self._wanted.get(document, mosaic.development)

    def choose(self, **changes: Any) -> None:
        """Develop the current document with other choices, on a worker thread.

        Args:
            changes: fields of :class:`Development`.
        """
        document = self._documents.current.value
        if document is not None and self.choices.value is not None:
            self._wanted[document] = dataclasses.replace(self.choices.value, **changes)
            self.follow(document)
            self._catch_up()

    def share(self, documents: Sequence[Document]) -> list[Document]:
        """Develop others like the current document, one after the other.

        Returns:
            Those that can be: they have a mosaic, and so has the current one.
        """
        choices = self.choices.value
        if choices is None:
            return []
        others = [one for one in documents if one.state.value.noisy.picture.mosaic is not None]
        self._wanted.update(dict.fromkeys(others, choices))
        self._catch_up()
        return others

    def _catch_up(self) -> None:
        """Do what is wanted by now, once nothing else changes a document."""
        while self._wanted and not self._busy and self._denoising.progress.value is None:
            document, wanted = next(iter(self._wanted.items()))
            mosaic = document.state.value.noisy.picture.mosaic
            is_there = document in self._documents.documents.value
            if is_there and mosaic is not None and mosaic.development != wanted:
                self._develop(document, wanted)
                return
            del self._wanted[document]
            self.follow(self._documents.current.value)

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
            self._wanted.pop(document, None)
            self.follow(self._documents.current.value)
            self._context.report(f"{document.name} was not developed", error)
            self._catch_up()

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
