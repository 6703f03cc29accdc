"""Saving what a document shows: where to, what the file keeps, and writing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.controllers.context import Context
from desktop_app.controllers.document import Document
from desktop_app.controllers.observable import Observable
from desktop_app.services import pictures
from desktop_app.services.folders import pictures_folder
from desktop_app.services.jobs import CancelToken
from desktop_app.services.pictures.files.folders import DEFAULT_NAME_PATTERN, result_name
from desktop_app.services.pictures.files.formats import SavingOptions
from desktop_app.services.resources import sample_picture

if TYPE_CHECKING:
    from desktop_app.services.pictures.metadata.fidelity import Fidelity
    from desktop_app.services.pictures.picture import Picture
    from desktop_app.services.pictures.web_export import WebOptions


class SavingController:
    """Writes pictures on worker threads, one after the other.

    Attributes:
        saving: whether a file is being written.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.saving = Observable(False)

    def proposed_path(self, document: Document, denoised: bool) -> Path:
        """Return where a result goes if nobody chooses: beside its source, never over it.

        What was pasted goes to the person's pictures.

        Args:
            denoised: whether that is what will be saved.
        """
        path, state = document.path, document.state.value
        pattern = self._context.settings.value.name_pattern
        if state.noise and not denoised:
            pattern = "{name}_noisy"
        if document.pasted:
            pattern = pattern if denoised else "{name}"
            return pictures_folder() / result_name(path, pattern)
        form = state.noisy.picture.metadata.format
        proposal = path.with_name(result_name(path, pattern, form))
        if proposal == path:
            proposal = path.with_name(result_name(path, DEFAULT_NAME_PATTERN, form))
        folder = pictures_folder() if path == sample_picture() else path.parent
        return folder / proposal.name

    def fidelity(self, document: Document, path: Path) -> Fidelity:
        """Say what a file of this name would keep of the document, and what it could not.

        Raises:
            PictureError: pictures cannot be saved under such a name.
        """
        from desktop_app.services.pictures.metadata.fidelity import fidelity

        state = document.state.value
        picture = state.noisy.picture
        return fidelity(picture if state.has_mosaic else replace(picture, mosaic=None), path)

    def export(
        self, document: Document, path: Path, options: WebOptions, *, overwrite: bool = False
    ) -> None:
        """Write a copy for the web on a worker thread; the document counts as unsaved as before."""
        from desktop_app.services.pictures.web_export import export_for_web

        state = document.state.value
        self._context.status.value = f"Exporting {path.name} …"

        def write(token: CancelToken) -> int:
            return export_for_web(state.rendered(), path, options, overwrite=overwrite)

        def on_result(size: int) -> None:
            self._context.status.value = f"Exported {path}, {max(1, round(size / 1000)):,} kB."

        def on_error(error: BaseException) -> None:
            self._context.report("The picture was not exported", error)

        self._context.runner.start_call(
            f"Exporting {path.name}", write, on_result=on_result, on_error=on_error
        )

    def render(self, document: Document, then: Callable[[Picture], None]) -> None:
        """Mix the picture that the document shows on a worker thread and hand it to ``then``."""
        state = document.state.value

        def on_error(error: BaseException) -> None:
            self._context.report("The picture could not be made", error)

        self._context.runner.start_call(
            f"Rendering {document.name}",
            lambda token: state.rendered(),
            on_result=then,
            on_error=on_error,
        )

    def save(
        self,
        document: Document,
        path: Path,
        *,
        overwrite: bool = False,
        replace_protected: bool = False,
        quality: int | None = None,
    ) -> None:
        """Write what the document shows, on a worker thread; one file after the other.

        Args:
            overwrite: whether an existing file may be replaced: the person has been asked.
            replace_protected: whether even a protected one may: the person has been asked again.
            quality: of formats with loss; ``None`` is that of the source.
        """
        if self.saving.value:
            self._context.status.value = "Another picture is being saved; try again in a moment."
            return
        state, settings = document.state.value, self._context.settings.value
        options = SavingOptions(quality, settings.deep_results, settings.keep_dates)
        self.saving.value = True
        self._context.status.value = f"Saving {path.name} …"

        def write(token: CancelToken) -> tuple[str, ...]:
            return pictures.save_picture(
                state.rendered(), path, overwrite, replace_protected, options
            )

        def on_result(lost: tuple[str, ...]) -> None:
            document.saved_path = path
            document.mark_saved(state)
            self.saving.value = False
            self._context.status.value = " ".join((f"Saved {path}.", *lost))

        def on_error(error: BaseException) -> None:
            self.saving.value = False
            self._context.report("The picture was not saved", error)

        self._context.runner.start_call(
            f"Saving {path.name}",
            write,
            on_result=on_result,
            on_error=on_error,
            at_close="finish",
        )
