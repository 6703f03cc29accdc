"""Pictures and files from other programs and for them: drag and drop, copy and paste."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tkinter as tk
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from PIL import Image

from desktop_app.services.errors import AppError

FILE_LIST = "text/uri-list"
COPYING_SECONDS = 20


def accept_files(
    target: tk.Misc,
    on_drop: Callable[[list[Path]], object],
    on_hover: Callable[[bool], object],
) -> bool:
    """Let files and folders be dropped anywhere on a widget and on what is inside it.

    Args:
        target: the widget; not the root window itself, which the package leaves out.
        on_drop: called with what was dropped.
        on_hover: called with whether something is being held over the window.

    Returns:
        Whether dropping works here.
    """
    try:
        from tkinterdnd2 import COPY, DND_FILES, TkinterDnD
    except ImportError:
        return False
    try:
        TkinterDnD._require(target.nametowidget("."))
    except (RuntimeError, tk.TclError):
        return False

    def dropped(event: Any) -> str:
        on_hover(False)
        # Names may hold spaces and braces: Tk's own list rules apply.
        on_drop([Path(name) for name in target.tk.splitlist(event.data)])
        return str(COPY)

    def entered(_: Any) -> str:
        on_hover(True)
        return str(COPY)

    # The package adds these methods to every widget.
    widget: Any = target
    widget.drop_target_register(DND_FILES)
    widget.dnd_bind("<<DropEnter>>", entered)
    widget.dnd_bind("<<DropLeave>>", lambda _: on_hover(False))
    widget.dnd_bind("<<Drop>>", dropped)
    return True


def pasted_files(widget: tk.Misc) -> tuple[list[Path], bool]:
    """Return the files on the clipboard; a copied picture is put into a temporary file first.

    Returns:
        The files, and whether they were made here for a copied picture.

    Raises:
        AppError: there is neither a file nor a picture.
    """
    paths = _copied_paths(widget)
    if paths:
        return paths, False
    picture = _copied_picture(widget)
    if isinstance(picture, list):
        return [Path(name) for name in picture], False
    if picture is None:
        raise AppError("There is no picture on the clipboard; copy one, or a picture file, first.")
    return [_put_into_file(picture, "Pasted")], True


def _put_into_file(picture: Image.Image, what: str) -> Path:
    """Save a picture where only the user can read it, until the application ends."""
    folder = Path(tempfile.mkdtemp(prefix="scratch-denoiser-"))
    path = folder / time.strftime(f"{what} %Y-%m-%d %H.%M.%S.png")
    atexit.register(_remove, path)
    picture.save(path)
    return path


def _remove(file: Path) -> None:
    with suppress(OSError):
        file.unlink()
        # What the person has saved beside it stays.
        file.parent.rmdir()


def copy_picture(widget: tk.Misc, picture: Image.Image) -> str:
    """Put a picture on the clipboard, as a picture where the system lets us, else as a file.

    Returns:
        A sentence about what was copied.

    Raises:
        AppError: the system's own program for it failed.
    """
    path = _put_into_file(picture, "Copied")
    command = _copying_command(path)
    if command is None:
        # Tk hands out texts only. File managers, mail and chat programs take a copied file.
        widget.clipboard_clear()
        widget.clipboard_append(path.as_uri() + "\r\n", type=FILE_LIST, format="STRING")
        widget.clipboard_append(str(path))
        return "Copied the result as a PNG file; with xclip or wl-copy it is copied as a picture."
    try:
        with path.open("rb") as stream:
            subprocess.run(
                command,
                stdin=stream,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=True,
                timeout=COPYING_SECONDS,
            )
    except (OSError, subprocess.SubprocessError) as error:
        raise AppError(f"The picture was not copied: {command[0]} failed ({error}).") from error
    return "Copied the result."


def _copying_command(path: Path) -> list[str] | None:
    """Return the program that puts a PNG file on this system's clipboard, or ``None``."""
    if sys.platform == "darwin":
        script = f'set the clipboard to (read (POSIX file "{path}") as «class PNGf»)'
        return ["osascript", "-e", script]
    if sys.platform == "win32":
        script = (
            "Add-Type -AssemblyName System.Windows.Forms, System.Drawing; "
            f"$picture = [System.Drawing.Image]::FromFile('{path}'); "
            "[System.Windows.Forms.Clipboard]::SetImage($picture)"
        )
        return ["powershell", "-NoProfile", "-STA", "-Command", script]
    if os.environ.get("WAYLAND_DISPLAY") and shutil.which("wl-copy"):
        return ["wl-copy", "--type", "image/png"]
    if shutil.which("xclip"):
        return ["xclip", "-selection", "clipboard", "-t", "image/png"]
    return None


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


def _may_hold_picture(widget: tk.Misc) -> bool:
    """Whether the clipboard's owner offers a picture, where one has to be asked for it.

    On X11 another program fetches the picture and waits for the owner as long as that takes: for
    ever if the owner is this window, which waits for the program. Tk asks with a time limit.
    """
    if str(widget.tk.call("tk", "windowingsystem")) != "x11" or os.environ.get("WAYLAND_DISPLAY"):
        return True
    try:
        return "image/" in str(widget.selection_get(selection="CLIPBOARD", type="TARGETS"))
    except tk.TclError:
        return False


def _copied_picture(widget: tk.Misc) -> Image.Image | list[str] | None:
    from PIL import ImageGrab

    if not _may_hold_picture(widget):
        return None
    try:
        return ImageGrab.grabclipboard()
    except (NotImplementedError, OSError, ChildProcessError):
        # Without xclip or wl-paste, Linux gives no access to pictures.
        return None
