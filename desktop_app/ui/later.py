"""Doing something once when Tk is idle, however often it is asked for."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable


class Later:
    """Calls ``action`` once after any number of requests; never after ``widget`` is destroyed.

    Args:
        delay_ms: how long to wait after the first request; 0 waits until Tk is idle.
        postpone: whether every further request starts the waiting anew.
    """

    def __init__(
        self,
        widget: tk.Misc,
        action: Callable[[], object],
        delay_ms: int = 0,
        postpone: bool = False,
    ) -> None:
        self._widget = widget
        self._action = action
        self._delay_ms = delay_ms
        self._postpone = postpone
        self._timer: str | None = None
        widget.bind("<Destroy>", self._on_destroy, add="+")

    def request(self) -> None:
        """Have the action called soon."""
        if self._timer is not None and self._postpone:
            self.cancel()
        if self._timer is None:
            if self._delay_ms:
                self._timer = self._widget.after(self._delay_ms, self._run)
            else:
                self._timer = self._widget.after_idle(self._run)

    def cancel(self) -> None:
        """Forget the requests made so far."""
        if self._timer is not None:
            self._widget.after_cancel(self._timer)
            self._timer = None

    def _run(self) -> None:
        self._timer = None
        self._action()

    def _on_destroy(self, event: tk.Event) -> None:
        if event.widget is self._widget:
            self.cancel()
