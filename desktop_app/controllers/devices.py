"""Which devices networks can run on here, in words for people."""

from __future__ import annotations

from desktop_app.controllers.context import Context
from desktop_app.controllers.observable import Observable
from desktop_app.services.jobs import CancelToken

KINDS = {"cuda": "NVIDIA GPU", "mps": "Apple GPU", "cpu": "Processor"}


class DevicesController:
    """Asks torch, on a worker thread, once somebody wants to know.

    Attributes:
        names: what torch sees, the fastest kind first; the processor alone until it was asked.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._asked = False
        self.names: Observable[tuple[str, ...]] = Observable(("cpu",))

    def watch(self) -> None:
        """Find out, if nobody has yet."""
        if self._asked:
            return
        self._asked = True

        def work(token: CancelToken) -> tuple[str, ...]:
            from scratch_layers.devices import available_devices

            return tuple(available_devices())

        def on_result(names: tuple[str, ...]) -> None:
            self.names.value = names

        self._context.runner.start_call(
            "Looking for devices",
            work,
            on_result=on_result,
            on_error=lambda error: self._context.report("The devices were not found", error),
        )


def device_title(name: str) -> str:
    """Return a device as people read it, such as ``NVIDIA GPU (cuda:0)``."""
    kind = KINDS.get(name.partition(":")[0])
    return name if kind is None else f"{kind} ({name})"
