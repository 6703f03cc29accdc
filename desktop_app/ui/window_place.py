"""Where windows stand, on the screens that there are today, and how large they have to be."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tkinter as tk
from typing import NamedTuple

FRAME = 40
"""What the system's title bar takes above a window, in lengths of the design."""
MENU = 28
"""What the menu bar takes above what Tk counts as the height of a window."""


def prepare_process() -> None:
    """Ask Windows for real pixels, not an enlarged, blurred window; before the first window."""
    if sys.platform == "win32":
        import ctypes

        with contextlib.suppress(AttributeError, OSError):
            ctypes.windll.shcore.SetProcessDpiAwareness(1)


def screen_scale(root: tk.Misc) -> float:
    """Return the screen's scale, 1 being 96 pixels an inch, in steps of a quarter.

    macOS scales by itself. On X11 the variable ``GDK_SCALE`` is heeded, as other programs do.
    """
    if sys.platform == "darwin":
        return 1.0
    try:
        wanted = float(os.environ.get("GDK_SCALE", ""))
    except ValueError:
        wanted = root.winfo_fpixels("1i") / 96
    return min(max(round(wanted * 4) / 4, 1.0), 4.0)


class Screens(NamedTuple):
    """The rectangle that all screens together fill, in pixels; its origin may be negative."""

    left: int
    top: int
    width: int
    height: int


def screens_of(widget: tk.Misc) -> Screens:
    """Return the rectangle of all screens that a window can stand on."""
    return Screens(
        widget.winfo_vrootx(),
        widget.winfo_vrooty(),
        max(widget.winfo_vrootwidth(), widget.winfo_screenwidth()),
        max(widget.winfo_vrootheight(), widget.winfo_screenheight()),
    )


def inside_screen(widget: tk.Misc, x: int, y: int, width: int, height: int) -> tuple[int, int]:
    """Return the place nearest to (x, y) at which a window of this size is seen whole."""
    return _inside(screens_of(widget), x, y, width, height)


def geometry_of(window: tk.Wm) -> str:
    """Return a window's size and place, or its size alone where Tk does not know the place.

    Tk says +0+0 of a window that the window manager has placed and nobody has moved.
    """
    geometry = window.wm_geometry()
    size, x, _ = geometry.split("+", 2)
    assert isinstance(window, tk.Misc)
    is_there = abs(window.winfo_rootx() - int(x)) <= FRAME
    return geometry if is_there else size


def seen(geometry: str, screens: Screens, above: int) -> str | None:
    """Return a window's size and place such that it is seen whole, or ``None`` for no such words.

    Args:
        geometry: as Tk says it, such as ``1200x780+40+20``; without a place there is none, either.
        above: the height that title bar and menu take in addition.
    """
    match = re.fullmatch(r"(\d+)x(\d+)(?:\+(-?\d+)\+(-?\d+))?", geometry)
    if match is None:
        return None
    width, height, x, y = (int(number or 0) for number in match.groups())
    width, height = min(width, screens.width), min(height, screens.height - above)
    if match[3] is None:
        return f"{width}x{height}"
    x, y = _inside(screens, x, y, width, height + above)
    return f"{width}x{height}+{x}+{y}"


def _inside(screens: Screens, x: int, y: int, width: int, height: int) -> tuple[int, int]:
    right, bottom = screens.left + screens.width, screens.top + screens.height
    x, y = min(x, right - width), min(y, bottom - height)
    return max(x, screens.left), max(y, screens.top)
