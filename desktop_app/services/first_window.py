"""One window for each desktop: a second start hands its files to the first and ends.

They meet in a folder. The first window holds its lock; a second start puts a file with paths there,
which the first one looks for now and then and removes once it has read it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_state_path

from desktop_app.services.atomic_files import write_atomically
from desktop_app.services.errors import AppError
from desktop_app.services.folder_lock import FolderLock
from desktop_app.services.settings import APPLICATION_NAME

PATIENCE_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_SUFFIX = ".paths"
_LARGEST = 1 << 22


def meeting_folder() -> Path:
    """Return where windows of this person on this desktop meet."""
    desktop = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or "desktop"
    name = re.sub(r"[^A-Za-z0-9.]+", "-", desktop)
    return user_state_path(APPLICATION_NAME, appauthor=False) / "windows" / name


class Inbox:
    """What other starts hand over, for the window that was first.

    Args:
        folder: see :func:`meeting_folder`.

    Raises:
        AppError: another window is the first, or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise AppError(f"{folder} cannot be made.") from error
        self._lock = FolderLock(folder, "a window")
        self.take()

    def take(self) -> list[list[Path]]:
        """Return what was handed over since the last time: the paths of each start."""
        handed: list[list[Path]] = []
        with contextlib.suppress(OSError):
            for file in sorted(self._folder.glob(f"*{_SUFFIX}")):
                handed.append(_read(file))
                file.unlink(missing_ok=True)
        return handed

    def close(self) -> None:
        """Let another window be the first."""
        self._lock.release()


def hand_over(
    paths: Sequence[Path], folder: Path, patience_seconds: float = PATIENCE_SECONDS
) -> bool:
    """Give paths to the first window; return whether it took them.

    Args:
        paths: may be empty: the window then only comes to the front.
        patience_seconds: how long a busy window may take.
    """
    file = folder / f"{time.time_ns()}-{secrets.token_hex(16)}{_SUFFIX}"
    content = json.dumps([str(path.absolute()) for path in paths]).encode()
    try:
        write_atomically(file, lambda stream: stream.write(content))
    except (OSError, AppError):
        return False
    end = time.monotonic() + patience_seconds
    while time.monotonic() < end:
        if not file.exists():
            return True
        time.sleep(_LOOK_SECONDS)
    try:
        file.unlink()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _read(file: Path) -> list[Path]:
    try:
        if file.stat().st_size > _LARGEST:
            return []
        names = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    if not isinstance(names, list):
        return []
    return [Path(name) for name in names if isinstance(name, str)]
