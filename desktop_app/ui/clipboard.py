"""Pictures and files on the clipboard."""

from __future__ import annotations

import atexit
import tempfile
import time
import tkinter as tk
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from PIL import Image, ImageGrab

from desktop_app.services.errors import AppError

FILE_LIST = "text/uri-list"


def pasted_files(widget: tk.Misc) -> list[Path]:
    """Return the files on the clipboard; a copied picture is put into a temporary file first.

    Raises:
        AppError: there is neither a file nor a picture.
    """
    paths = _copied_paths(widget)
    if paths:
        return paths
    picture = _copied_picture()
    if isinstance(picture, list):
        return [Path(name) for name in picture]
    if picture is None:
        raise AppError("There is no picture on the clipboard; copy one, or a picture file, first.")
    return [_put_into_file(picture)]


def _put_into_file(picture: Image.Image) -> Path:
    """Save a picture where only the user can read it, until the application ends."""
    folder = Path(tempfile.mkdtemp(prefix="scratch-denoiser-"))
    path = folder / time.strftime("Pasted %Y-%m-%d %H.%M.%S.png")
    atexit.register(_remove, path)
    picture.save(path)
    return path


def _remove(pasted: Path) -> None:
    with suppress(OSError):
        pasted.unlink()
        # What the person has saved beside it stays.
        pasted.parent.rmdir()


def _copied_paths(widget: tk.Misc) -> list[Path]:
    """Return what file managers put there, or names of existing files as plain text."""
    for kind in (FILE_LIST, "UTF8_STRING", "STRING"):
        try:
            text = str(widget.selection_get(selection="CLIPBOARD", type=kind))
        except tk.TclError:
            continue
        paths = [_as_path(line.strip()) for line in text.splitlines() if line.strip()]
        if paths and all(path is not None and path.exists() for path in paths):
            return [path for path in paths if path is not None]
    return []


def _as_path(line: str) -> Path | None:
    if line.startswith("file:"):
        # Imported here: the start of the program is not to wait for it.
        from urllib.request import url2pathname

        return Path(url2pathname(unquote(urlsplit(line).path)))
    try:
        path = Path(line)
        return path if path.is_absolute() else None
    except ValueError:
        return None


def _copied_picture() -> Image.Image | list[str] | None:
    try:
        return ImageGrab.grabclipboard()
    except (NotImplementedError, OSError, ChildProcessError):
        # Without xclip or wl-paste, Linux gives no access to pictures.
        return None
