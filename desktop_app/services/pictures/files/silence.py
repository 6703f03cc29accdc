"""Keeping Pillow's warnings from people, on any number of threads."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


class _Silence:
    """Counts who wants no warnings; only the first and the last one change anything.

    Filters of warnings belong to the whole process, and pictures are opened on several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted_by = 0
        self._former = warnings.catch_warnings()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if self._wanted_by == 0:
                self._former = warnings.catch_warnings()
                self._former.__enter__()
                warnings.simplefilter("ignore")
            self._wanted_by += 1
        try:
            yield
        finally:
            with self._lock:
                self._wanted_by -= 1
                if self._wanted_by == 0:
                    self._former.__exit__(None, None, None)


without_warnings = _Silence()
"""A context in which warnings are not shown: Pillow warns of oddities that are dealt with here."""
