"""The folders that a training is planned with: looked into before anything starts."""

from __future__ import annotations

from collections.abc import Generator

from desktop_app.controllers.context import Context
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.training_plan import DATA, TrainingPlan
from desktop_app.services.folders import typed_path
from desktop_app.services.jobs import CancelToken, Job
from desktop_app.services.training.folder_look import FolderLook, look_into, pair_words

FIELDS = ("folder", "second_folder")

Question = tuple[str, int]


class TrainingFoldersController:
    """Looks into the folders of the plan whenever they change, once somebody wants to know.

    Attributes:
        looks: what is known about the folder of each field of the plan; without an entry for a
            field that is empty.
    """

    def __init__(self, context: Context, plan: Observable[TrainingPlan]) -> None:
        self._context = context
        self._plan = plan
        self._questions: dict[str, Question] = {}
        self._jobs: dict[str, Job[FolderLook, None]] = {}
        self._watched = False
        self.looks: Observable[dict[str, FolderLook]] = Observable({})

    def watch(self) -> None:
        """Look from now on."""
        if not self._watched:
            self._watched = True
            self._plan.subscribe(self._follow)

    def words(self, field: str) -> str:
        """Return what there is to say about the folder of ``field``; empty if it is not known."""
        looks = self.looks.value
        look = looks.get(field)
        if look is None:
            return ""
        first = looks.get("folder")
        usable = all(item is not None and item.complete and item.names for item in (first, look))
        if field == "second_folder" and first is not None and usable:
            return pair_words(first, look)
        return look.words

    def _follow(self, plan: TrainingPlan) -> None:
        smallest = DATA[plan.data].recipe.patch_size
        wanted = {"folder": plan.folder}
        if plan.data == "pairs":
            wanted["second_folder"] = plan.second_folder
        for field in FIELDS:
            question = (wanted.get(field, ""), smallest)
            if self._questions.get(field) != question:
                self._questions[field] = question
                self._ask(field, *question)

    def _ask(self, field: str, folder: str, smallest: int) -> None:
        if (job := self._jobs.pop(field, None)) is not None:
            job.cancel()
        self._set(field, None)
        if not folder:
            return
        place = typed_path(folder)

        def work(token: CancelToken) -> Generator[FolderLook, None, None]:
            return look_into(place, smallest, token)

        self._jobs[field] = self._context.runner.start(
            "Looking at the photos",
            work,
            on_event=lambda look: self._set(field, look),
            on_error=lambda error: self._context.report("The photos were not looked at", error),
        )

    def _set(self, field: str, look: FolderLook | None) -> None:
        others = {name: known for name, known in self.looks.value.items() if name != field}
        self.looks.value = others if look is None else {**others, field: look}
