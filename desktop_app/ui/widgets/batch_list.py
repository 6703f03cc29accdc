"""The photos of a batch, one a line, with what becomes of each."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import font as tkfont
from tkinter import ttk

from desktop_app.controllers.batch import BatchController
from desktop_app.controllers.batch_plan import DONE, FAILED, RUNNING, BatchRow
from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.theme.palette import Palette
from desktop_app.ui.widgets.scrolled_frame import HidingScrollbar
from desktop_app.ui.widgets.tooltip import Tooltip
from desktop_app.ui.widgets.wrapping import WrappedLabel

TITLES = {"photo": "Photo", "status": "Status", "noise": "Noise"}
WIDEST = {"status": "Denoising, 100 %", "noise": "24.5 → 12.3"}
RESULT = "result"
LEFT_OUT = (RESULT, "noise")
"""Columns that a narrow table does without, the first one sooner."""

TABLE_FONT, PADDING = "SunValleyBodyFont", 6
"""What the table's style draws texts with, and the length that stays free beside one."""

LONGEST_NAME = 280
"""A length that a name's column need not exceed: one long name takes no column from all others."""


class BatchList(ttk.Frame):
    """A table that shows the chosen photo's whole story below it.

    Args:
        on_open: called with the index of a photo that is double-clicked.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        batch: BatchController,
        on_open: Callable[[int], object],
    ) -> None:
        super().__init__(parent)
        px = appearance.px
        self._batch = batch
        self._appearance = appearance
        self.tree = ttk.Treeview(
            self,
            columns=[*TITLES, RESULT],
            show="headings",
            height=5,
            style="Batch.Treeview",
        )
        for name, title in {**TITLES, RESULT: "Result"}.items():
            self.tree.heading(name, text=title, anchor="w")
            self.tree.column(name, minwidth=px(60), anchor="w", stretch=name in ("photo", RESULT))
        self._columns = Later(self, self._share_out)
        self.tree.bind("<Configure>", lambda _: self._columns.request())
        bar = HidingScrollbar(self, orient="vertical", command=self.tree.yview)
        self.tree.grid(row=0, column=0, sticky="nsew")
        self.tree.configure(yscrollcommand=bar.set)
        foot = ttk.Frame(self)
        foot.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(px(6), 0))
        self.show = ttk.Button(foot, text="Show", command=lambda: self._open_chosen(on_open))
        self.show.pack(side="right", padx=(px(8), 0))
        Tooltip(self.show, appearance, "Look at the chosen photo and its result (double click)")
        self.details = WrappedLabel(foot, style="Muted.TLabel")
        self.details.pack(side="left", fill="x", expand=True)
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self.tree.bind("<<TreeviewSelect>>", lambda _: self._explain())
        self.tree.bind("<Delete>", lambda _: self.remove_selected())
        self.tree.bind("<Return>", lambda _: self._open_chosen(on_open))
        self.tree.bind("<Double-Button-1>", lambda event: self._on_double_click(event, on_open))
        bind_subscription(self, batch.rows.subscribe(self._show))
        bind_subscription(self, batch.row_changed.subscribe(self._show_row))
        appearance.follow(self, self._paint)

    @property
    def selected(self) -> list[int]:
        """The indices of the photos that are marked."""
        return [int(name) for name in self.tree.selection()]

    def remove_selected(self) -> None:
        """Take the marked photos out of the batch."""
        self._batch.remove(self.selected)

    def _show(self, rows: list[BatchRow]) -> None:
        self.tree.delete(*self.tree.get_children())
        for index, row in enumerate(rows):
            self.tree.insert("", "end", iid=str(index), values=self._values(row), tags=row.status)
        self._columns.request()
        self._explain()

    def _show_row(self, index: int) -> None:
        row = self._batch.rows.value[index]
        former = self.tree.item(str(index), "tags")
        self.tree.item(str(index), values=self._values(row), tags=row.status)
        if row.status == RUNNING and RUNNING not in former:
            self.tree.see(str(index))
        if index in self.selected:
            self._explain()

    def _share_out(self) -> None:
        """Give every column what its texts need, and leave out those for which no room is left.

        The sentence below the table says all of the chosen photo.
        """
        rows = [self._values(row) for row in self._batch.rows.value]
        longest = {"photo": [row[0] for row in rows], RESULT: [row[-1] for row in rows]}
        widths = {name: self._width_of([text]) for name, text in WIDEST.items()}
        widths |= {
            name: min(self._width_of(texts), self._appearance.column(LONGEST_NAME))
            for name, texts in longest.items()
        }
        room = self.tree.winfo_width() - 2 * self._appearance.px(PADDING)
        for name in LEFT_OUT:
            if sum(widths.values()) > room:
                del widths[name]
        wide = [name for name in ("photo", RESULT) if name in widths]
        left = (room - sum(widths.values())) // len(wide)
        for name in wide:
            widths[name] = max(1, widths[name] + left)
        for name, width in widths.items():
            self.tree.column(name, width=width)
        self.tree.configure(displaycolumns=[one for one in (*TITLES, RESULT) if one in widths])

    def _width_of(self, texts: Sequence[str]) -> int:
        """Return the pixels that the longest of some texts takes in a column."""
        font = tkfont.nametofont(TABLE_FONT, root=self.tree)
        return font.measure(max(texts, key=len, default="")) + 2 * self._appearance.px(PADDING)

    def _values(self, row: BatchRow) -> tuple[str, ...]:
        target, output = row.target, self._batch.plan.value.output_folder
        inside = output is not None and output in target.parents
        place = target.relative_to(output) if output is not None and inside else target.name
        return row.item.source.name, row.status_words, row.noise_words, str(place)

    def _explain(self) -> None:
        rows, selected = self._batch.rows.value, self.selected
        self.show.state(["!disabled" if selected else "disabled"])
        self.details.configure(text=rows[selected[0]].explanation if len(selected) == 1 else "")

    def _open_chosen(self, on_open: Callable[[int], object]) -> None:
        if self.selected:
            on_open(self.selected[0])

    def _on_double_click(self, event: tk.Event, on_open: Callable[[int], object]) -> None:
        line = self.tree.identify_row(event.y)
        if line:
            on_open(int(line))

    def _paint(self, palette: Palette) -> None:
        self.tree.tag_configure(DONE, foreground=palette.good)
        self.tree.tag_configure(FAILED, foreground=palette.bad)
        self.tree.tag_configure(RUNNING, foreground=palette.accent)
