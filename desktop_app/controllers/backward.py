"""Gradients on their way back through the network, and whether every layer's are right."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from desktop_app.controllers.context import Context
from desktop_app.controllers.gradient_sums import GradientSumsController
from desktop_app.controllers.looked_at import LookedAt
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.playback import Playback
from desktop_app.services.jobs import CancelToken, Job

if TYPE_CHECKING:
    from desktop_app.services.models.network_report import GradientCheck, GradientFlow


class BackwardController:
    """Follows one output value back, and checks the layers.

    Args:
        looked_at: tells what is shown, ``None`` while nothing is.
        select: chooses a layer by its index.

    Attributes:
        flow: the gradient of the chosen output value, or ``None``.
        flowing: whether it is being computed.
        playback: from the output (0) back to the photo (as many steps as there are layers).
        sums: where the numbers of the gradient come from.
        checks: the gradient checks so far, in the order of the layers.
        checking: whether layers are being checked.
    """

    def __init__(
        self,
        context: Context,
        looked_at: Callable[[], LookedAt | None],
        select: Callable[[int], object],
    ) -> None:
        self._context = context
        self._looked_at = looked_at
        self._select = select
        self._check_job: Job[Any, None] | None = None
        self._wanted: tuple[int, int, int] | None = None
        self.flow: Observable[GradientFlow | None] = Observable(None)
        self.flowing = Observable(False)
        self.playback = Playback()
        self.sums = GradientSumsController()
        self.checks: Observable[tuple[GradientCheck, ...]] = Observable(())
        self.checking = Observable(False)
        self.playback.position.subscribe(lambda _: self._follow(), now=False)

    def forget(self) -> None:
        """Drop what belongs to another picture or network."""
        self.cancel_checks()
        self.checks.value = ()
        self._wanted = None
        self.flow.value = None
        self.playback.load(0)

    def send_back(self, channel: int, row: int, column: int) -> None:
        """Send the gradient of one value of the network's output back."""
        self._wanted = channel, row, column
        looked_at = self._looked_at()
        if self.flowing.value or looked_at is None:
            return
        place, self._wanted = self._wanted, None
        self.flowing.value = True

        def work(token: CancelToken) -> GradientFlow:
            from desktop_app.services.models.backward import gradient_flow
            from scratch_layers.interruption import interruptible

            with interruptible(token):
                pixels, model = looked_at.pixels(), looked_at.model
                return gradient_flow(pixels, model, looked_at.sigma_255, place)

        self._context.runner.start_call(
            "Following gradients",
            work,
            on_result=self._show,
            on_error=self._on_error,
            on_cancelled=lambda: self._rest(),
        )

    def check_all(self) -> None:
        """Check the gradients of all layers, first to last."""
        looked_at = self._looked_at()
        if self.checking.value or looked_at is None:
            return
        model = looked_at.model
        self.checks.value = ()
        self.checking.value = True

        def work(token: CancelToken) -> Generator[GradientCheck, None, None]:
            from desktop_app.services.models.backward import check_layers

            yield from check_layers(model, token)

        def on_event(check: GradientCheck) -> None:
            self.checks.value = (*self.checks.value, check)

        def end() -> None:
            self.checking.value = False

        def on_error(error: BaseException) -> None:
            end()
            self._context.report("The gradients were not checked", error)

        self._check_job = self._context.runner.start(
            "Checking gradients",
            work,
            on_event=on_event,
            on_result=lambda _: end(),
            on_error=on_error,
            on_cancelled=end,
        )

    def cancel_checks(self) -> None:
        """Stop the checks that are under way; those that are done stay."""
        if self._check_job is not None:
            self._check_job.cancel()

    def _show(self, flow: GradientFlow) -> None:
        self.flow.value = flow
        self.playback.load(len(flow.layers), 0)
        self._rest()

    def show_layer(self, index: int) -> None:
        """Go to the gradient of a layer that was chosen elsewhere."""
        flow = self.flow.value
        if flow is not None and index != self._layer(flow):
            self.playback.go_to(len(flow.layers) - 1 - index)

    def _follow(self) -> None:
        """Choose the layer whose gradient is shown."""
        if self.flow.value is not None:
            self._select(self._layer(self.flow.value))

    def _layer(self, flow: GradientFlow) -> int:
        return max(0, len(flow.layers) - 1 - self.playback.position.value)

    def _on_error(self, error: BaseException) -> None:
        self._context.report("The gradient was not followed", error)
        self._rest()

    def _rest(self) -> None:
        self.flowing.value = False
        if self._wanted is not None:
            self.send_back(*self._wanted)
