"""A tiny network that learns while one looks: on the open photo, or on thumbnails."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.controllers.context import Context
from desktop_app.controllers.looked_at import clean_sample, middle
from desktop_app.controllers.observable import Observable
from desktop_app.services.jobs import CancelToken, Job
from desktop_app.services.pictures.pyramid import ImagePyramid
from desktop_app.services.training.live_update import (
    FOLDER,
    NETWORKS,
    PHOTO,
    SAMPLE,
    VANISHED,
    LiveSettings,
    LiveSource,
    LiveUpdate,
)

if TYPE_CHECKING:
    from desktop_app.services.training.live_pictures import LivePictures
    from desktop_app.services.training.live_training import LiveLearner

MOST_LOSSES = 20_000


class LiveTrainingController:
    """Makes a new network as soon as somebody looks; starts, pauses and resets its training.

    Args:
        photo: returns the open photo without noise, ``None`` where the sample stands in for it.

    Attributes:
        settings: may be changed at any time.
        network: one of :data:`NETWORKS`; another one begins anew.
        source: what is learned from; another one begins anew.
        folder: the last one that thumbnails were made of.
        state: ``idle``, ``learning``, ``paused`` or ``ended`` (diverged or stuck).
        update: the latest state of the network, or ``None``.
        losses: of every step so far; notified with ``update``.
        explanation: why the training ended by itself, or empty.
    """

    def __init__(self, context: Context, photo: Callable[[], ImagePyramid | None]) -> None:
        self._context = context
        self._photo = photo
        self._shown_photo: ImagePyramid | None = None
        self._watched = False
        self._making: Job[Any, Any] | None = None
        self._learning: Job[LiveUpdate, None] | None = None
        self._learner: LiveLearner | None = None
        self.settings = LiveSettings()
        self.network = NETWORKS[0]
        self.source: Observable[LiveSource] = Observable(LiveSource())
        self.folder: Path | None = None
        self.state = Observable("idle")
        self.update: Observable[LiveUpdate | None] = Observable(None)
        self.losses: list[float] = []
        self.explanation = Observable("")

    def watch(self, watched: bool) -> None:
        """Say whether somebody looks: nothing is computed for nobody."""
        self._watched = watched
        if watched:
            self.follow_photo()
        elif self.state.value == "learning":
            self.toggle()

    def follow_photo(self) -> None:
        """Take up another photo, unless a training is under way or there are thumbnails."""
        if not self._watched or self.state.value != "idle":
            return
        is_new = self.source.value.kind == PHOTO and self._photo() is not self._shown_photo
        if is_new or (self._learner is None and self._making is None):
            self._make()

    def change(self, **changes: Any) -> None:
        """Change settings, from the next step on."""
        for name, value in dataclasses.asdict(
            dataclasses.replace(self.settings, **changes)
        ).items():
            setattr(self.settings, name, value)

    def choose_network(self, network: str) -> None:
        """Begin anew with another network."""
        if network != self.network:
            self.network = network
            self.reset()

    def choose_source(self, source: LiveSource) -> None:
        """Begin anew with other pictures."""
        if source != self.source.value:
            self.source.value = source
            self.reset()

    def toggle(self) -> None:
        """Learn, pause, or go on."""
        if self.state.value == "learning":
            if self._learning is not None:
                self._learning.pause()
            self.state.value = "paused" if self._learning is not None else "idle"
        elif self._learning is not None and self.state.value == "paused":
            self._learning.resume()
            self.state.value = "learning"
        else:
            if self.state.value == "ended" or (self._learner is None and self._making is None):
                self._make()
            self.state.value = "learning"
            if self._learner is not None:
                self._learn(self._learner)

    def reset(self) -> None:
        """Forget what was learned; go on from random weights if it was learning."""
        was_learning = self.state.value == "learning"
        self._make()
        if was_learning:
            self.state.value = "learning"

    def _forget(self) -> None:
        """Drop the network and what it has learned."""
        for former in (self._making, self._learning):
            if former is not None:
                former.cancel()
        self._making = self._learning = self._learner = None
        self.losses = []
        self.explanation.value = ""
        self.state.value = "idle"
        self.update.value = None

    def _make(self) -> None:
        """Make a new network; it learns at once if that is wanted by then."""
        self._forget()
        self._shown_photo = photo = self._photo()
        source, network, settings = self.source.value, self.network, self.settings

        def work(token: CancelToken) -> tuple[LiveLearner, LiveUpdate]:
            from desktop_app.services.training import live_training

            pictures, untrained = _pictures(source, photo, token), live_training.build(network)
            learner = live_training.LiveLearner(pictures, untrained, settings)
            return learner, learner.look()

        def on_result(made: tuple[LiveLearner, LiveUpdate]) -> None:
            if self._making is job:
                self._making = None
                self.folder = source.folder or self.folder
                self._learner, self.update.value = made
                if self.state.value == "learning":
                    self._learn(self._learner)

        def on_error(error: BaseException) -> None:
            if self._making is job:
                self._making = None
                self.state.value = "idle"
                self.choose_source(LiveSource())
            self._context.report("The pictures cannot be learned from", error)

        job = self._context.runner.start_call(
            "Making a tiny network", work, on_result=on_result, on_error=on_error
        )
        self._making = job

    def _learn(self, learner: LiveLearner) -> None:
        def work(token: CancelToken) -> Generator[LiveUpdate, None, None]:
            yield from learner.learn()

        def on_event(update: LiveUpdate) -> None:
            if self._learning is job:
                self._take(update)

        def on_error(error: BaseException) -> None:
            if self._learning is job:
                self._make()
            self._context.report("The network does not learn", error)

        job = self._context.runner.start(
            "Learning live", work, on_event=on_event, on_error=on_error
        )
        self._learning = job

    def _take(self, update: LiveUpdate) -> None:
        self.losses = [*self.losses, *update.losses][-MOST_LOSSES:]
        self.update.value = update
        if update.trouble:
            self.explanation.value = explain(update, self.settings, self.losses)
            self.state.value = "ended"


def _pictures(source: LiveSource, photo: ImagePyramid | None, token: CancelToken) -> LivePictures:
    from desktop_app.services.training import live_pictures

    if source.kind == FOLDER and source.folder is not None:
        return live_pictures.thumbnails_of_folder(source.folder, token)
    if source.kind == SAMPLE:
        return live_pictures.pieces_of_photo(clean_sample())
    pixels = clean_sample() if photo is None else photo.levels[0]
    return live_pictures.middle_of_photo(middle(pixels))


def explain(update: LiveUpdate, settings: LiveSettings, losses: list[float]) -> str:
    """Say why a training came to nothing, and what to do."""
    if update.trouble == "diverged":
        longer = 1 / (1 - settings.momentum) if settings.momentum < 1 else float("inf")
        return (
            f"Diverged at step {update.step:,}: the loss went from {losses[0]:.3g} to "
            f"{losses[-1]:.3g}. At a rate of {settings.rate:.3g}, each step goes further beyond "
            "the bottom of the valley than it came from, so the next slope is steeper and the next "
            f"step longer. Momentum {settings.momentum:.2f} makes steps up to {longer:.0f} times "
            "as long. Lower one of them, then reset."
        )
    unreached = [name for name, norm in update.norms if norm < VANISHED]
    if len(unreached) == len(update.norms):
        reached = "no gradient is left. "
        reason = "every ReLU is off or the sigmoid is flat"
    else:
        layers = f"layer{'s' * (len(unreached) > 1)} {', '.join(unreached)}"
        reached = f"no gradient reaches {layers}. "
        reason = "every ReLU behind is off for every picture"
    return (
        f"Stuck at step {update.step:,}: {reached}One step was so long that {reason}, and where "
        f"nothing slopes, nothing is learned. Lower the rate ({settings.rate:.3g}) or the momentum "
        f"({settings.momentum:.2f}), then reset; other random weights may be luckier, too."
    )
