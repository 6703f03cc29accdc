"""A tiny network that learns on the open photo while one looks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from desktop_app.controllers.backward import LookedAt
from desktop_app.controllers.context import Context
from desktop_app.controllers.observable import Observable
from desktop_app.services.jobs import CancelToken, Job
from desktop_app.services.pictures.pyramid import Pixels
from desktop_app.services.training.live_update import NETWORKS, LiveSettings, LiveUpdate

SIDE = 128
"""Of the part of the photo that is learned from: small enough to be denoised ten times a second."""

MOST_LOSSES = 20_000


class LiveTrainingController:
    """Starts, pauses and resets the training.

    Args:
        looked_at: tells which photo is open.

    Attributes:
        settings: may be changed at any time.
        network: one of :data:`NETWORKS`; another one begins anew.
        state: ``idle``, ``learning``, ``paused`` or ``ended`` (diverged or stuck).
        update: the latest state of the network, or ``None``.
        losses: of every step so far; notified with ``update``.
        explanation: why the training ended by itself, or empty.
    """

    def __init__(self, context: Context, looked_at: Callable[[], LookedAt | None]) -> None:
        self._context = context
        self._looked_at = looked_at
        self._job: Job[LiveUpdate, None] | None = None
        self.settings = LiveSettings()
        self.network = NETWORKS[0]
        self.state = Observable("idle")
        self.update: Observable[LiveUpdate | None] = Observable(None)
        self.losses: list[float] = []
        self.explanation = Observable("")

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

    def toggle(self) -> None:
        """Learn, pause, or go on."""
        if self._job is None or self.state.value in ("idle", "ended"):
            self._start()
        elif self.state.value == "learning":
            self._job.pause()
            self.state.value = "paused"
        else:
            self._job.resume()
            self.state.value = "learning"

    def pause(self) -> None:
        """Pause, where it learns."""
        if self.state.value == "learning":
            self.toggle()

    def reset(self) -> None:
        """Forget what was learned; go on from random weights if it was learning."""
        was_learning = self.state.value == "learning"
        self._forget()
        if was_learning:
            self._start()

    def _forget(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self.losses = []
        self.explanation.value = ""
        self.state.value = "idle"
        self.update.value = None

    def _start(self) -> None:
        looked_at = self._looked_at()
        if looked_at is None:
            self._context.tell("The photo is still being looked at; try again in a moment.")
            return
        self._forget()
        network, settings = self.network, self.settings

        def work(token: CancelToken) -> Generator[LiveUpdate, None, None]:
            from desktop_app.services.training.live_training import train_live

            yield from train_live(_middle(looked_at.pixels()), network, settings)

        def on_event(update: LiveUpdate) -> None:
            if self._job is job:
                self._take(update)

        def on_error(error: BaseException) -> None:
            if self._job is job:
                self._forget()
            self._context.report("The network does not learn", error)

        job = self._context.runner.start(
            "Learning live", work, on_event=on_event, on_error=on_error
        )
        self._job = job
        self.state.value = "learning"

    def _take(self, update: LiveUpdate) -> None:
        self.losses = [*self.losses, *update.losses][-MOST_LOSSES:]
        self.update.value = update
        if update.trouble:
            self.explanation.value = explain(update, self.settings, self.losses)
            self.state.value = "ended"


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
    return (
        f"Stuck at step {update.step:,}: no gradient is left. One step was so long that every "
        "ReLU is off or the sigmoid is flat, and where nothing slopes, nothing is learned. "
        f"Lower the rate ({settings.rate:.3g}) or the momentum ({settings.momentum:.2f}), then "
        "reset."
    )


def _middle(pixels: Pixels) -> Pixels:
    """Return the middle of a picture, with sides of a multiple of 4, continued if it is small."""
    height, width = pixels.shape[:2]
    tall, wide = min(SIDE, height // 4 * 4), min(SIDE, width // 4 * 4)
    if min(tall, wide) < 32:
        pixels = np.tile(pixels, (32 // height + 1, 32 // width + 1, 1))
        tall, wide = max(tall, 32), max(wide, 32)
        height, width = pixels.shape[:2]
    top, left = (height - tall) // 2, (width - wide) // 2
    return np.ascontiguousarray(pixels[top : top + tall, left : left + wide])
