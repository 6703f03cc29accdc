"""Where the application starts: a command goes to the command line, all else to the window."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from desktop_app.services.console import complain
from desktop_app.services.memory import shortage_at_start, shortage_sentence

PROGRAM = "scratch-denoiser"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the application.

    Args:
        argv: arguments without the program's name, those of the process by default. Nothing, or
            names of files only, opens the window.

    Returns:
        The exit code.
    """
    shortage = shortage_at_start()
    if shortage is not None:
        return _complain(shortage)
    try:
        return _start(list(sys.argv[1:] if argv is None else argv))
    except (ImportError, OSError, MemoryError) as error:
        shortage = shortage_sentence(error)
        if shortage is None:
            raise
        return _complain(shortage)


def _start(arguments: list[str]) -> int:
    if not arguments:
        return _open_window([])

    from desktop_app import cli
    from desktop_app.services.pictures import is_picture_path

    paths = [Path(argument) for argument in arguments]
    if arguments[0] not in cli.command_names() and all(path.exists() for path in paths):
        return _open_window(paths)
    if is_picture_path(paths[0]):
        missing = next(path for path in paths if not path.exists())
        return _complain(f"{missing} does not exist; check the spelling of the path.")
    return cli.main(arguments)


def _open_window(paths: list[Path]) -> int:
    if _has_no_display():
        return _complain(
            "There is no display to open a window on; denoise on the command line instead, "
            f"such as {PROGRAM} denoise photo.jpg -o clean.jpg ({PROGRAM} --help tells more)."
        )
    from desktop_app.services.errors import AppError
    from desktop_app.services.first_window import Inbox, hand_over, meeting_folder

    try:
        inbox = Inbox(meeting_folder())
    except AppError:
        if hand_over(paths, meeting_folder()):
            return 0
        inbox = None
    try:
        from desktop_app.ui import app
    except ModuleNotFoundError as error:
        if error.name not in ("tkinter", "_tkinter"):
            raise
        return _complain(
            "This Python has no tkinter, which the window needs; install it (on Debian and Ubuntu: "
            f"apt install python3-tk) or use the command line ({PROGRAM} --help)."
        )
    try:
        return app.run(paths, inbox)
    except Exception as error:
        # Named rather than imported: only the window knows tkinter.
        if type(error).__name__ != "TclError" or "display" not in str(error):
            raise
        return _complain(f"The window cannot be opened: {error}.")


def _has_no_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return False
    return not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _complain(sentence: str) -> int:
    complain(sentence)
    return 1


if __name__ == "__main__":
    sys.exit(main())
