"""Saving as the person meets it: asking where to, and about whatever could be lost."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial
from pathlib import Path

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.document import Document
from desktop_app.services.errors import AppError
from desktop_app.services.pictures import Picture
from desktop_app.services.pictures.files.protection import why_protected
from desktop_app.services.pictures.web_export import ENDINGS, web_picture
from desktop_app.ui.dialogs.dialog import Question
from desktop_app.ui.dialogs.file_choice import choose_export, choose_folder, choose_target
from desktop_app.ui.dialogs.save_all_dialog import SaveAllDialog
from desktop_app.ui.dialogs.save_dialog import ExportDialog, SaveDialog, UnsavedDialog
from desktop_app.ui.exchange import copy_picture
from desktop_app.ui.theme.appearance import Appearance


class Saving:
    """Saves, exports and copies the document that is shown, or several."""

    def __init__(
        self, root: tk.Tk, appearance: Appearance, controller: ApplicationController
    ) -> None:
        self._root = root
        self._appearance = appearance
        self._controller = controller
        self._documents = controller.documents
        self._saving = controller.saving

    def save(self) -> None:
        """Save where the document was saved before; ask for a place the first time."""
        document = self._documents.current.value
        if document is None:
            return
        if document.saved_path is None:
            self.save_as()
        else:
            self._save_over(document, document.saved_path)

    def save_as(self) -> None:
        """Ask for a place and save."""
        document = self._documents.current.value
        if document is not None:
            self._save_with_dialog(document)

    def _save_with_dialog(self, document: Document) -> bool:
        dialog = SaveDialog(
            self._root,
            self._appearance,
            self._saving.proposed_path(document, self._is_denoised(document)),
            partial(self._saving.fidelity, document),
            choose_target,
            self._controller.preview.before_saving(document),
        )
        if dialog.ask() != "save":
            return False
        # The dialog has told of a file that exists now; one made later is not overwritten.
        if dialog.replacing:
            return self._save_over(document, dialog.path)
        self._once_denoised(document, partial(self._saving.save, document, dialog.path))
        return True

    def _save_over(self, document: Document, path: Path) -> bool:
        """Save over an existing file; ask once more where it is protected."""
        reason = why_protected(path)
        if reason is not None:
            question = Question(
                self._root, self._appearance, "Replace this file?", f"{reason}.", "Replace"
            )
            if question.ask() != "yes":
                return False
        protected = reason is not None
        self._once_denoised(
            document,
            partial(self._saving.save, document, path, overwrite=True, replace_protected=protected),
        )
        return True

    def save_all(self) -> None:
        """Ask where the results of all photos go, and save them."""
        settings = self._controller.context.settings.value
        unsaved, first = self._controller.all_photos.unsaved()
        dialog = SaveAllDialog(
            self._root,
            self._appearance,
            len(unsaved),
            len(first),
            settings.name_pattern,
            self._choose_results,
            any(one.state.value.has_mosaic for one in unsaved),
        )
        if dialog.ask() == "save":
            self._controller.all_photos.save(dialog.plan)

    def _choose_results(self) -> Path | None:
        context, title = self._controller.context, "Folder for the results"
        return choose_folder(self._root, context, "results", title)

    def export(self) -> None:
        """Ask how and where, and write a copy for the web."""
        document = self._documents.current.value
        if document is None:
            return
        dialog = ExportDialog(self._root, self._appearance, document.state.value.noisy.size)
        if dialog.ask() != "export":
            return
        proposal = document.path.with_name(f"{document.path.stem}_web")
        name = proposal.with_suffix(ENDINGS[dialog.options.format]).name
        path = choose_export(self._root, self._controller.context, name)
        if path is not None:
            # The system's dialog has asked about a file that exists now.
            write = partial(
                self._saving.export, document, path, dialog.options, overwrite=path.exists()
            )
            self._once_denoised(document, write)

    def copy(self) -> None:
        """Put what the document shows on the clipboard."""
        document = self._documents.current.value
        if document is None:
            return

        def put(picture: Picture) -> None:
            try:
                told = copy_picture(self._root, web_picture(picture, 0))
            except AppError as error:
                self._controller.context.report("Nothing was copied", error)
            else:
                self._controller.context.status.value = told

        self._once_denoised(document, partial(self._saving.render, document, put))

    def may_lose(self, documents: list[Document]) -> bool:
        """Ask about unsaved work; return whether the documents may go now."""
        unsaved = [document for document in documents if document.unsaved]
        if not unsaved:
            return True
        names = [document.name for document in unsaved]
        answer = UnsavedDialog(self._root, self._appearance, names).ask()
        if answer == "save":
            return all(self._save_and_wait(document) for document in unsaved)
        return answer == "discard"

    def _save_and_wait(self, document: Document) -> bool:
        if document.saved_path is not None:
            if not self._save_over(document, document.saved_path):
                return False
        elif not self._save_with_dialog(document):
            return False
        denoising = self._controller.denoising.progress
        while denoising.value is not None or self._saving.saving.value:
            self._root.update()
        return not document.unsaved

    def _is_denoised(self, document: Document) -> bool:
        """Whether what would be saved is denoised by then."""
        is_done = document.state.value.denoised is not None
        return is_done or self._controller.preview.is_wanted(document)

    def _once_denoised(self, document: Document, action: Callable[[], object]) -> None:
        """Do something with what is seen: of a preview, the whole is denoised first."""
        denoising = self._controller.denoising
        if not self._controller.preview.is_wanted(document):
            action()
            return
        self._documents.select(document)
        if denoising.is_busy_with_another(document):
            self._controller.all_photos.once_denoised(document, action)
            self._controller.context.tell(f"{document.name} follows the photo at work.")
        else:
            denoising.denoise(then=lambda _: action())
