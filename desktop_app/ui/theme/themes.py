"""The themes: Sun Valley at any scale, and one of plain areas and strong lines.

sv-ttk draws its widgets from small pictures of fixed size, which stay small on a screen of many
pixels. For a scale other than 1 a copy of the theme is made with every picture, border, padding and
font enlarged, and Tk reads that copy. The other theme is for eyes that need all the contrast there
is: Tk's own theme clam, which draws every part in colours that can be chosen.
"""

from __future__ import annotations

import re
import tempfile
import tkinter as tk
from pathlib import Path
from tkinter import ttk
from typing import Any

import sv_ttk
from PIL import Image

from desktop_app.ui.theme.palette import HIGH_CONTRAST

_LENGTHS = re.compile(
    r"(-(?:border|padding|width|height|sashthickness|gripcount|borderwidth|size)) "
    r"(\{[-\d ]+\}|-?\d+)"
)
_SPRITE = re.compile(r"^(\s*)(\S+) (\d+) (\d+) (\d+) (\d+)( \\)?$", re.MULTILINE)


NAME = "high-contrast"
DISABLED = "#a0a0a0"


def load_theme(root: tk.Misc, scale: float) -> None:
    """Let Tk read the light and the dark theme; nothing is switched yet."""
    source = sv_ttk.TCL_THEME_FILE_PATH
    if scale == 1:
        root.tk.call("source", str(source))
    else:
        with tempfile.TemporaryDirectory(prefix="sun-valley-") as name:
            _write_scaled(source.parent, Path(name), scale)
            root.tk.call("source", str(Path(name) / source.name))
    _leave_labels_to_their_styles(root)


def _leave_labels_to_their_styles(root: tk.Misc) -> None:
    """Take ``tk_setPalette`` out of the theme: it gives every ttk label a colour of its own.

    That colour would win over the one of the label's style. Classic widgets (canvas, menu, listbox)
    are coloured where they are made.
    """
    body = str(root.tk.call("info", "body", "configure_colors"))
    body = re.sub(r"\btk_setPalette [^\n]*", "", body)
    root.tk.call("proc", "configure_colors", "", body)


def _write_scaled(source: Path, target: Path, scale: float) -> None:
    (target / "theme").mkdir()
    for path in (source / "sv.tcl", *sorted((source / "theme").glob("*.tcl"))):
        text = path.read_text(encoding="utf-8")
        if path.name.startswith("sprites_"):
            sheet = f"spritesheet_{path.stem.removeprefix('sprites_')}.png"
            text = _scale_sprites(text, source / "theme" / sheet, target / "theme" / sheet, scale)
        else:
            text = _LENGTHS.sub(lambda match: _scaled_length(match, scale), text)
        (target / path.relative_to(source)).write_text(text, encoding="utf-8")


def _scaled_length(match: re.Match[str], scale: float) -> str:
    return f"{match[1]} " + re.sub(
        r"-?\d+", lambda number: str(round(int(number[0]) * scale)), match[2]
    )


def _scale_sprites(text: str, sheet: Path, scaled_sheet: Path, scale: float) -> str:
    """Enlarge each picture by itself, so that none bleeds into its neighbour on the sheet."""
    with Image.open(sheet) as opened:
        picture = opened.convert("RGBA")
    sprites: list[Image.Image] = []
    left = 0

    def scale_one(match: re.Match[str]) -> str:
        nonlocal left
        x, y, width, height = (int(match[index]) for index in range(3, 7))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        part = picture.crop((x, y, x + width, y + height))
        # Premultiplied, so that transparent pixels lend no colour to the edges.
        part = part.convert("RGBa").resize(size, Image.Resampling.LANCZOS).convert("RGBA")
        sprites.append(part)
        place, left = left, left + size[0]
        return f"{match[1]}{match[2]} {place} 0 {size[0]} {size[1]}{match[7] or ''}"

    text = _SPRITE.sub(scale_one, text)
    scaled = Image.new("RGBA", (left, max(sprite.height for sprite in sprites)))
    left = 0
    for sprite in sprites:
        scaled.paste(sprite, (left, 0))
        left += sprite.width
    scaled.save(scaled_sheet, compress_level=1)
    return text


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
