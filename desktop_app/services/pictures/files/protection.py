"""Files not to be replaced without a word: write-protected ones, and those with more names.

A file is replaced by a new one that takes over its name. The system allows that wherever the folder
can be written, even where the file cannot; and further names of the file keep its old content.
"""

from __future__ import annotations

import os
from pathlib import Path

from desktop_app.services.errors import AppError

_ANYBODY_MAY_WRITE = 0o222


class ProtectedTargetError(AppError):
    """A file is protected, or has further names, and nobody has agreed to its being replaced."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}; choose another name for the result.")


def why_protected(path: Path) -> str | None:
    """Return what speaks against replacing a file, as the beginning of a sentence, or None."""
    try:
        state = path.stat()
    except OSError:
        return None
    if not state.st_mode & _ANYBODY_MAY_WRITE or not os.access(path, os.W_OK):
        return f"{path} is write-protected"
    if state.st_nlink > 1:
        more = state.st_nlink - 1
        names = "one more name" if more == 1 else f"{more} more names"
        return f"{path} has {names} on this disk (hard links), which would keep the old picture"
    return None


def refuse_protected(path: Path) -> None:
    """Refuse to replace a file that is protected.

    Raises:
        ProtectedTargetError: the file exists and should not be replaced without a word.
    """
    reason = why_protected(path)
    if reason is not None:
        raise ProtectedTargetError(reason)
