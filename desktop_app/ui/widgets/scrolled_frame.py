"""A column of widgets that scrolls when the window is too low for it."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette


class HidingScrollbar(ttk.Scrollbar):
    """A vertical scroll bar in column 1 of a grid, there only while something is out of view."""

    def set(self, first: float | str, last: float | str) -> None:
        """Show which part of all is seen, as shares of the whole."""
        super().set(first, last)
        if float(last) - float(first) < 1:
            self.grid(row=0, column=1, sticky="ns")
        else:
            self.grid_remove()


class ScrolledFrame(ttk.Frame):
    """Put widgets into :attr:`inside`; the scroll bar appears only when it is needed.

    Args:
        width: in lengths of the design; ``None`` is as wide and as high as what is inside.
        margin: the length that stays free at the right of the scroll bar.
        fills: whether the one widget inside, put there with ``grid``, is at least as high as this;
            the scroll bar then has a place of its own, lest texts change their lines with it.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        width: int | None,
        *,
        fills: bool = False,
        margin: int = 0,
    ) -> None:
        # The binding below would otherwise make Tk take it for something to be typed at.
        super().__init__(parent, takefocus=False)
        self._follows = width is None
        self._fills = fills
        self._highest: int | None = None
        self._gap = appearance.px(8) if self._follows else appearance.px(4) if fills else 0
        self._margin = appearance.px(margin)
        self._canvas = tk.Canvas(
            self,
            width=appearance.column(width or 1),
            highlightthickness=0,
            borderwidth=0,
            takefocus=False,
        )
        self._bar = ttk.Scrollbar(self, orient="vertical", command=self._canvas.yview)
        self._canvas.configure(yscrollcommand=self._bar.set)
        self._canvas.grid(row=0, column=0, sticky="nsew")
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self.inside = ttk.Frame(self._canvas)
        self._item = self._canvas.create_window(0, 0, anchor="nw", window=self.inside)
        self.inside.bind("<Configure>", self._on_resize)
        self._canvas.bind("<Configure>", self._on_resize)
        for event in ("<MouseWheel>", "<Button-4>", "<Button-5>"):
            self.winfo_toplevel().bind(event, self._on_wheel, add="+")
        self.inside.bind_class(str(self), "<FocusIn>", self._show_focus)
        appearance.follow(self, self._paint)

    def _paint(self, palette: Palette) -> None:
        self._canvas.configure(bg=palette.background)
        if self._fills:
            self.columnconfigure(1, minsize=self._gap + self._bar.winfo_reqwidth())

    def limit_height(self, pixels: int) -> None:
        """Be no higher than this; what does not fit is scrolled."""
        self._highest = pixels
        self._follow()

    def _follow(self) -> None:
        """Take the size of what is inside, as far as that is allowed."""
        height = self.inside.winfo_reqheight()
        height = height if self._highest is None else min(height, self._highest)
        self._canvas.configure(width=self.inside.winfo_reqwidth(), height=height)

    def watch_focus(self) -> None:
        """Scroll a widget into view when the keyboard reaches it; call when all are inside."""
        pending: list[tk.Misc] = [self.inside]
        while pending:
            widget = pending.pop()
            widget.bindtags((*widget.bindtags(), str(self)))
            pending.extend(widget.winfo_children())

    def _on_resize(self, _: tk.Event) -> None:
        if self._follows:
            self._follow()
        needed, there = self.inside.winfo_reqheight(), self._canvas.winfo_height()
        if self._fills:
            self.inside.rowconfigure(0, weight=1, minsize=there)
        width = self._canvas.winfo_width()
        self._canvas.itemconfigure(self._item, width=width)
        self._canvas.configure(scrollregion=(0, 0, width, max(needed, there)))
        if needed > there > 1:
            self._bar.grid(row=0, column=1, sticky="ns", padx=(self._gap, self._margin))
        else:
            self._bar.grid_remove()
            self._canvas.yview_moveto(0)

    def _on_wheel(self, event: tk.Event) -> None:
        if not self._bar.winfo_ismapped() or not str(event.widget).startswith(str(self)):
            return
        up = event.num == 4 or getattr(event, "delta", 0) > 0
        self._canvas.yview_scroll(-1 if up else 1, "units")

    def _show_focus(self, event: tk.Event) -> None:
        top = event.widget.winfo_rooty() - self.inside.winfo_rooty()
        bottom = top + event.widget.winfo_height()
        seen_top = self._canvas.canvasy(0)
        height = max(1, self.inside.winfo_height())
        if top < seen_top:
            self._canvas.yview_moveto(top / height)
        elif bottom > seen_top + self._canvas.winfo_height():
            self._canvas.yview_moveto((bottom - self._canvas.winfo_height()) / height)
