"""The opened pictures in a row, to choose from."""

from __future__ import annotations

import sys
import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from tkinter import ttk
from typing import TYPE_CHECKING

from PIL import Image, ImageTk

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.document import Document
from desktop_app.controllers.observable import Unsubscribe
from desktop_app.ui.commands import Command
from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.tooltip import Tooltip

if TYPE_CHECKING:
    from desktop_app.services.pictures.pyramid import ImagePyramid
    from desktop_app.services.pictures.screen_colours import Convert

THUMBNAIL = (96, 56)
LONGEST_NAME = 15
MAC = sys.platform == "darwin"


class Filmstrip(ttk.Frame):
    """Thumbnails with names and states, which scroll sideways; the one that is shown is marked.

    Ctrl and Shift with a click, and Shift with the arrow keys, pick several, which get a tick.

    Args:
        menu: titles and actions of the menu that opens over a picture, which is shown then.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        controller: ApplicationController,
        menu: Sequence[Command],
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._documents = documents = controller.documents
        self._all_photos = controller.all_photos
        self._entries = menu
        self._size = appearance.px(THUMBNAIL[0]), appearance.px(THUMBNAIL[1])
        self._canvas = tk.Canvas(self, highlightthickness=0, height=1)
        self._bar = ttk.Scrollbar(self, orient="horizontal", command=self._canvas.xview)
        self._canvas.configure(xscrollcommand=self._bar.set)
        self._canvas.pack(fill="x", expand=True, padx=appearance.px(6), pady=appearance.px(2))
        self._row = ttk.Frame(self._canvas)
        self._canvas.create_window(0, 0, anchor="nw", window=self._row)
        self._row.bind("<Configure>", self._on_resize)
        self._canvas.bind("<Configure>", self._on_resize)
        self._chosen = tk.StringVar(self)
        self.buttons: dict[Document, ttk.Radiobutton] = {}
        self._pictures: dict[Document, tuple[ImagePyramid, ImageTk.PhotoImage]] = {}
        self._unsubscribe: dict[Document, Unsubscribe] = {}
        self.menu = tk.Menu(self, tearoff=False)
        self._describing = Later(self, self._describe_all)
        bind_subscription(self, documents.documents.subscribe(self._show))
        bind_subscription(self, documents.current.subscribe(self._mark))
        all_photos = controller.all_photos
        for source in (all_photos.failed, all_photos.left, documents.selected):
            bind_subscription(self, source.subscribe(lambda _: self._describing.request()))
        appearance.follow(self, lambda palette: self._canvas.configure(bg=palette.background))

    def _show(self, documents: tuple[Document, ...]) -> None:
        for document in [*self.buttons]:
            if document not in documents:
                self._unsubscribe.pop(document)()
                self.buttons.pop(document).destroy()
                del self._pictures[document]
        for document in documents:
            if document not in self.buttons:
                self.buttons[document] = self._create(document)
            self.buttons[document].pack(side="left")
        self._mark(self._documents.current.value)

    def _create(self, document: Document) -> ttk.Radiobutton:
        documents = self._documents
        button = ttk.Radiobutton(
            self._row,
            value=str(id(document)),
            variable=self._chosen,
            style="Segment.Toolbutton",
            compound="top",
            command=partial(documents.select_only, document),
        )
        Tooltip(button, self._appearance, document.name)
        for key, step in (("Left", -1), ("Right", +1)):
            button.bind(f"<{key}>", partial(self._step, document, step))
            button.bind(f"<Shift-{key}>", partial(self._extend, document, step))
        button.bind("<Shift-Button-1>", partial(self._pick, documents.pick_up_to, document))
        picking, menu = ("Command", "<Control-Button-1>") if MAC else ("Control", "<Button-3>")
        button.bind(f"<{picking}-Button-1>", partial(self._pick, documents.pick, document))
        button.bind(f"<{picking}-space>", partial(self._pick, documents.pick, document))
        button.bind(f"<{picking}-Key-a>", self._pick_all)
        for event in (menu, "<Button-3>", "<Menu>", "<Shift-F10>"):
            button.bind(event, partial(self._open_menu, document))
        self.buttons[document] = button
        state = document.state.subscribe(lambda _: self._describing.request(), now=False)
        self._unsubscribe[document] = state
        self._describe(document)
        return button

    def _describe_all(self) -> None:
        for document in self.buttons:
            self._describe(document)

    def _describe(self, document: Document) -> None:
        """Write name and state below the picture, which is the result once there is one."""
        state, button = document.state.value, self.buttons[document]
        pyramid = state.noisy.pyramid
        if state.denoised is not None:
            pyramid = state.denoised.pyramid
        if document not in self._pictures or self._pictures[document][0] is not pyramid:
            shown = self._thumbnail(pyramid, state.noisy.to_screen)
            photo = ImageTk.PhotoImage(shown, master=self)
            # The button lets go of the former picture before that is dropped.
            button.configure(image=photo)
            self._pictures[document] = pyramid, photo
        picked = self._documents.selected.value
        tick = "✓ " if len(picked) > 1 and document in picked else ""
        words = "failed" if document in self._all_photos.failed.value else document.progress_words
        button.configure(text=f"{tick}{_shortened(document.path.stem)}\n{words}")

    def _thumbnail(self, pyramid: ImagePyramid, to_screen: Convert | None) -> Image.Image:
        picture = Image.fromarray(pyramid.levels[-1])
        picture.thumbnail(self._size, Image.Resampling.BOX)
        if to_screen is not None:
            picture = to_screen(picture)
        framed = Image.new("RGBA", self._size)
        place = (self._size[0] - picture.width) // 2, (self._size[1] - picture.height) // 2
        framed.paste(picture, place)
        return framed

    def _step(self, document: Document, step: int, _: tk.Event) -> str:
        """Show the picture beside one."""
        documents = self._documents.documents.value
        place = documents.index(document) + step
        if 0 <= place < len(documents):
            self._documents.select_only(documents[place])
            self.buttons[documents[place]].focus_set()
        return "break"

    def _extend(self, document: Document, step: int, _: tk.Event) -> str:
        """Pick all from the picture that is shown to the one beside the focus."""
        documents = self._documents.documents.value
        place = documents.index(document) + step
        if 0 <= place < len(documents):
            self._documents.pick_up_to(documents[place])
            self.buttons[documents[place]].focus_set()
        return "break"

    def _pick(self, order: Callable[[Document], object], document: Document, _: tk.Event) -> str:
        order(document)
        self.buttons[document].focus_set()
        return "break"

    def _pick_all(self, _: tk.Event) -> str:
        self._documents.pick_all()
        return "break"

    def _open_menu(self, document: Document, event: tk.Event) -> str:
        """Show a picture and the menu over it."""
        if document in self._documents.selected.value:
            self._documents.select(document)
        else:
            self._documents.select_only(document)
        self.menu.delete(0, "end")
        for command in self._entries:
            state = "normal" if command.enabled() else "disabled"
            self.menu.add_command(label=command.words, command=command.run, state=state)  # type: ignore[arg-type]
        button = self.buttons[document]
        by_key = event.type is tk.EventType.KeyPress
        x = button.winfo_rootx() if by_key else event.x_root
        y = button.winfo_rooty() if by_key else event.y_root
        self.menu.tk_popup(x, y)
        return "break"

    def _mark(self, document: Document | None) -> None:
        self._chosen.set(str(id(document)))
        button = self.buttons.get(document) if document is not None else None
        if button is None:
            return
        self.update_idletasks()
        left, width = button.winfo_x(), max(1, self._row.winfo_width())
        right = left + button.winfo_width()
        first, last = self._canvas.canvasx(0), self._canvas.canvasx(self._canvas.winfo_width())
        if left < first:
            self._canvas.xview_moveto(left / width)
        elif right > last:
            self._canvas.xview_moveto((right - self._canvas.winfo_width()) / width)

    def _on_resize(self, _: tk.Event) -> None:
        needed, there = self._row.winfo_reqwidth(), self._canvas.winfo_width()
        height = self._row.winfo_reqheight()
        self._canvas.configure(height=height, scrollregion=(0, 0, max(needed, there), height))
        if needed > there > 1:
            self._bar.pack(fill="x", side="bottom")
        else:
            self._bar.pack_forget()
            self._canvas.xview_moveto(0)


def _shortened(name: str) -> str:
    """Return a name with its middle left out where it is long: beginnings are often the same."""
    if len(name) <= LONGEST_NAME:
        return name
    half = (LONGEST_NAME - 1) // 2
    return f"{name[:half]}…{name[-half:]}"
