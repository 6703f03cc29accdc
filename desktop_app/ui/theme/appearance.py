"""One object that every widget asks how to look: theme, palette, lengths, fonts, icons."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import font as tkfont
from tkinter import ttk

import darkdetect
from PIL import ImageTk

from desktop_app.controllers.observable import Observable, Unsubscribe
from desktop_app.ui.theme.icons import draw_icon
from desktop_app.ui.theme.palette import DARK, HIGH_CONTRAST, LIGHT, Palette
from desktop_app.ui.theme.styles import create_styles
from desktop_app.ui.theme.themes import load_high_contrast, load_theme

FAMILIES = (
    *("Segoe UI Variable Text", "Segoe UI", "SF Pro Text", "Helvetica Neue", "Inter"),
    *("Cantarell", "Ubuntu", "Noto Sans", "DejaVu Sans"),
)
_BODY_FONTS = ("Caption", "Body", "BodyLarge")
_STRONG_FONTS = ("BodyStrong", "Subtitle", "Title", "TitleLarge", "Display")


class Appearance:
    """The look of one window.

    Attributes:
        scale: screen pixels per unit of length; 1 on a screen of 96 pixels an inch.
        text_scale: how much larger texts are than the design has them.
        palette: the colours in use; subscribe to follow a switch of theme.
    """

    def __init__(self, root: tk.Tk, scale: float, text_scale: float = 1.0) -> None:
        self.root = root
        self.scale = scale
        self.text_scale = text_scale
        self.palette: Observable[Palette] = Observable(LIGHT)
        self._icons: dict[tuple[str, str, int], ImageTk.PhotoImage] = {}
        self._style_pictures: dict[str, list[ImageTk.PhotoImage]] = {}
        root.tk.call("tk", "scaling", scale * 96 / 72)
        load_theme(root, scale)
        load_high_contrast(root, scale)
        self._choose_fonts()

    def use(self, theme: str) -> None:
        """Switch to ``light``, ``dark``, ``high-contrast`` or ``system``."""
        dark = theme == "dark" or (theme == "system" and system_is_dark())
        palette = HIGH_CONTRAST if theme == HIGH_CONTRAST.name else DARK if dark else LIGHT
        if palette is self.palette.value and palette.name in self._style_pictures:
            return
        style = ttk.Style(self.root)
        is_plain = palette is HIGH_CONTRAST
        style.theme_use(palette.name if is_plain else f"sun-valley-{palette.name}")
        if palette.name not in self._style_pictures:
            pictures = create_styles(self.root, palette, self.scale, self.text_scale)
            self._style_pictures[palette.name] = pictures
        self._colour_lists(palette)
        self.palette.value = palette
        self.palette.notify()

    def px(self, length: float) -> int:
        """Return a length of the design in screen pixels."""
        return round(length * self.scale)

    def column(self, length: float) -> int:
        """Return the width of a column of texts in screen pixels: it grows with them."""
        return round(length * self.scale * self.text_scale)

    def icon(self, name: str, colour: str | None = None, size: int = 20) -> ImageTk.PhotoImage:
        """Return an icon in ``colour`` (by default that of text), ``size`` lengths large."""
        key = name, colour or self.palette.value.text, self.px(size)
        if key not in self._icons:
            self._icons[key] = ImageTk.PhotoImage(draw_icon(*key), master=self.root)
        return self._icons[key]

    def follow(self, widget: tk.Misc, paint: Callable[[Palette], object]) -> None:
        """Call ``paint`` now and at every switch of theme, for as long as ``widget`` lives."""
        bind_subscription(widget, self.palette.subscribe(paint))

    def _colour_lists(self, palette: Palette) -> None:
        """Colour the classic listboxes that drop-down lists consist of, present and future ones."""
        colours = {
            "background": palette.background,
            "foreground": palette.text,
            "selectBackground": palette.accent,
            "selectForeground": palette.on_accent,
        }
        for option, colour in colours.items():
            self.root.option_add(f"*TCombobox*Listbox.{option}", colour)
        pending: list[tk.Misc] = [self.root]
        while pending:
            widget = pending.pop()
            pending.extend(widget.winfo_children())
            listbox = f"{widget}.popdown.f.l"
            if isinstance(widget, ttk.Combobox) and self.root.tk.call("winfo", "exists", listbox):
                for option, colour in colours.items():
                    self.root.tk.call(listbox, "configure", f"-{option.lower()}", colour)

    def _choose_fonts(self) -> None:
        """Replace Windows' fonts, which the theme names, and give texts their size."""
        known = {family.lower(): family for family in tkfont.families(self.root)}
        family = next((known[name.lower()] for name in FAMILIES if name.lower() in known), "")
        for name in (*_BODY_FONTS, *_STRONG_FONTS):
            font = tkfont.nametofont(f"SunValley{name}Font", root=self.root)
            font.configure(size=round(int(font.cget("size")) * self.text_scale))
            if family:
                font.configure(family=family)
                if name in _STRONG_FONTS:
                    font.configure(weight="bold")
        size = -round(self.px(14) * self.text_scale)
        for name in ("TkDefaultFont", "TkTextFont", "TkMenuFont", "TkHeadingFont", "TkTooltipFont"):
            font = tkfont.nametofont(name, root=self.root)
            if family:
                font.configure(family=family, size=size, weight="normal")
            elif self.text_scale != 1:
                font.configure(size=size)


def system_is_dark() -> bool:
    """Return whether the system asks programs to be dark."""
    return darkdetect.theme() == "Dark"


def bind_subscription(widget: tk.Misc, unsubscribe: Unsubscribe) -> None:
    """End a subscription when ``widget`` is destroyed."""

    def on_destroy(event: tk.Event) -> None:
        if event.widget is widget:
            unsubscribe()

    widget.bind("<Destroy>", on_destroy, add="+")
