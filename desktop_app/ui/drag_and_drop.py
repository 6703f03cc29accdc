"""Files dropped on the window; where tkinterdnd2 is missing or fails, they are not accepted."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from typing import Any


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
