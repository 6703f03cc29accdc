"""Guards around libraries that decode pictures: no warnings, a time limit, no endless JPEG scans.

Libraries in C write their warnings to the standard error stream themselves. While pictures are
decoded, that stream leads nowhere.

Source: ITU-T T.81, annex B (markers); "Two Issues with the JPEG Standard", libjpeg-turbo project.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Generic, TypeVar

_ERROR_STREAM = 2
_START_OF_SCAN = b"\xff\xda"
_BLOCK_BYTES = 1 << 20
_MOST_PASSES = 64  # programs write about ten
_MOST_PIXEL_VISITS = 8_000_000_000  # about five seconds


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


def goes_over_its_picture_too_often(stream: BinaryIO, width: int, height: int) -> bool:
    """Tell whether decoding would take far longer than any honest file of this size.

    In the compressed data of a JPEG file the marker of a scan cannot occur by chance; the few that
    metadata may hold make no difference.

    Args:
        stream: the file.
        width, height: the size that it claims.
    """
    count = _occurrences(stream, _START_OF_SCAN)
    return count > _MOST_PASSES and count * width * height > _MOST_PIXEL_VISITS


def _occurrences(stream: BinaryIO, marker: bytes) -> int:
    stream.seek(0)
    count, end = 0, b""
    while block := stream.read(_BLOCK_BYTES):
        count += (end + block).count(marker)
        end = block[-1:]
    return count
