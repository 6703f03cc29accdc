"""Writing files so that a reader finds the old content or the new, and never a part of either."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from desktop_app.services.errors import TargetExistsError, WriteError


def write_atomically(
    path: Path, write: Callable[[BinaryIO], object], *, overwrite: bool = True
) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then give it that name in one step.

    Whatever happens on the way, an interruption included, the temporary file goes away and a file
    that was there before is unchanged. A symbolic link is followed, and stays a link.

    Args:
        path: the file to create or replace; its folder must exist.
        write: called once with the temporary file, open for reading and writing in binary.
        overwrite: whether an existing file may be replaced.

    Raises:
        TargetExistsError: ``path`` exists, perhaps only since a moment ago.
        WriteError: the operating system refused.
    """
    target = Path(os.path.realpath(path))
    if not overwrite and target.exists():
        raise TargetExistsError(path)
    try:
        with _temporary_beside(target) as temporary:
            with _create(temporary) as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            _keep_permissions(target, temporary)
            _rename(temporary, target, overwrite)
        _flush_folder(target.parent)
    except FileExistsError:
        raise TargetExistsError(path) from None
    except OSError as error:
        raise WriteError(path, error) from error


@contextmanager
def _temporary_beside(target: Path) -> Iterator[Path]:
    # The same folder means the same file system, without which a rename is not one step.
    temporary = target.with_name(f".{target.name[:80]}.{secrets.token_hex(6)}.part")
    try:
        yield temporary
    finally:
        with suppress(OSError):
            temporary.unlink()


def _create(temporary: Path) -> BinaryIO:
    return temporary.open("x+b")


def _keep_permissions(target: Path, temporary: Path) -> None:
    with suppress(OSError):
        temporary.chmod(target.stat().st_mode & 0o7777)


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


def _flush_folder(folder: Path) -> None:
    # Makes the new name itself survive a power loss; Windows offers no such call.
    with suppress(OSError, AttributeError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
