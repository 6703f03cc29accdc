"""How large the interface has to be on this screen."""

from __future__ import annotations

import contextlib
import os
import sys
import tkinter as tk


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
