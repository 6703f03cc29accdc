"""A time limit for work inside libraries, which nothing can interrupt."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class TimeLimitError(Exception):
    """The work took longer than it may."""


class _Work(threading.Thread, Generic[Result]):
    def __init__(self, work: Callable[[], Result]) -> None:
        # A thread that never ends must not keep the program from ending.
        super().__init__(name="work with a time limit", daemon=True)
        self._work = work
        self.result: list[Result] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result.append(self._work())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self.error = error


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """Return what ``work`` returns, or raise what it raises, if that comes in time.

    Work that takes too long goes on in the background, and what comes of it is dropped.

    Raises:
        TimeLimitError: it did not come in time.
    """
    thread = _Work(work)
    try:
        thread.start()
    except RuntimeError:  # there is no room for a thread
        return work()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeLimitError
    error, thread.error = thread.error, None
    if error is not None:
        try:
            raise error
        finally:
            del error  # or it would refer to itself by way of this frame
    return thread.result.pop()
