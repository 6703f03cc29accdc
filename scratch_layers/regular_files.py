"""Opening files from anywhere for reading: pipes and devices never keep the reader waiting."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

# Opening a pipe that nobody writes to would wait for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file, or a link to one, for reading.

    Raises:
        OSError: it is missing, may not be read, or is a folder, pipe or device.
    """
    _require_regular(path, path.stat().st_mode)
    file = os.fdopen(os.open(path, _FLAGS), "rb")
    try:
        # Another may lie there since a moment ago.
        _require_regular(path, os.fstat(file.fileno()).st_mode)
    except OSError:
        file.close()
        raise
    return file


def read_regular(path: Path, most_bytes: int) -> bytes:
    """Return the content of a regular file; what is longer than ``most_bytes`` is cut there.

    Raises:
        OSError: as for :func:`open_regular`, or the medium failed.
    """
    with open_regular(path) as file:
        return file.read(most_bytes)


def _require_regular(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError("it is a pipe or device, not a file")
