"""Saving several photos at once: folder, names, format and quality for the whole lot."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import ttk

from desktop_app.controllers.all_photos import SavingPlan
from desktop_app.services.folders import typed_path
from desktop_app.services.settings import is_valid
from desktop_app.ui.dialogs.dialog import Dialog
from desktop_app.ui.theme.appearance import Appearance

WIDTH = 420
QUALITIES = {"As each photo": None, "High, 92": 92, "Medium, 80": 80, "Small files, 60": 60}
RAW_AS_DNG = "As each photo, RAW as DNG"
WITH_QUALITY = ("As each photo", RAW_AS_DNG, "JPEG", "WebP")
ENDINGS = {"As each photo": "", "JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif", "WebP": ".webp"}


class SaveAllDialog(Dialog):
    """Answers ``save`` or ``None``; :attr:`plan` holds the choices.

    Args:
        count: how many photos will be saved.
        first: how many of them are denoised before.
        pattern: the names that are proposed.
        choose: asks for a folder.
        has_raw: whether there are RAW files among them that can be saved as DNG.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        count: int,
        first: int,
        pattern: str,
        choose: Callable[[], Path | None],
        has_raw: bool = False,
    ) -> None:
        super().__init__(parent, appearance, "Save several photos")
        px = appearance.px
        self.plan = SavingPlan(None, pattern)
        self._choose = choose
        photos = "1 photo is" if count == 1 else f"{count:,} photos are"
        which = "all" if first == count else f"{first:,}"
        before = f" {which.capitalize()} of them will be denoised first." if first else ""
        ttk.Label(
            self.body,
            text=f"{photos} to be saved.{before} Files that exist already are kept.",
            wraplength=px(WIDTH),
            justify="left",
        ).grid(row=0, column=0, columnspan=3, sticky="w", pady=(0, px(12)))
        self.folder = self._entry(1, "Folder", "")
        ttk.Button(self.body, text="Choose …", command=self._on_browse).grid(
            row=1, column=2, padx=(px(8), 0)
        )
        ttk.Label(self.body, text="Empty: beside each photo", style="Muted.TLabel").grid(
            row=2, column=1, sticky="w", pady=(0, px(6))
        )
        self.pattern = self._entry(3, "Names", pattern)
        self.format = self._box(4, "Format", [*ENDINGS, *[RAW_AS_DNG] * has_raw])
        self.quality = self._box(5, "Quality", list(QUALITIES))
        self.format.bind("<<ComboboxSelected>>", self._on_format, add="+")
        self.complaint = ttk.Label(self.body, style="Bad.TLabel", wraplength=px(WIDTH))
        self.complaint.grid(row=6, column=0, columnspan=3, sticky="w")
        self.body.columnconfigure(1, weight=1)
        self.add_buttons([("save", "Save all"), ("cancel", "Cancel")], default="save")

    def close(self, answer: str | None) -> str:
        """Take the choices; stay where they cannot be used."""
        if answer == "save":
            complaint = self._read()
            if complaint:
                self.complaint.configure(text=complaint)
                return "break"
        return super().close("save" if answer == "save" else None)

    def _read(self) -> str:
        """Take the choices over; return what is wrong with them, if anything is."""
        folder, pattern = self.folder.get().strip(), self.pattern.get().strip()
        if folder and not typed_path(folder).is_dir():
            return f"{folder} is not a folder."
        if not is_valid("name_pattern", pattern):
            return 'The names need {name}, and none of / \\ : * ? " < > |.'
        place = typed_path(folder).absolute() if folder else None
        lossy = self.format.get() in WITH_QUALITY
        quality = QUALITIES[self.quality.get()] if lossy else None
        form = self.format.get()
        self.plan = SavingPlan(
            place, pattern, ENDINGS.get(form, ""), quality, as_dng=form == RAW_AS_DNG
        )
        return ""

    def _entry(self, row: int, title: str, value: str) -> ttk.Entry:
        px = self.appearance.px
        ttk.Label(self.body, text=title).grid(row=row, column=0, sticky="w", padx=(0, px(20)))
        entry = ttk.Entry(self.body, width=34)
        entry.insert(0, value)
        entry.grid(row=row, column=1, sticky="ew", pady=px(4))
        return entry

    def _box(self, row: int, title: str, values: list[str]) -> ttk.Combobox:
        px = self.appearance.px
        ttk.Label(self.body, text=title).grid(row=row, column=0, sticky="w", padx=(0, px(20)))
        box = ttk.Combobox(self.body, state="readonly", values=values)
        box.current(0)
        box.bind("<<ComboboxSelected>>", lambda _: box.selection_clear())
        box.grid(row=row, column=1, sticky="ew", pady=px(4))
        return box

    def _on_format(self, _: tk.Event) -> None:
        """Formats that keep every sample have no quality to choose."""
        lossy = self.format.get() in WITH_QUALITY
        self.quality.state(["!disabled" if lossy else "disabled"])

    def _on_browse(self) -> None:
        folder = self._choose()
        if folder is not None:
            self.folder.delete(0, "end")
            self.folder.insert(0, str(folder))
