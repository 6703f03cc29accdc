"""Making batches in a background thread, so that the optimizer never waits for them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from scratch_layers.threads import start_undivided

T = TypeVar("T")

_POLL_SECONDS = 0.1


class Prefetcher(Generic[T]):
    """Calls ``make(number)`` for consecutive numbers in one background thread.

    Results come out in order and depend on ``make`` alone, never on timing. An exception in
    ``make`` is raised by the :meth:`get` that would have returned its result.

    Args:
        make: computes item ``number``; runs in the background thread.
        first: the first number.
        depth: how many finished items may wait.
    """

    def __init__(self, make: Callable[[int], T], first: int = 0, depth: int = 4) -> None:
        self._make = make
        self._ready: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(depth)
        self._closed = threading.Event()
        self._thread = start_undivided(lambda: self._work(first), "prefetch")

    def get(self) -> T:
        """Return the next item, waiting for it where needed."""
        item, error = self._ready.get()
        if error is not None:
            self.close()
            raise error
        return item  # type: ignore[return-value]

    def close(self) -> None:
        """Stop the thread and wait for it; may be called more than once."""
        self._closed.set()
        self._thread.join()

    def _work(self, number: int) -> None:
        while not self._closed.is_set():
            try:
                item: T | None = self._make(number)
                error: BaseException | None = None
            except BaseException as problem:  # noqa: BLE001 - raised again by get()
                item, error = None, problem
            self._put((item, error))
            if error is not None:
                return
            number += 1

    def _put(self, entry: tuple[T | None, BaseException | None]) -> None:
        while not self._closed.is_set():
            try:
                self._ready.put(entry, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return
