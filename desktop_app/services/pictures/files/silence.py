"""Keeping warnings of Pillow and of the libraries below it from people, on any number of threads.

Libraries in C write their warnings to the standard error stream themselves. While pictures are
decoded, that stream leads nowhere.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_ERROR_STREAM = 2


def _divert_error_stream() -> int | None:
    """Let the standard error stream lead nowhere; return where it led, or None if it is closed."""
    try:
        with suppress(OSError, ValueError, AttributeError):
            sys.stderr.flush()
        former = os.dup(_ERROR_STREAM)
    except OSError:
        return None
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _ERROR_STREAM)
        os.close(nowhere)
    except OSError:
        os.close(former)
        return None
    return former


def _restore_error_stream(former: int | None) -> None:
    if former is not None:
        os.dup2(former, _ERROR_STREAM)
        os.close(former)


class _Silence:
    """Counts who wants no warnings; only the first and the last one change anything.

    Filters of warnings belong to the whole process, and pictures are opened on several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted_by = 0
        self._former = warnings.catch_warnings()
        self._error_stream: int | None = None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if self._wanted_by == 0:
                self._former = warnings.catch_warnings()
                self._former.__enter__()
                warnings.simplefilter("ignore")
                self._error_stream = _divert_error_stream()
            self._wanted_by += 1
        try:
            yield
        finally:
            with self._lock:
                self._wanted_by -= 1
                if self._wanted_by == 0:
                    self._former.__exit__(None, None, None)
                    _restore_error_stream(self._error_stream)


without_warnings = _Silence()
"""A context in which warnings are not shown: Pillow warns of oddities that are dealt with here."""
