"""A line of explanation that appears when the pointer rests on a widget."""

from __future__ import annotations

import tkinter as tk

from desktop_app.ui.theme.appearance import Appearance

DELAY_MS = 600
PASSIVE = ("TLabel", "TFrame", "Label", "Frame", "Canvas")


class Tooltip:
    """Shows ``text`` below ``widget`` while the pointer rests on it or it has the keyboard's focus.

    ``text`` may be changed at any time.
    """

    def __init__(self, widget: tk.Misc, appearance: Appearance, text: str) -> None:
        self.text = text
        self._widget = widget
        self._appearance = appearance
        self._timer: str | None = None
        self._window: tk.Toplevel | None = None
        if widget.winfo_class() in PASSIVE and not str(widget.cget("takefocus")):
            # The bindings would make Tk take it for something to be typed at.
            widget.configure(takefocus=False)  # type: ignore[call-arg]
        widget.bind("<Enter>", self._schedule, add="+")
        widget.bind("<FocusIn>", self._on_focus, add="+")
        for event in ("<Leave>", "<ButtonPress>", "<KeyPress>", "<FocusOut>", "<Destroy>"):
            widget.bind(event, self._hide, add="+")

    def _on_focus(self, event: tk.Event) -> None:
        """Explain what the keyboard has reached; under the pointer that has been done."""
        x, y = self._widget.winfo_pointerxy()
        left, top = self._widget.winfo_rootx(), self._widget.winfo_rooty()
        right, bottom = left + self._widget.winfo_width(), top + self._widget.winfo_height()
        if not (left <= x < right and top <= y < bottom):
            self._schedule(event)

    def _schedule(self, event: tk.Event) -> None:
        self._hide(event)
        self._timer = self._widget.after(DELAY_MS, self._show)

    def _show(self) -> None:
        self._timer = None
        if not self.text:
            return
        palette, px = self._appearance.palette.value, self._appearance.px
        self._window = window = tk.Toplevel(self._widget, background=palette.border)
        window.wm_overrideredirect(True)
        tk.Label(
            window,
            text=self.text,
            background=palette.surface,
            foreground=palette.text,
            font="SunValleyCaptionFont",
            padx=px(8),
            pady=px(4),
            justify="left",
            wraplength=px(320),
        ).pack(padx=1, pady=1)
        window.update_idletasks()
        x = self._widget.winfo_rootx()
        y = self._widget.winfo_rooty() + self._widget.winfo_height() + px(4)
        x = max(0, min(x, window.winfo_screenwidth() - window.winfo_reqwidth()))
        if y + window.winfo_reqheight() > window.winfo_screenheight():
            y = self._widget.winfo_rooty() - window.winfo_reqheight() - px(4)
        window.wm_geometry(f"+{x}+{y}")

    def _hide(self, _: tk.Event) -> None:
        if self._timer is not None:
            self._widget.after_cancel(self._timer)
            self._timer = None
        if self._window is not None:
            self._window.destroy()
            self._window = None
