"""Writing files so that a reader finds the old content or the new, and never a part of either."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows locks every open file by itself
    fcntl = None  # type: ignore[assignment]

_PRIVATE = 0o600
_TEMPORARY_NAME = re.compile(r"\..*\.[0-9a-f]{12}\.scratch-part")
_LONGEST_NAME = 255
"""In bytes, on all usual file systems."""
_ROOM_FOR_NAME = 80


class _Buffered(io.BufferedRandom):
    """A file that keeps its descriptor to itself.

    Pillow writes past Python where it finds a descriptor, and then does not notice that a full disk
    has taken only a part.
    """

    def fileno(self) -> int:
        raise io.UnsupportedOperation("fileno")


class _Lock(Enum):
    OURS = auto()
    THEIRS = auto()
    UNKNOWN = auto()  # this system or file system has no locks


def write_atomically(
    path: Path, write: Callable[[BinaryIO], object], *, overwrite: bool = True
) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then give it that name in one step.

    Whatever happens on the way, an interruption included, the temporary file goes away and a file
    that was there before is unchanged. A symbolic link is followed, and stays a link. Until it is
    complete, only the user can read the file; then it has the mode, the extended attributes (access
    lists among them) and, where the system allows it, the owner of the file that it replaces. After
    the return, neither content nor name can be lost with the power. What killed writers have left
    in the folder is removed.

    Args:
        path: the file to create or replace; its folder must exist.
        write: called once with the temporary file, open for reading and writing in binary.
        overwrite: whether an existing file may be replaced.

    Raises:
        FileExistsError: ``path`` exists, perhaps only since a moment ago.
        OSError: the operating system refused.
    """
    target = Path(os.path.realpath(path))
    if not overwrite and target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    remove_leftovers(target.parent)
    with _temporary_beside(target) as (temporary, file):
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        _set_permissions(temporary, _PRIVATE)
        stream = _Buffered(file)
        write(stream)
        stream.flush()
        os.fsync(file.fileno())
        if fcntl is None:
            stream.close()
        _take_over(temporary, target, mode)
        # Still locked, so that nobody takes the file for a leftover.
        _rename(temporary, target, overwrite)
    sync_folder(target.parent)


def draft_name(name: str, suffix: str) -> str:
    """Return a hidden name for a draft of the file ``name`` that no file system finds too long.

    Args:
        name: of the file.
        suffix: end of the draft's name.
    """
    draft = f".{name}{suffix}"
    if len(os.fsencode(draft)) <= _LONGEST_NAME:
        return draft
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()
    return f".{digest}{suffix}"


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of writers that were killed; those at work keep theirs."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY_NAME.fullmatch(entry.name):
                _remove_if_abandoned(Path(entry.path))


def _remove_if_abandoned(temporary: Path) -> None:
    with suppress(OSError):
        if fcntl is None:  # removing an open file fails here
            temporary.unlink()
            return
        with temporary.open("rb") as stream:
            # A writer holds its lock as long as it lives.
            if _lock(stream) is _Lock.OURS:
                temporary.unlink()


@contextmanager
def _temporary_beside(target: Path) -> Iterator[tuple[Path, io.FileIO]]:
    temporary, file = _create_beside(target)
    try:
        yield temporary, file
    finally:
        file.close()
        with suppress(OSError):
            temporary.unlink()


def _create_beside(target: Path) -> tuple[Path, io.FileIO]:
    # The same folder means the same file system, without which a rename is not one step.
    while True:
        start = os.fsencode(target.name)[:_ROOM_FOR_NAME].decode(errors="ignore")
        name = f".{start}.{secrets.token_hex(6)}.scratch-part"
        temporary = target.with_name(name)
        file = io.FileIO(temporary, "x+")
        # Another writer may take the file for a leftover in the moment before it is locked.
        if _lock(file) is not _Lock.THEIRS and os.fstat(file.fileno()).st_nlink != 0:
            return temporary, file
        file.close()


def _lock(file: BinaryIO | io.FileIO) -> _Lock:
    """Lock an open file; the lock goes when the stream is closed or its process ends."""
    if fcntl is None:
        return _Lock.UNKNOWN
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _Lock.THEIRS
    except OSError:
        return _Lock.UNKNOWN
    return _Lock.OURS


def _take_over(temporary: Path, target: Path, mode: int) -> None:
    """Give the new file what a file that it replaces has beside its content."""
    try:
        former = target.stat()
    except OSError:
        _set_permissions(temporary, mode)
        return
    own = temporary.stat()
    if hasattr(os, "chown") and (former.st_uid, former.st_gid) != (own.st_uid, own.st_gid):
        with suppress(OSError):
            os.chown(temporary, -1, former.st_gid)
        with suppress(OSError):
            os.chown(temporary, former.st_uid, -1)
    _set_permissions(temporary, stat.S_IMODE(former.st_mode))
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for name in os.listxattr(target):
                with suppress(OSError):
                    os.setxattr(temporary, name, os.getxattr(target, name))


def _set_permissions(temporary: Path, mode: int) -> None:
    with suppress(OSError):
        temporary.chmod(mode)


def _rename(temporary: Path, target: Path, overwrite: bool) -> None:
    if overwrite:
        temporary.replace(target)
        return
    try:
        # A hard link, unlike a rename, fails where another program made the file just now.
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        if target.exists():
            raise FileExistsError(errno.EEXIST, "exists", str(target)) from error
        temporary.replace(target)


def sync_folder(folder: Path) -> None:
    """Let names that were changed in a folder survive a power loss, where the system can do so."""
    with suppress(OSError, AttributeError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
