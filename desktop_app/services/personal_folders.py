"""Where a person keeps things: the folder of pictures, as the system names it."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_pictures_path


def pictures_folder() -> Path:
    """Return the person's folder of pictures, or the home folder where there is none."""
    try:
        folder = user_pictures_path()
    except (OSError, RuntimeError):  # there is no home folder to begin with
        return Path.cwd()
    return folder if folder.is_dir() else Path.home()
