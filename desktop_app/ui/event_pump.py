"""The one place where work on other threads reaches the window, and where garbage is collected."""

from __future__ import annotations

import gc
import time
import tkinter as tk
from collections.abc import Callable

INTERVAL_MS = 15
YOUNG_LIMIT, MIDDLE_EVERY, OLD_SECONDS = 2000, 10, 30.0


class EventPump:
    """Calls ``deliver`` on the Tk thread, again and again, until stopped.

    While it runs, Python's automatic collection of cyclic garbage is off: it would run on whatever
    thread happens to allocate, and a Tk object collected on a worker thread enters Tk from there.
    The pump collects instead, on the Tk thread: often and little, rarely and much.
    """

    def __init__(self, root: tk.Misc, deliver: Callable[[], None]) -> None:
        self._root = root
        self._deliver = deliver
        self._timer: str | None = None
        self._collections = 0
        self._collected_all = time.monotonic()
        self._was_enabled = gc.isenabled()

    def start(self) -> None:
        """Begin; automatic collection is off from here on."""
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._tick()

    def spare_what_exists(self) -> None:
        """Leave everything that exists now out of the collections to come.

        Going through the modules that were imported takes a tenth of a second, for which the
        window would stand still, and they stay until the end anyway.
        """
        gc.freeze()

    def stop(self) -> None:
        """End, collect everything, and give automatic collection back."""
        if self._timer is not None:
            self._root.after_cancel(self._timer)
            self._timer = None
        gc.unfreeze()
        gc.collect()
        if self._was_enabled:
            gc.enable()

    def _tick(self) -> None:
        self._timer = self._root.after(INTERVAL_MS, self._tick)
        self._deliver()
        self._collect()

    def _collect(self) -> None:
        if gc.get_count()[0] < YOUNG_LIMIT:
            return
        self._collections += 1
        if time.monotonic() - self._collected_all > OLD_SECONDS:
            gc.collect()
            self._collected_all = time.monotonic()
        else:
            gc.collect(1 if self._collections % MIDDLE_EVERY == 0 else 0)
