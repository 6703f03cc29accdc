"""The controllers together: what the window is given."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.controllers.all_photos import AllPhotos
from desktop_app.controllers.context import Context
from desktop_app.controllers.denoising import DenoisingController
from desktop_app.controllers.development import DevelopmentController
from desktop_app.controllers.document import DenoisedPicture, Document, DocumentState
from desktop_app.controllers.documents import DocumentsController
from desktop_app.controllers.models import DevicesController, ModelsController
from desktop_app.controllers.noise import SAMPLE_NOISE, NoisingController
from desktop_app.controllers.observable import Observable, Unsubscribe
from desktop_app.controllers.preview import PreviewController
from desktop_app.controllers.quality import QualityController
from desktop_app.controllers.saving import SavingController
from desktop_app.controllers.training import TrainingController
from desktop_app.controllers.view import ViewController
from desktop_app.services.jobs import CancelToken
from desktop_app.services.models.model_choice import is_for_mosaics
from desktop_app.services.models.model_store import AUTOMATIC
from desktop_app.services.resources import sample_picture
from desktop_app.services.settings import settings_path

if TYPE_CHECKING:
    from desktop_app.controllers.batch import BatchController
    from desktop_app.controllers.learn import LearnController
    from desktop_app.controllers.run_history import RunHistoryController
    from desktop_app.controllers.training_folders import TrainingFoldersController


class ApplicationController:
    """Creates the controllers, and lets them know of each other; those of later pages when asked.

    Attributes:
        ready: whether torch and the model are loaded; denoising before that only takes longer.
        changed: the current document; notified whenever it or anything about it changes.
    """

    def __init__(self, settings_file: Path | None = None, runs_folder: Path | None = None) -> None:
        self.context = Context(settings_file or settings_path())
        self.view = ViewController()
        self.documents = DocumentsController(self.context)
        self.saving = SavingController(self.context)
        self.devices = DevicesController(self.context)
        self.models = ModelsController(self.context)
        self.denoising = DenoisingController(self.context, self.documents, self.models, self.view)
        self.preview = PreviewController(
            self.context, self.documents, self.models, self.denoising, self.view
        )
        self.development = DevelopmentController(self.context, self.documents, self.denoising)
        self.all_photos = AllPhotos(
            *(self.context, self.documents, self.saving, self.denoising),
            *(self.preview, self.view, self.development),
        )
        self.noising = NoisingController(self.context, self.documents)
        self.quality = QualityController(self.context)
        self.training = TrainingController(self.context, runs_folder)
        self.ready = Observable(False)
        self.changed: Observable[Document | None] = Observable(None)
        self._unsubscribe: Unsubscribe | None = None
        self._sample_wanted = False
        self._with_sample: Callable[[], object] | None = None
        self._adapted: tuple[str, str] | None = None
        self.documents.current.subscribe(self._on_current)
        self.denoising.found.noise.subscribe(lambda _: self._tell_learn(), now=False)

    @cached_property
    def batch(self) -> BatchController:
        """Of the Batch page."""
        from desktop_app.controllers.batch import BatchController

        return BatchController(self.context, self.models)

    @cached_property
    def learn(self) -> LearnController:
        """Of the Learn page."""
        from desktop_app.controllers.learn import LearnController

        learn = LearnController(self.context, self.models)
        learn.follow(self.documents.current.value)
        return learn

    @cached_property
    def folders(self) -> TrainingFoldersController:
        """Of the Train page: the folders of photos."""
        from desktop_app.controllers.training_folders import TrainingFoldersController

        return TrainingFoldersController(self.context, self.training.plan)

    @cached_property
    def history(self) -> RunHistoryController:
        """Of the Train page: the runs on disk."""
        from desktop_app.controllers.run_history import RunHistoryController

        return RunHistoryController(self.context, self.models, self.training)

    def open_sample(self) -> None:
        """Open the photo that comes with the application, made noisy, ready to be denoised."""
        self._sample_wanted = True
        self.documents.open([sample_picture()])

    def adapt(self) -> None:
        """Learn from the current photo alone, denoise it with that, and compare with the model.

        The model that was chosen before denoises the photo first, if it has not yet, so that the
        two results can be seen side by side. Other photos get that model again.
        """
        document = self.documents.current.value
        if document is None:
            return

        def use(model: Path) -> None:
            if self.documents.current.value is not document:
                self.context.status.value = (
                    f"What was learned from {document.name} lies among the training runs."
                )
                return
            denoised = document.state.value.denoised
            if denoised is None:
                self.denoising.denoise(then=partial(self._compare, model))
            else:
                self._compare(model, denoised)

        self.training.adapt(document.state.value.noisy.picture, use)

    def compare_trained(self, model: Path) -> bool:
        """Denoise the current photo with the usual model and with this one, and show both.

        Where the clean original is known, the status line has the figures of both. The usual model
        is the one that is chosen, or the automatic choice where that is ``model`` already. Other
        photos get the usual one again. Where no photo is open, the sample is.

        Returns:
            Whether there is a photo to compare on.
        """
        document = self.documents.current.value
        mosaic = None if document is None else document.state.value.noisy.picture.mosaic
        if mosaic is None and is_for_mosaics(str(model)):
            self.context.tell("Open a RAW file first: this model cleans what a sensor saw.")
            return False
        if document is None:
            self._with_sample = partial(self.compare_trained, model)
            self.open_sample()
            return True
        if self.models.chosen.value == str(model):
            self.models.chosen.value = AUTOMATIC
        self.denoising.denoise(then=partial(self._compare, model))
        return True

    def _compare(self, model: Path, rival: DenoisedPicture) -> None:
        """Denoise with another model, and show its result beside that of the usual one."""
        usual = self._adapted[0] if self._adapted else self.models.chosen.value
        self._adapted = usual, str(model)
        self.models.choose_for_now(str(model))
        self.denoising.denoise(rival=rival, then=self._show_rivals)

    def _show_rivals(self, denoised: DenoisedPicture) -> None:
        self.view.show_mode("rivals")
        document = self.documents.current.value
        state = None if document is None else document.state.value
        if state is not None and state.truth is not None and state.rival is not None:
            self.quality.tell_both(state.rival, denoised, state.truth)

    def preload(self) -> None:
        """Import torch and load the model on a worker thread, once the window stands."""
        self.models.refresh()
        models = self.models.choice()

        def work(token: CancelToken) -> None:
            models.preload()

        def on_result(_: None) -> None:
            self.ready.value = True
            self.devices.watch()

        def on_error(error: BaseException) -> None:
            self.context.report("The model could not be loaded", error)

        self.context.runner.start_call(
            "Loading the model", work, on_result=on_result, on_error=on_error
        )

    @property
    def at_rest(self) -> bool:
        """Whether no job is left."""
        return not self.context.runner.jobs

    def begin_shutdown(self) -> None:
        """Ask all work to end: training writes a checkpoint, everything else is cancelled."""
        self.training.stop()
        self.context.runner.cancel_for_closing()

    @property
    def may_be_left(self) -> bool:
        """Whether nothing can be lost by leaving the jobs that are left behind."""
        return self.context.runner.may_be_left

    def _forget_adapted(self) -> None:
        """Choose the model from before: what was learned from one photo is of no use to another."""
        if self._adapted is not None and self.models.chosen.value == self._adapted[1]:
            self.models.chosen.value = self._adapted[0]
        self._adapted = None

    def _on_current(self, document: Document | None) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self._forget_adapted()
        if document is None or document.path != sample_picture():
            self._with_sample = None
        self.changed.value = document
        if document is None:
            self._on_state(None)
        else:
            self._unsubscribe = document.state.subscribe(self._on_state)
            if self._sample_wanted and document.path == sample_picture():
                self._sample_wanted = False
                self.noising.add(*SAMPLE_NOISE)

    def _tell_learn(self) -> None:
        if "learn" in vars(self):
            self.learn.follow(self.documents.current.value)

    def _on_state(self, state: DocumentState | None) -> None:
        self.view.show(self.documents.current.value)
        self.denoising.found.measure_current()
        self.quality.follow(self.documents.current.value)
        self.development.follow(self.documents.current.value)
        self._tell_learn()
        self.changed.notify()
        if self._with_sample is not None and state is not None and state.truth is not None:
            action, self._with_sample = self._with_sample, None
            action()
