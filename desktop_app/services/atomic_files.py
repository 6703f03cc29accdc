"""Writing files in one step, with sentences where the system refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from desktop_app.services.errors import TargetExistsError, WriteError
from scratch_layers import atomic_files
from scratch_layers.atomic_files import remove_leftovers

__all__ = ["remove_leftovers", "write_atomically"]


def write_atomically(
    path: Path, write: Callable[[BinaryIO], object], *, overwrite: bool = True
) -> None:
    """Write a file as :func:`scratch_layers.atomic_files.write_atomically` does.

    Raises:
        TargetExistsError: ``path`` exists, perhaps only since a moment ago.
        WriteError: the operating system refused.
    """
    try:
        atomic_files.write_atomically(path, write, overwrite=overwrite)
    except FileExistsError:
        raise TargetExistsError(path) from None
    except OSError as error:
        raise WriteError(path, error) from error
