"""A theme of plain areas and strong lines, for eyes that need all the contrast there is.

It is made of Tk's own theme clam, which draws every part in colours that can be chosen.
"""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import Any

from desktop_app.ui.theme.palette import HIGH_CONTRAST

NAME = "high-contrast"
DISABLED = "#a0a0a0"


def load_high_contrast(root: tk.Misc, scale: float) -> None:
    """Let Tk know the theme; nothing is switched yet."""
    ttk.Style(root).theme_create(NAME, parent="clam", settings=_settings(scale))


def _settings(scale: float) -> Any:
    ground, text, accent = HIGH_CONTRAST.background, HIGH_CONTRAST.text, HIGH_CONTRAST.accent
    on_accent, body = HIGH_CONTRAST.on_accent, "SunValleyBodyFont"

    def px(length: float) -> int:
        return round(length * scale)

    # Each part has a border that turns to the accent when it has the keyboard's focus.
    focus: dict[str, Any] = {"bordercolor": [("focus", accent), ("disabled", DISABLED)]}
    lines: dict[str, Any] = {"bordercolor": text, "lightcolor": ground, "darkcolor": ground}
    grayed: dict[str, Any] = {"foreground": [("disabled", DISABLED)]}
    field = {
        "configure": {"padding": px(5), "fieldbackground": ground, **lines},
        "map": {
            "fieldbackground": [("disabled", ground)],
            "lightcolor": [("focus", accent)],
            "arrowcolor": [("disabled", DISABLED)],
            **focus,
            **grayed,
        },
    }
    button = {
        "configure": {
            "padding": (px(10), px(6)),
            "anchor": "center",
            "relief": "solid",
            "borderwidth": px(1),
            **lines,
        },
        "map": {
            "background": [("pressed", accent), ("active", HIGH_CONTRAST.hover)],
            "lightcolor": [("focus", accent)],
            "darkcolor": [("focus", accent)],
            **focus,
            "foreground": [("disabled", DISABLED), ("pressed", on_accent)],
        },
    }
    check = {
        "configure": {
            "indicatorsize": px(16),
            "indicatormargin": (0, 0, px(8), 0),
            "indicatorbackground": ground,
            "indicatorforeground": on_accent,
            "upperbordercolor": text,
            "lowerbordercolor": text,
            "padding": px(3),
        },
        "map": {
            "indicatorbackground": [("selected", accent)],
            "background": [("focus", "#5a5a00"), ("active", HIGH_CONTRAST.hover)],
            **grayed,
        },
    }
    return {
        ".": {
            "configure": {
                "background": ground,
                "foreground": text,
                "fieldbackground": ground,
                "troughcolor": ground,
                "bordercolor": text,
                "lightcolor": ground,
                "darkcolor": ground,
                "focuscolor": accent,
                "selectbackground": accent,
                "selectforeground": on_accent,
                "insertcolor": text,
                "insertwidth": px(2),
                "arrowcolor": text,
                "arrowsize": px(14),
                "font": body,
            },
            "map": {"foreground": [("disabled", DISABLED)]},
        },
        "TButton": button,
        "Accent.TButton": {
            "configure": {"background": text, "foreground": ground, "focuscolor": ground},
            "map": {
                "background": [("disabled", ground), ("pressed", accent), ("focus", accent)],
                "foreground": [("disabled", DISABLED), ("pressed", on_accent)],
            },
        },
        "TEntry": field,
        "TSpinbox": field,
        "TCombobox": field,
        "TCheckbutton": check,
        "TRadiobutton": check,
        "TScale": {
            "configure": {"background": text, "sliderlength": px(22), "troughcolor": "#404040"},
            "map": {"background": [("disabled", "#606060"), ("focus", accent)]},
        },
        "TProgressbar": {"configure": {"background": accent, "thickness": px(10)}},
        "TScrollbar": {
            "configure": {"background": text, "arrowcolor": ground, "gripcount": 0},
            "map": {"background": [("disabled", ground), ("active", accent)]},
        },
        "Card.TFrame": {"configure": {"relief": "solid", "borderwidth": px(1)}},
        "Treeview": {
            "configure": {"fieldbackground": ground, "font": body},
            "map": {
                "background": [("selected", accent)],
                "foreground": [("selected", on_accent)],
            },
        },
        "Heading": {"configure": {"relief": "solid", **lines}},
    }
