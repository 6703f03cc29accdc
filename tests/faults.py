"""A disk that fails: every operation on files can be made to fail as the system would fail it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OPERATIONS = frozenset({"open", "os.rename", "os.link", "os.mkdir", "os.fsync"})
_CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class FailingDisk:
    """Counts operations on the files below a folder, and lets some of them fail.

    Attributes:
        operations: names of the operations so far.
        failures: how many of them were made to fail.
    """

    def __init__(
        self, folder: Path, error_number: int, fails_at: int | None, lasting: bool, reads: bool
    ) -> None:
        self._folder = str(folder)
        self._error_number = error_number
        self._fails_at = fails_at
        self._lasting = lasting
        self._reads = reads
        self.operations: list[str] = []
        self.failures = 0

    def see(self, operation: str, arguments: tuple[object, ...]) -> None:
        """Take note of an operation, and raise if it is one that fails."""
        path = arguments[0]
        if not isinstance(path, str | os.PathLike) or not os.fspath(path).startswith(self._folder):
            return
        if operation == "open" and not self._reads and not int(str(arguments[2])) & _CHANGES:
            return
        number = len(self.operations)
        self.operations.append(operation)
        if self._fails_at is None or number < self._fails_at:
            return
        if number == self._fails_at or self._lasting:
            self.failures += 1
            raise OSError(self._error_number, os.strerror(self._error_number), os.fspath(path))


_disk: FailingDisk | None = None
_hooked = False


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _disk is not None and event in _OPERATIONS:
        _disk.see(event, arguments)


@contextmanager
def failing_disk(
    folder: Path,
    error_number: int,
    fails_at: int | None = None,
    *,
    lasting: bool = False,
    reads: bool = False,
) -> Iterator[FailingDisk]:
    """Let operations on the files below ``folder`` fail.

    What Python does with files is seen by an audit hook, whoever does it and however.

    Args:
        folder: what lies elsewhere never fails.
        error_number: as in :mod:`errno`.
        fails_at: number of the operation that fails, from 0; None lets none fail.
        lasting: whether all operations after it fail, too, as on a drive that has gone.
        reads: whether opening a file for reading is an operation.
    """
    global _disk, _hooked
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked = True
    _disk = disk = FailingDisk(folder, error_number, fails_at, lasting, reads)
    flush = os.fsync

    def flushed(descriptor: int) -> None:
        disk.see("os.fsync", (_path_of(descriptor),))
        flush(descriptor)

    os.fsync = flushed
    try:
        yield disk
    finally:
        os.fsync = flush
        _disk = None


def _path_of(descriptor: int) -> str:
    """Name an open file where the system can; elsewhere flushing never fails."""
    try:
        return str(Path(f"/proc/self/fd/{descriptor}").readlink())
    except OSError:
        return ""


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let the system itself refuse to write files beyond ``size`` bytes, with EFBIG."""
    import resource

    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
