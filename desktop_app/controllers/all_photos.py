"""What is done to several photos, one after the other: denoising, saving, sharing settings."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop_app.controllers.context import Context
from desktop_app.controllers.denoising import DenoisingController
from desktop_app.controllers.development import DevelopmentController
from desktop_app.controllers.document import Document
from desktop_app.controllers.documents import DocumentsController
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.preview import PreviewController
from desktop_app.controllers.progress import Progress
from desktop_app.controllers.saving import SavingController
from desktop_app.controllers.view import ViewController
from desktop_app.services.pictures.files.folders import result_name


@dataclass(frozen=True)
class SavingPlan:
    """Where the results of all photos go.

    Attributes:
        folder: for all of them; beside each photo where ``None``.
        pattern: their names; ``{name}`` stands for that of the photo.
        ending: the format, such as ``.jpg``; the photo's own where empty.
        as_dng: whether what was denoised before its development is saved as DNG.
        quality: of JPEG and other formats with loss, 1 to 100; ``None`` is that of the photo.
    """

    folder: Path | None
    pattern: str
    ending: str = ""
    quality: int | None = None
    as_dng: bool = False


class AllPhotos:
    """Works through the photos that are picked, or all; the person may look at any of them.

    Attributes:
        left: how many photos are still to be denoised, the one at work included.
        failed: the photos that could not be denoised.
    """

    def __init__(
        self,
        context: Context,
        documents: DocumentsController,
        saving: SavingController,
        denoising: DenoisingController,
        preview: PreviewController,
        view: ViewController,
        development: DevelopmentController,
    ) -> None:
        self._context = context
        self._documents = documents
        self._saving = saving
        self._denoising = denoising
        self._preview = preview
        self._view = view
        self._development = development
        self._queue: deque[Document] = deque()
        self._then: dict[Document, list[Callable[[], object]]] = {}
        self._at_work: Document | None = None
        self._plan: SavingPlan | None = None
        self._to_save: deque[tuple[Document, Path]] = deque()
        self._wanted: list[Document] = []
        self._being_saved: Document | None = None
        self._quality: int | None = None
        self._asked = self._written = 0
        self.left = Observable(0)
        self.failed: Observable[frozenset[Document]] = Observable(frozenset())
        denoising.progress.subscribe(self._on_progress, now=False)
        saving.saving.subscribe(self._on_saving, now=False)

    @property
    def chosen(self) -> tuple[Document, ...]:
        """The photos that orders to several are about: those that are picked, or all."""
        picked, there = self._documents.selected.value, self._documents.documents.value
        return tuple(one for one in there if one in picked) if len(picked) > 1 else there

    @property
    def words(self) -> str:
        """What :attr:`chosen` is called in orders."""
        chosen = len(self.chosen)
        is_all = chosen == len(self._documents.documents.value)
        return "all photos" if is_all else f"{chosen:,} picked photos"

    def denoise(self) -> None:
        """Denoise every photo that has no result yet."""
        if not self._enqueue([one for one in self.chosen if not _is_done(one)]):
            self._context.tell("Every photo is denoised already.")

    def once_denoised(self, document: Document, action: Callable[[], object]) -> None:
        """Do something once a photo is denoised, which follows those that are at work or wait."""
        self._then.setdefault(document, []).append(action)
        self._enqueue(list(self._queue))

    def stop(self) -> None:
        """Denoise no further photo; the one at work is cancelled by whoever asks for that."""
        self._queue.clear()
        self._then.clear()
        self._at_work = self._plan = None
        self._count()

    def share_settings(self) -> None:
        """Give what was set for the photo that is shown to the others.

        That are the strengths, to those that have a result, and the development, to RAW files.
        """
        current = self._documents.current.value
        if current is None:
            return
        state = current.state.value
        others = [one for one in self.chosen if one is not current]
        done = [one for one in others if one.state.value.denoised is not None]
        for document in done:
            document.change(
                "Copy strength", strength=state.strength, colour_strength=state.colour_strength
            )
        count = len({*done, *self._development.share(others)})
        self._context.tell(f"Copied the settings to {_photos(count)}.")

    def unsaved(self) -> tuple[list[Document], list[Document]]:
        """Return the photos that saving would write, and those of them to be denoised first."""
        first = [one for one in self.chosen if self._preview.is_wanted(one)]
        return [one for one in self.chosen if one.unsaved or one in first], first

    def save(self, plan: SavingPlan) -> None:
        """Write every photo that has unsaved work; existing files are never replaced.

        Photos that are shown as a preview are denoised before.
        """
        self._plan = plan
        self._wanted, first = self.unsaved()
        if not self._wanted:
            self._context.tell("Everything is saved already.")
        elif not self._enqueue([one for one in first if not _is_done(one)]):
            self._begin_saving()

    def _enqueue(self, documents: list[Document]) -> bool:
        """Have photos denoised; tell whether there are any."""
        wanted = dict.fromkeys((*documents, *self._then))
        self._queue = deque(one for one in wanted if one is not self._at_work)
        self._count()
        if self._denoising.progress.value is None:
            self._next()
        return bool(documents)

    def _begin_saving(self) -> None:
        plan, self._plan = self._plan, None
        if plan is None:
            return
        taken: set[Path] = set()
        self._quality = plan.quality
        for document in self._wanted:
            if document not in self.failed.value:
                target = _free(_target(document, plan), taken)
                taken.add(target)
                self._to_save.append((document, target))
        self._written, self._asked = 0, len(self._wanted)
        self._save_next()

    def _on_progress(self, progress: Progress | None) -> None:
        if progress is None and (self._at_work is not None or self._queue):
            self._soon(self._go_on)

    def _soon(self, action: Callable[[], None]) -> None:
        """Do something once whoever is telling has finished: the result comes after the news."""
        self._context.runner.start_call(
            "Going on", lambda token: None, on_result=lambda _: action()
        )

    def _go_on(self) -> None:
        done, self._at_work = self._at_work, None
        if done is not None and not _is_done(done):
            self.failed.value = self.failed.value | {done}
        if self._denoising.progress.value is None:
            self._next()
        self._count()
        if self._at_work is None and not self._queue:
            self._begin_saving()

    def _on_saving(self, saving: bool) -> None:
        if not saving and self._being_saved is not None:
            self._soon(self._save_next)

    def _next(self) -> None:
        there = self._documents.documents.value
        while self._queue and self._queue[0] not in there:
            self._then.pop(self._queue.popleft(), None)
        if self._queue:
            self._start(self._queue.popleft())
        self._count()

    def _start(self, document: Document) -> None:
        """Let the denoising controller begin with a photo, and show the one from before again."""
        shown, viewport = self._documents.current.value, dataclasses.replace(self._view.viewport)
        self._at_work = document
        self.failed.value = self.failed.value - {document}
        self._documents.select(document)
        actions = self._then.pop(document, [])

        def then(_: object) -> None:
            for action in actions:
                action()

        self._denoising.denoise(then=then)
        if shown is not None and shown is not document:
            self._documents.select(shown)
            for field in dataclasses.fields(viewport):
                setattr(self._view.viewport, field.name, getattr(viewport, field.name))
            self._view.moved()

    def _count(self) -> None:
        self.left.value = len(self._queue) + (self._at_work is not None)

    def _save_next(self) -> None:
        if self._saving.saving.value:
            return
        if self._being_saved is not None:
            self._written += not self._being_saved.unsaved
            self._being_saved = None
        while self._to_save:
            document, target = self._to_save.popleft()
            if document in self._documents.documents.value:
                self._being_saved = document
                self._saving.save(document, target, quality=self._quality)
                return
        if self._asked:
            failed, self._asked = self._asked - self._written, 0
            more = f"; {_photos(failed)} could not be" if failed else ""
            self._context.tell(f"Saved {_photos(self._written)}{more}.")


def _is_done(document: Document) -> bool:
    """Whether denoising has nothing left to do."""
    state = document.state.value
    return state.denoised is not None or state.noisy.left_alone


def _target(document: Document, plan: SavingPlan) -> Path:
    form = document.state.value.noisy.picture.metadata.format
    as_dng = plan.as_dng and document.state.value.has_mosaic
    name = result_name(document.path, plan.pattern, form, as_dng)
    if plan.ending:
        name = Path(name).with_suffix(plan.ending).name
    return (plan.folder or document.path.parent) / name


def _free(target: Path, taken: set[Path]) -> Path:
    candidate, number = target, 2
    while candidate in taken or candidate.exists():
        candidate = target.with_stem(f"{target.stem}_{number}")
        number += 1
    return candidate


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count:,} photos"
