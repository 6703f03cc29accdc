"""Stopping a network in the middle of a forward pass, between two of its layers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scratch_layers.errors import CancelledError

_here = threading.local()


@contextmanager
def interruptible(asked: Callable[[], bool] | None) -> Iterator[None]:
    """Let forward passes on this thread end with :class:`CancelledError` once ``asked`` says so.

    Args:
        asked: called between layers; must be quick. ``None`` lets every pass run to its end.
    """
    before = getattr(_here, "asked", None)
    _here.asked = asked
    try:
        yield
    finally:
        _here.asked = before


def stop_if_asked() -> None:
    """Raise :class:`CancelledError` if the work on this thread was asked to stop."""
    asked: Callable[[], bool] | None = getattr(_here, "asked", None)
    if asked is not None and asked():
        raise CancelledError("The work was cancelled.")
