"""The opened pictures: opening, choosing one, closing."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.controllers.context import Context
from desktop_app.controllers.document import DenoisedPicture, Document, LoadedPicture
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.problems import Problem, WayOut, describe, together
from desktop_app.services import pictures
from desktop_app.services.denoising.events import Denoised
from desktop_app.services.denoising.noise_found import NoiseFound
from desktop_app.services.errors import PictureError, Remedy
from desktop_app.services.jobs import CancelToken
from desktop_app.services.resources import sample_picture

if TYPE_CHECKING:
    from desktop_app.services.pictures.development import Development
    from desktop_app.services.pictures.picture import Picture

_REMEDY_WORDS: dict[Remedy, str] = {
    "first_frame": "Open the first picture",
    "allow_damaged": "Open what can be read",
}


class DocumentsController:
    """Owns the list of documents.

    Attributes:
        documents: all opened pictures, in the order in which they were opened.
        current: the one that is shown.
        selected: those that were picked for an order to several; none or one means all.
        opening: whether files are being read.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.documents: Observable[tuple[Document, ...]] = Observable(())
        self.current: Observable[Document | None] = Observable(None)
        self.selected: Observable[frozenset[Document]] = Observable(frozenset())
        self.opening = Observable(False)
        self._jobs_opening = 0

    def open(
        self,
        paths: Sequence[Path],
        *,
        first_frame: bool = False,
        allow_damaged: bool = False,
        pasted: bool = False,
    ) -> None:
        """Read files, and the pictures of folders, on a worker thread; show the first one.

        Args:
            first_frame: take the first picture of files that hold several.
            allow_damaged: take what can be read of damaged files.
            pasted: the files were made for what was pasted; they go when the application ends.
        """
        if not paths:
            return
        self._count_opening(+1)
        self._context.status.value = f"Opening {_named(paths)} …"
        deep = self._context.settings.value.deep_results
        first, opened = [True], [0]
        refused: list[tuple[Path, Exception]] = []

        def on_event(event: tuple[Path, LoadedPicture | Exception]) -> None:
            path, outcome = event
            if isinstance(outcome, Exception):
                refused.append((path, outcome))
                return
            self._add(Document(path, outcome, pasted), show=first[0])
            first[0] = False
            opened[0] += 1

        def on_end() -> None:
            self._count_opening(-1)
            if opened[0] > 1 and self.current.value is not None:
                shown = self.current.value.name
                self._context.tell(f"Opened {opened[0]:,} photos; {shown} is shown.")
            if refused:
                self._context.problems.emit(self._refusal(refused))

        def on_error(error: BaseException) -> None:
            on_end()
            self._context.report("The pictures were not opened", error)

        self._context.runner.start(
            f"Opening {_named(paths)}",
            lambda token: _load(list(paths), first_frame, allow_damaged, deep, token),
            on_event=on_event,
            on_result=lambda _: on_end(),
            on_error=on_error,
            on_cancelled=on_end,
            is_light=True,
        )

    def open_result(
        self, source: Path, target: Path, development: Development | None = None
    ) -> None:
        """Show a photo before and after it was denoised elsewhere; the result counts as saved.

        Args:
            source: the photo.
            target: the result.
            development: how the photo was developed for that, if it is a RAW file.
        """
        self._context.status.value = f"Opening {source.name} …"
        self._count_opening(+1)

        def work(token: CancelToken) -> tuple[LoadedPicture, DenoisedPicture]:
            before, after = (
                pictures.open_picture(path, development=development) for path in (source, target)
            )
            return LoadedPicture(before), _made_before(after)

        def on_result(both: tuple[LoadedPicture, DenoisedPicture]) -> None:
            self._count_opening(-1)
            loaded, denoised = both
            fits = loaded.picture.samples.shape == denoised.picture.samples.shape
            document = Document(source, loaded, denoised=denoised if fits else None)
            document.saved_path = target if fits else None
            self._add(document, show=True)

        def on_error(error: BaseException) -> None:
            self._count_opening(-1)
            self._context.report(f"{source.name} and its result were not opened", error)

        self._context.runner.start_call(
            f"Opening {source.name}", work, on_result=on_result, on_error=on_error, is_light=True
        )

    def select(self, document: Document) -> None:
        """Show another document."""
        self.current.value = document

    def select_only(self, document: Document) -> None:
        """Show another document, say what it is, and pick no others."""
        self.selected.value = frozenset()
        self.select(document)
        self._context.tell(_introduction(document))

    def pick(self, document: Document) -> None:
        """Add a document to those that are picked, or take it out; the shown one begins them."""
        current = self.current.value
        picked = self.selected.value or frozenset({current} if current is not None else ())
        self.selected.value = picked ^ {document}

    def pick_up_to(self, document: Document) -> None:
        """Pick all documents from the shown one to another."""
        current = self.current.value
        if current is not None:
            places = sorted(self.documents.value.index(one) for one in (current, document))
            self.selected.value = frozenset(self.documents.value[places[0] : places[1] + 1])

    def pick_all(self) -> None:
        """Pick every document."""
        self.selected.value = frozenset(self.documents.value)

    def close(self, document: Document) -> None:
        """Forget a document; the window asked about unsaved work before."""
        documents = self.documents.value
        place = documents.index(document)
        left = documents[:place] + documents[place + 1 :]
        self.selected.value -= {document}
        self.documents.value = left
        if self.current.value is document:
            self.current.value = shown = left[min(place, len(left) - 1)] if left else None
            self._context.tell("" if shown is None else _introduction(shown))

    def unsaved(self) -> tuple[Document, ...]:
        """Return the documents that hold work which is nowhere on disk."""
        return tuple(document for document in self.documents.value if document.unsaved)

    def _refusal(self, refused: list[tuple[Path, Exception]]) -> Problem:
        """Describe why files were not opened, with what may open them all the same."""
        problems = [self._one_refusal(path, error) for path, error in refused]
        remedies = {path: _remedy(error) for path, error in refused}
        helped = [path for path, remedy in remedies.items() if remedy is not None]
        way_out = None
        if helped:
            options = dict.fromkeys(filter(None, remedies.values()), True)
            words = f"Open what can be read of {len(helped)}"
            way_out = WayOut(words, partial(self.open, helped, **options))
        title = f"{len(refused)} files were not opened"
        return together(problems, title, "Each of them in a line:", way_out)

    def _one_refusal(self, path: Path, error: Exception) -> Problem:
        remedy = _remedy(error)
        way_out = None
        if remedy is not None:
            action = partial(self.open, [path], **{remedy: True})
            way_out = WayOut(_REMEDY_WORDS[remedy], action)
        return describe(f"{path.name} was not opened", error, way_out)

    def _add(self, document: Document, show: bool) -> None:
        path = document.path
        self.documents.value = (*self.documents.value, document)
        if show or self.current.value is None:
            self.current.value = document
        settings = self._context.settings.value
        if path != sample_picture() and not document.pasted:
            self._context.replace_settings(settings.with_recent(path.absolute()))
        self._context.tell(f"Opened {_introduction(document)}")

    def _count_opening(self, change: int) -> None:
        self._jobs_opening += change
        self.opening.value = self._jobs_opening > 0


def _introduction(document: Document) -> str:
    """Say what a document is: name, size, and what was done about its noise or to open it."""
    state = document.state.value
    width, height = state.noisy.size
    result = None if state.denoised is None else state.denoised.result
    done = "" if result is None else result.plain_sentence
    told = [done] if done else state.noisy.picture.notices
    return " ".join((f"{document.path.name}, {width} x {height}.", *told))


def _remedy(error: Exception) -> Remedy | None:
    return error.remedy if isinstance(error, PictureError) else None


def _made_before(picture: Picture) -> DenoisedPicture:
    """Return a result from a file, of which nothing else is known any more."""
    noise = NoiseFound("unknown", 0.0)
    return DenoisedPicture(Denoised(picture, "", noise, 0.0, 0.0, 0.0, ""))


def _load(
    paths: list[Path], first_frame: bool, allow_damaged: bool, deep: bool, token: CancelToken
) -> Generator[tuple[Path, LoadedPicture | Exception], None, None]:
    from desktop_app.services.pictures.picture import deepened

    for path in _expanded(paths):
        if token():
            return
        try:
            picture = pictures.open_picture(
                path, first_frame=first_frame, allow_damaged=allow_damaged
            )
            yield path, LoadedPicture(deepened(picture) if deep else picture)
        except Exception as error:  # noqa: BLE001 - one bad file must not stop the others
            yield path, error


def _expanded(paths: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found.extend(pictures.find_pictures(path, recursive=False) if path.is_dir() else [path])
    return found


def _named(paths: Sequence[Path]) -> str:
    return paths[0].name if len(paths) == 1 else f"{len(paths)} files"
