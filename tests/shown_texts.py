"""Everything that a window shows, as text."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator
from tkinter import ttk


def shown_by(widget: tk.Misc) -> Iterator[str]:
    """All texts of a widget and of those inside it."""
    for option in ("text", "label", "values", "title"):
        if option in widget.keys():  # noqa: SIM118 - a widget's options, not its children
            value = widget.cget(option)
            yield from map(str, value if isinstance(value, tuple) else (value,))
    if isinstance(widget, ttk.Treeview):
        for item in widget.get_children():
            yield from map(str, widget.item(item, "values"))
    if isinstance(widget, tk.Text):
        yield widget.get("1.0", "end-1c")
    if isinstance(widget, tk.Wm):
        yield widget.wm_title()
    if isinstance(widget, tk.Menu) and widget.index("end") is not None:
        for place in range(int(widget.index("end") or 0) + 1):
            if widget.type(place) not in ("separator", "tearoff"):
                yield str(widget.entrycget(place, "label"))
    if isinstance(widget, tk.Canvas):
        for item in widget.find_all():
            if widget.type(item) == "text":
                yield str(widget.itemcget(item, "text"))
    for child in widget.winfo_children():
        yield from shown_by(child)
