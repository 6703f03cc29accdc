"""The opened pictures in a row, to choose from."""

from __future__ import annotations

import tkinter as tk
from functools import partial
from tkinter import ttk

from PIL import Image, ImageTk

from desktop_app.controllers.document import Document
from desktop_app.controllers.documents import DocumentsController
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.tooltip import Tooltip

THUMBNAIL = (84, 56)


class Filmstrip(ttk.Frame):
    """Thumbnails that scroll sideways; the one that is shown is marked."""

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, documents: DocumentsController
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._documents = documents
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
        self._buttons: dict[Document, ttk.Radiobutton] = {}
        self._thumbnails: dict[Document, ImageTk.PhotoImage] = {}
        bind_subscription(self, documents.documents.subscribe(self._show))
        bind_subscription(self, documents.current.subscribe(self._mark))
        appearance.follow(self, lambda palette: self._canvas.configure(bg=palette.background))

    def _show(self, documents: tuple[Document, ...]) -> None:
        for document in [*self._buttons]:
            if document not in documents:
                self._buttons.pop(document).destroy()
                del self._thumbnails[document]
        for document in documents:
            if document not in self._buttons:
                self._buttons[document] = self._create(document)
            self._buttons[document].pack(side="left")
        self._mark(self._documents.current.value)

    def _create(self, document: Document) -> ttk.Radiobutton:
        thumbnail = ImageTk.PhotoImage(self._thumbnail(document), master=self)
        self._thumbnails[document] = thumbnail
        button = ttk.Radiobutton(
            self._row,
            image=thumbnail,
            value=str(id(document)),
            variable=self._chosen,
            style="Segment.Toolbutton",
            command=partial(self._documents.select, document),
        )
        Tooltip(button, self._appearance, document.name)
        return button

    def _thumbnail(self, document: Document) -> Image.Image:
        noisy = document.state.value.noisy
        picture = Image.fromarray(noisy.pyramid.levels[-1])
        picture.thumbnail(self._size, Image.Resampling.BOX)
        if noisy.to_screen is not None:
            picture = noisy.to_screen(picture)
        framed = Image.new("RGBA", self._size)
        place = (self._size[0] - picture.width) // 2, (self._size[1] - picture.height) // 2
        framed.paste(picture, place)
        return framed

    def _mark(self, document: Document | None) -> None:
        self._chosen.set(str(id(document)))
        button = self._buttons.get(document) if document is not None else None
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
