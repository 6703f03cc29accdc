"""The settings, each with a sentence about what it does."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from desktop_app.controllers.context import Context
from desktop_app.services.settings import SCALES, TEXT_SCALES, THEMES, is_valid
from desktop_app.ui.dialogs.dialog import Dialog
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.typed_numbers import NotANumberError, typed_whole_number

WIDTH = 420
THEME_TITLES = {
    "system": "As the system",
    "light": "Light",
    "dark": "Dark",
    "high-contrast": "High contrast",
}
AUTOMATIC = "auto"
SWITCHES = {
    "preview": (
        "Preview",
        "Denoise what is in view at once",
        "The whole photo follows with Denoise, or when it is saved.",
    ),
    "hot_pixels": (
        "Hot pixels",
        "Replace them before denoising",
        "Single pixels far brighter or darker than all eight around them.",
    ),
    "deep_results": (
        "Smooth skies",
        "Results with 16 bits",
        "For photos opened from now on; JPEG and others of 8 bits are dithered.",
    ),
    "keep_dates": (
        "Dates of files",
        "Keep the date of the photo",
        "A saved file is as old as the file it was made from.",
    ),
}
DEVICES = ("auto", "cpu", "cuda", "mps")


class SettingsDialog(Dialog):
    """Fields for the settings; nothing is changed before Save is pressed."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, context: Context) -> None:
        super().__init__(parent, appearance, "Settings")
        self._context = context
        self._rows = 0
        settings = context.settings.value
        ttk.Label(self.body, text="Settings", style="Heading.TLabel").grid(
            row=0, column=0, columnspan=2, sticky="w", pady=(0, appearance.px(10))
        )
        self.theme = self._box(
            "Theme", [THEME_TITLES[name] for name in THEMES], THEMES.index(settings.theme)
        )
        self.scale = self._box(
            "Size of the interface",
            [f"{scale:.0%}" if scale else "As the screen" for scale in SCALES],
            SCALES.index(settings.scale),
        )
        self.text_scale = self._box(
            "Size of texts",
            [f"{scale:.0%}" for scale in TEXT_SCALES],
            TEXT_SCALES.index(settings.text_scale),
            "Both sizes take effect at the next start.",
        )
        devices = [*DEVICES] if settings.device in DEVICES else [*DEVICES, settings.device]
        self.device = self._box(
            "Device",
            devices,
            devices.index(settings.device),
            "Where networks run; auto takes the fastest that works.",
        )
        self.switches = {
            name: self._switch(title, text, help, getattr(settings, name))
            for name, (title, text, help) in SWITCHES.items()
        }
        self.pattern = self._entry(
            "Names of results",
            settings.name_pattern,
            "{name} stands for the name of the source.",
        )
        self.memory = self._entry(
            "Memory for denoising, MB",
            str(settings.memory_budget_mb or AUTOMATIC),
            "auto takes 60 % of what is free; less memory means smaller tiles.",
        )
        self.complaint = ttk.Label(self.body, style="Bad.TLabel", wraplength=appearance.px(WIDTH))
        self.complaint.grid(row=100, column=0, columnspan=2, sticky="w")
        self.body.columnconfigure(1, weight=1)
        self.add_buttons([("save", "Save"), ("cancel", "Cancel")], default="save")

    def close(self, answer: str | None) -> str:
        """Save before closing if that is what was asked; stay if a field cannot be used."""
        if answer == "save" and not self._save():
            return "break"
        return super().close(answer)

    def _save(self) -> bool:
        entered = self.memory.get().strip()
        try:
            memory = 0 if entered.lower() == AUTOMATIC else typed_whole_number(entered)
        except NotANumberError:
            memory = -1
        changes = {
            "theme": THEMES[self.theme.current()],
            "scale": SCALES[self.scale.current()],
            "text_scale": TEXT_SCALES[self.text_scale.current()],
            "device": self.device.get(),
            **{name: variable.get() for name, variable in self.switches.items()},
            "name_pattern": self.pattern.get().strip(),
            "memory_budget_mb": memory,
        }
        for name, value in changes.items():
            if not is_valid(name, value):
                self.complaint.configure(text=_complaint(name, value))
                return False
        self._context.change_settings(**changes)
        return True

    def _box(self, title: str, values: list[str], chosen: int, help: str = "") -> ttk.Combobox:
        box = ttk.Combobox(self.body, state="readonly", values=values)
        box.current(chosen)
        box.bind("<<ComboboxSelected>>", lambda _: box.selection_clear())
        self._place(title, box, help)
        return box

    def _switch(self, title: str, text: str, help: str, is_on: bool) -> tk.BooleanVar:
        variable = tk.BooleanVar(self, is_on)
        style = "Switch.TCheckbutton"
        self._place(
            title, ttk.Checkbutton(self.body, text=text, variable=variable, style=style), help
        )
        return variable

    def _entry(self, title: str, value: str, help: str) -> ttk.Entry:
        entry = ttk.Entry(self.body)
        entry.insert(0, value)
        self._place(title, entry, help)
        return entry

    def _place(self, title: str, field: ttk.Widget, help: str) -> None:
        px: Callable[[float], int] = self.appearance.px
        self._rows += 2
        ttk.Label(self.body, text=title).grid(
            row=self._rows, column=0, sticky="w", padx=(0, px(20)), pady=(px(4), 0)
        )
        field.grid(row=self._rows, column=1, sticky="ew", pady=(px(4), 0))
        if help:
            ttk.Label(self.body, text=help, style="Muted.TLabel").grid(
                row=self._rows + 1, column=1, sticky="w", pady=(0, px(4))
            )


def _complaint(name: str, value: object) -> str:
    if name == "name_pattern":
        return f'“{value}” cannot be used: it needs {{name}}, and none of / \\ : * ? " < > |.'
    return f"The memory must be {AUTOMATIC}, or a whole number of MB from 64 to 1000000."
