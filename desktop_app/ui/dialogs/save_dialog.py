"""Saving, for the web too: the name, what the file will keep, and questions before a loss."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path
from tkinter import ttk
from typing import TYPE_CHECKING

from desktop_app.services.errors import AppError
from desktop_app.services.folders import typed_path
from desktop_app.services.pictures.web_export import ENDINGS, WebOptions
from desktop_app.ui.dialogs.dialog import QUESTION_WIDTH, Dialog
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.widgets.labelled_slider import LabelledSlider

if TYPE_CHECKING:
    from desktop_app.services.pictures.metadata.fidelity import Fidelity


WIDTH = 480
MOST_NAMES = 5
SIDES = (0, 3840, 2560, 2048, 1600, 1200, 1080, 800)
EXPORT_WIDTH = 380


class SaveDialog(Dialog):
    """Answers ``save`` or ``None``.

    Args:
        proposal: where the picture goes if nothing is changed.
        describe: says what a file keeps; raises an ``AppError`` for a name that cannot be used.
        choose: asks for another place with the system's dialog.
        before: what has to be done before, in a sentence; empty where there is nothing.

    Attributes:
        path: where to save.
        replacing: whether the person was told that a file of this name exists.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        proposal: Path,
        describe: Callable[[Path], Fidelity],
        choose: Callable[[tk.Misc, Path], Path | None],
        before: str = "",
    ) -> None:
        super().__init__(parent, appearance, "Save the picture")
        px = appearance.px
        self.path = proposal
        self._parent = proposal.parent
        self.replacing = False
        self._agreed: Path | None = None
        self._describe = describe
        self._choose = choose
        self._before = before
        ttk.Label(self.body, text="Name", style="Strong.TLabel").grid(row=0, column=0, sticky="w")
        self._typed = tk.StringVar(self)
        self.name = ttk.Entry(self.body, width=40, textvariable=self._typed)
        self.name.grid(row=1, column=0, sticky="ew", pady=(px(4), 0))
        self.browse = ttk.Button(self.body, text="Choose …", command=self._on_browse)
        self.browse.grid(row=1, column=1, padx=(px(8), 0), pady=(px(4), 0))
        self._folder = ttk.Label(self.body, style="Muted.TLabel", wraplength=px(WIDTH))
        self._folder.grid(row=2, column=0, columnspan=2, sticky="w", pady=(px(4), px(10)))
        self._texts = ttk.Frame(self.body)
        self._texts.grid(row=3, column=0, columnspan=2, sticky="ew")
        self.body.columnconfigure(0, weight=1)
        self.body.columnconfigure(1, minsize=px(90))
        self.add_buttons([("save", "Save"), ("cancel", "Cancel")], default="save")
        self._typed.trace_add("write", lambda *_: self._read_name())
        self._show(proposal)
        self.name.focus_set()
        self.name.selection_range(0, len(proposal.stem))
        self.name.icursor("end")

    @property
    def summary(self) -> list[str]:
        """The lines that tell what is kept and what is lost."""
        return [str(child.cget("text")) for child in self._texts.winfo_children()]

    def close(self, answer: str | None) -> str:
        """Stay where the name cannot be used; count the Cancel button as no answer."""
        if answer == "save":
            self._read_name()
            if self.buttons["save"].instate(["disabled"]):
                return "break"
        return super().close("save" if answer == "save" else None)

    def _on_browse(self) -> None:
        self._read_name()
        chosen = self._choose(self, self.path)
        if chosen is not None:
            # The system's dialog has asked about an existing file already.
            self._agreed = chosen
            self._show(chosen)

    def _read_name(self) -> None:
        typed = self._typed.get().strip()
        if typed:
            # A path of its own leads out of the folder that was proposed.
            self._describe_path(self._parent / typed_path(typed))
        else:
            self._refuse("A file needs a name.")

    def _show(self, path: Path) -> None:
        self._parent = path.parent
        self._typed.set(path.name)

    def _describe_path(self, path: Path) -> None:
        self.path = path
        self._folder.configure(text=f"in {path.parent}")
        try:
            told = self._describe(path)
            exists = path.exists()
        except (AppError, OSError, ValueError) as error:
            self._refuse(str(error))
            return
        self.replacing = exists
        lines = [(self._before, "TLabel")] if self._before else []
        lines += [(f"✓  {words[0].upper()}{words[1:]}", "TLabel") for words in told.kept]
        lines += [(f"✗  {sentence}", "Bad.TLabel") for sentence in told.lost]
        if exists and path != self._agreed:
            lines.append((f"{path.name} exists already and will be replaced.", "Bad.TLabel"))
        self._write(lines)
        self.buttons["save"].configure(text="Replace" if exists else "Save")
        self.buttons["save"].state(["!disabled"])

    def _refuse(self, sentence: str) -> None:
        self._write([(sentence, "Bad.TLabel")])
        self.buttons["save"].state(["disabled"])

    def _write(self, lines: list[tuple[str, str]]) -> None:
        for child in self._texts.winfo_children():
            child.destroy()
        px = self.appearance.px
        for text, style in lines:
            ttk.Label(
                self._texts, text=text, style=style, wraplength=px(WIDTH), justify="left"
            ).pack(anchor="w", pady=(0, px(2)))


class UnsavedDialog(Dialog):
    """Answers ``save``, ``discard`` or ``None`` (stay)."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, names: Sequence[str]) -> None:
        super().__init__(parent, appearance, "Unsaved work")
        px = appearance.px
        title = (
            f"Save the changes to {names[0]}?"
            if len(names) == 1
            else f"Save the changes to {len(names)} pictures?"
        )
        ttk.Label(
            self.body,
            text=title,
            style="Strong.TLabel",
            wraplength=px(QUESTION_WIDTH),
            justify="left",
        ).pack(anchor="w")
        listed = "" if len(names) == 1 else ", ".join(names[:MOST_NAMES])
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        text = f"{listed}{more}\n" if listed else ""
        ttk.Label(
            self.body,
            text=f"{text}Without saving, what you made here is lost.",
            wraplength=px(QUESTION_WIDTH),
            justify="left",
        ).pack(anchor="w", pady=(px(8), 0))
        self.add_buttons(
            [("save", "Save …"), ("cancel", "Cancel"), ("discard", "Do not save")], default="save"
        )


class ExportDialog(Dialog):
    """Answers ``export`` or ``None``; :attr:`options` holds the choices."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, size: tuple[int, int]) -> None:
        super().__init__(parent, appearance, "Export for the web")
        px = appearance.px
        self.options = WebOptions()
        ttk.Label(
            self.body,
            text="A copy in sRGB without EXIF data, place and names. The original stays as it is.",
            wraplength=px(EXPORT_WIDTH),
            justify="left",
        ).grid(row=0, column=0, columnspan=2, sticky="w", pady=(0, px(12)))
        offered = [side for side in SIDES if side < max(size)]
        self._sides = offered
        words = [f"{side} pixels" if side else f"As it is ({max(size)} pixels)" for side in offered]
        self.side = self._box(1, "Longest side", words)
        usual = self.options.longest_side
        self.side.current(offered.index(usual) if usual in offered else 0)
        self.format = self._box(2, "Format", list(ENDINGS))
        self.format.current(0)
        self.quality = LabelledSlider(
            self.body, "Quality", 40, 100, self.options.quality, str, lambda _: None
        )
        self.quality.grid(row=3, column=0, columnspan=2, sticky="ew", pady=(px(8), 0))
        self.body.columnconfigure(1, weight=1)
        self.add_buttons([("export", "Export …"), ("cancel", "Cancel")], default="export")

    def close(self, answer: str | None) -> str:
        """Take the choices; count the Cancel button as no answer."""
        self.options = WebOptions(
            self._sides[self.side.current()], self.format.get(), self.quality.value
        )
        return super().close("export" if answer == "export" else None)

    def _box(self, row: int, title: str, values: list[str]) -> ttk.Combobox:
        px = self.appearance.px
        ttk.Label(self.body, text=title).grid(
            row=row, column=0, sticky="w", padx=(0, px(20)), pady=px(4)
        )
        box = ttk.Combobox(self.body, state="readonly", values=values)
        box.bind("<<ComboboxSelected>>", lambda _: box.selection_clear())
        box.grid(row=row, column=1, sticky="ew", pady=px(4))
        return box
