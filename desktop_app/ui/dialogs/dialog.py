"""What all dialogs share: a themed window over its parent, Enter and Escape, and an answer."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from functools import partial
from tkinter import ttk

from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.widgets.scrolled_frame import ScrolledFrame
from desktop_app.ui.window_place import FRAME, inside_screen

QUESTION_WIDTH = 400


class Dialog(tk.Toplevel):
    """A window that must be answered before work goes on.

    A subclass fills :attr:`body`, calls :meth:`add_buttons`, and then :meth:`ask` waits for the
    person.

    Attributes:
        answer: name of the button that was pressed; ``None`` if the window was closed.
    """

    def __init__(self, parent: tk.Misc, appearance: Appearance, title: str) -> None:
        super().__init__(parent)
        self.withdraw()
        self.title(title)
        self.transient(parent.winfo_toplevel())
        self.resizable(False, False)
        self.appearance = appearance
        self.answer: str | None = None
        px = appearance.px
        # The frame covers the window: a classic Toplevel knows no theme.
        frame = ttk.Frame(self, padding=(px(20), px(18), px(20), px(16)))
        frame.pack(fill="both", expand=True)
        self._foot = ttk.Frame(frame)
        self._foot.pack(side="bottom", fill="x", pady=(px(18), 0))
        self._scrolled = ScrolledFrame(frame, appearance, None)
        self._scrolled.pack(fill="both", expand=True)
        self.body = self._scrolled.inside
        self.buttons: dict[str, ttk.Button] = {}
        self.bind("<Escape>", lambda _: self.close(None))
        self.protocol("WM_DELETE_WINDOW", lambda: self.close(None))

    def add_buttons(self, buttons: Sequence[tuple[str, str]], default: str) -> None:
        """Add buttons as ``(name, text)``, from right to left; Enter presses ``default``."""
        for name, text in buttons:
            style = "Accent.TButton" if name == default else "TButton"
            button = ttk.Button(
                self._foot, text=text, style=style, command=partial(self.close, name)
            )
            button.pack(side="right", padx=(self.appearance.px(8), 0))
            button.bind("<Return>", partial(self._on_return, name))
            self.buttons[name] = button
        self.buttons[default].focus_set()
        self.bind("<Return>", lambda _: self.close(default))

    def _on_return(self, name: str, _: tk.Event) -> str:
        return self.close(name)

    def ask(self) -> str | None:
        """Show the dialog and wait for the answer."""
        self.appear()
        if self.winfo_exists():
            self.wait_window()
        return self.answer

    def appear(self) -> None:
        """Show the dialog over the middle of its parent, without waiting."""
        self._scrolled.watch_focus()
        self.update_idletasks()
        around = self.winfo_reqheight() - self.body.winfo_reqheight()
        frame = self.appearance.px(FRAME)
        self._scrolled.limit_height(self.winfo_screenheight() - frame - around)
        self.update_idletasks()
        parent = self.master.winfo_toplevel()
        width, height = self.winfo_reqwidth(), self.winfo_reqheight()
        x = parent.winfo_rootx() + (parent.winfo_width() - width) // 2
        y = parent.winfo_rooty() + (parent.winfo_height() - height) // 3
        x, y = inside_screen(self, x, y, width, height + frame)
        self.geometry(f"{x:+d}{y:+d}")
        self.deiconify()
        try:
            self.wait_visibility()
        except tk.TclError:  # a quick key has answered before the window was seen
            return
        self.grab_set()
        focus = self.focus_lastfor()
        (focus or self).focus_set()

    def close(self, answer: str | None) -> str:
        """Take the answer and go."""
        self.answer = answer
        self.grab_release()
        self.destroy()
        return "break"


class Question(Dialog):
    """Asks before something is replaced or removed; answers ``yes``, ``cancel`` or ``None``.

    Args:
        question: what is asked.
        sentence: what follows from agreeing.
        agree: text of the button that does it; Enter presses the other one.
    """

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, question: str, sentence: str, agree: str
    ) -> None:
        super().__init__(parent, appearance, question)
        wrap = appearance.px(QUESTION_WIDTH)
        ttk.Label(
            self.body, text=question, style="Strong.TLabel", wraplength=wrap, justify="left"
        ).pack(anchor="w")
        ttk.Label(self.body, text=sentence, wraplength=wrap, justify="left").pack(
            anchor="w", pady=(appearance.px(8), 0)
        )
        self.add_buttons([("cancel", "Cancel"), ("yes", agree)], default="cancel")
