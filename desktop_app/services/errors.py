"""The application's errors: each text is one sentence that says what is wrong and what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Literal, TypeAlias


class AppError(Exception):
    """Base of every error the application raises itself; its text is shown to people as it is."""


Remedy: TypeAlias = Literal["first_frame", "allow_damaged"]
"""The option of ``open_picture`` with which a file that was refused can be opened all the same."""


class PictureError(AppError):
    """A picture file cannot be used: missing, damaged, of an unknown kind, or too large.

    Args:
        sentence: what is wrong.
        remedy: what may help, for those who want to offer it; None where nothing does.
    """

    def __init__(self, sentence: str, remedy: Remedy | None = None) -> None:
        super().__init__(sentence)
        self.remedy = remedy


class TargetExistsError(AppError):
    """A result would replace an existing file and nobody has agreed to that."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} exists already; choose another name, or allow overwriting "
            "(--overwrite on the command line)."
        )
        self.path = path


class WriteError(AppError):
    """A file could not be written; whatever was there before is unchanged.

    Args:
        path: the file.
        cause: what the system said, which is told in words.
    """

    def __init__(self, path: Path, cause: OSError) -> None:
        super().__init__(f"{path} cannot be written: {system_reason(cause)}.")
        self.path = path


_REASONS = {
    errno.ENOENT: "the folder does not exist",
    errno.EACCES: "permission was denied",
    errno.EPERM: "permission was denied",
    errno.EROFS: "the disk is read-only",
    errno.ENOSPC: "the disk is full",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOTDIR: "a part of its path is a file, not a folder",
    errno.EISDIR: "it is a folder",
    errno.EIO: "the disk or drive failed",
    errno.ENXIO: "the drive is gone",
    errno.ENODEV: "the drive is gone",
    errno.EFBIG: "the file is too large for this disk",
    errno.ETIMEDOUT: "the network drive does not answer",
    errno.EHOSTUNREACH: "the network drive does not answer",
    errno.ENETUNREACH: "the network drive does not answer",
    errno.ENOTCONN: "the network drive is gone",
}
for _name, _reason in (
    ("EDQUOT", "the disk quota is used up"),
    ("EHOSTDOWN", "the network drive does not answer"),
    ("ESTALE", "the network drive is gone"),
):
    if hasattr(errno, _name):  # Windows lacks some of them
        _REASONS[getattr(errno, _name)] = _reason


def system_reason(error: OSError) -> str:
    """Say in a few words, without a final point, why the operating system refused."""
    if error.errno in _REASONS:
        return _REASONS[error.errno]
    if error.errno is not None:
        return os.strerror(error.errno).lower()
    return str(error).rstrip(".") or type(error).__name__
