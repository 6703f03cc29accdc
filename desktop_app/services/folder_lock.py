"""A folder that one program at a time may fill: a second one is refused, not mixed in."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from desktop_app.services.errors import AppError, WriteError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
    import msvcrt

LOCK_FILE = ".scratch-lock"


class FolderInUseError(AppError):
    """Another program, or another job of this one, is at work in the folder."""


class FolderLock:
    """Holds a folder from its creation until it is released, or its process ends in any way.

    The lock is the operating system's, on a small file in the folder: a crash may leave the file
    behind, but never the lock. Where a file system knows no locks, everybody is let in.

    Args:
        folder: an existing folder.
        work: what is done there, such as "a training", for the sentence of those refused.

    Raises:
        FolderInUseError: somebody else holds the folder.
        WriteError: the folder cannot be written.
    """

    def __init__(self, folder: Path, work: str) -> None:
        self._path = folder / LOCK_FILE
        self._work = work
        self._descriptor: int | None = None
        self.renew()

    def renew(self) -> None:
        """Take the lock anew, in a folder that has vanished and was made again."""
        self.release()
        while self._descriptor is None:
            try:
                descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as error:
                raise WriteError(self._path, error) from error
            if not _is_free(descriptor):
                os.close(descriptor)
                raise FolderInUseError(
                    f"{self._path.parent} is in use: {self._work} is under way in it already; "
                    "wait until it is done, or choose another folder."
                )
            if _is_still_there(descriptor, self._path):
                self._descriptor = descriptor
            else:  # its holder was done and removed it a moment ago
                os.close(descriptor)

    def release(self) -> None:
        """Let others in; does nothing where the lock is not held."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        with suppress(OSError):
            if _is_still_there(descriptor, self._path):
                self._path.unlink()
        os.close(descriptor)
        with suppress(OSError):
            if fcntl is None:  # where open files cannot be removed
                self._path.unlink()

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def __del__(self) -> None:
        if self._descriptor is not None:
            self.release()


class FolderLocks:
    """The locks of all folders that one piece of work fills, taken one after the other.

    Args:
        work: as for :class:`FolderLock`.
    """

    def __init__(self, work: str) -> None:
        self._work = work
        self._held: dict[Path, FolderLock] = {}

    def take(self, folder: Path) -> None:
        """Hold ``folder``, unless it is held already; raises what :class:`FolderLock` raises."""
        place = folder.resolve()
        if place not in self._held:
            self._held[place] = FolderLock(folder, self._work)

    def __enter__(self) -> FolderLocks:
        return self

    def __exit__(self, *_: object) -> None:
        while self._held:
            self._held.popitem()[1].release()


def _is_free(descriptor: int) -> bool:
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True


def _is_still_there(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False
