"""The application's own styles on top of the Sun Valley theme, made once for each palette."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import Any

from PIL import Image, ImageDraw, ImageTk

from desktop_app.ui.theme.palette import Palette

OVERSAMPLING = 4
TILE = 480
"""Tk fills a place with the middle of its picture, again and again: small ones take a second."""


def create_styles(
    root: tk.Misc, palette: Palette, scale: float, text_scale: float = 1.0
) -> list[ImageTk.PhotoImage]:
    """Add styles to the theme in use.

    ``Nav.Toolbutton`` entries of the navigation, ``Segment.Toolbutton`` one choice among several,
    ``Icon.Toolbutton`` a button with a picture only, ``Muted.TLabel`` secondary text,
    ``Strong.TLabel``, ``Heading.TLabel``, ``Figure.TLabel`` (a number that matters), ``Good`` and
    ``Bad`` labels, ``Panel.TFrame``, ``Focus.TFrame`` the rim of something that has the keyboard,
    ``Small.Treeview`` a table in a narrow column, ``Batch.Treeview`` one in a wide place.

    Returns:
        The pictures the styles draw with; they must live as long as the styles.
    """
    style = ttk.Style(root)
    pictures = [
        *_flat_buttons(root, style, palette, scale, "Nav", radius=6, pad=(10, 12), bar="left"),
        *_flat_buttons(root, style, palette, scale, "Segment", radius=4, pad=(8, 8), bar="bottom"),
        *_flat_buttons(root, style, palette, scale, "Icon", radius=4, pad=(7, 8)),
        *_tables(root, style, palette, scale, ("Small", "Batch")),
    ]
    caption, body = "SunValleyCaptionFont", "SunValleyBodyFont"
    style.configure("Nav.Toolbutton", font=caption, anchor="center")
    style.configure("Segment.Toolbutton", font=caption, anchor="center")
    style.configure("Muted.TLabel", foreground=palette.muted, font=caption)
    style.configure("Caption.TLabel", font=caption)
    style.configure("Strong.TLabel", font="SunValleyBodyStrongFont")
    style.configure("Heading.TLabel", font="SunValleySubtitleFont")
    style.configure("Figure.TLabel", font="SunValleyBodyStrongFont")
    style.configure("Good.TLabel", foreground=palette.good, font=body)
    style.configure("Bad.TLabel", foreground=palette.bad, font=caption)
    style.configure("Panel.TFrame", background=palette.background)
    style.configure("Viewer.TFrame", background=palette.viewer)
    style.configure("Line.TFrame", background=palette.border)
    style.configure("Focus.TFrame", background=palette.accent)
    for name, font, height in (("Small", caption, 24), ("Batch", body, 28)):
        rowheight = round(height * scale * text_scale)
        style.configure(f"{name}.Treeview", font=font, rowheight=rowheight)
    # The words of a heading stand over those of its column.
    style.configure("Heading", font=caption, padding=(round(4 * scale), round(2 * scale)))
    style.map("Accent.TButton", foreground=[("disabled", palette.muted)])
    return pictures


def _tables(
    root: tk.Misc, style: ttk.Style, palette: Palette, scale: float, names: tuple[str, ...]
) -> list[ImageTk.PhotoImage]:
    """Create table styles whose border shows that the table has the keyboard's focus."""
    border = round(5 * scale)
    rest, focus = (
        ImageTk.PhotoImage(
            _widened(_plate(4, scale, palette.background, colour), border), master=root
        )
        for colour in (palette.border, palette.accent)
    )
    style.element_create(
        "Table.field",
        "image",
        rest,
        ("focus", focus),
        border=border,
        padding=round(3 * scale),
        sticky="nsew",
    )
    area: Any = ("Treeview.padding", {"sticky": "nsew", "children": [("Treeview.treearea", {})]})
    for name in names:
        style.layout(f"{name}.Treeview", [("Table.field", {"sticky": "nsew", "children": [area]})])
    return [rest, focus]


def _flat_buttons(
    root: tk.Misc,
    style: ttk.Style,
    palette: Palette,
    scale: float,
    name: str,
    radius: int,
    pad: tuple[int, int],
    bar: str | None = None,
) -> list[ImageTk.PhotoImage]:
    """Create a button style without a face until it is pointed at, chosen or focused.

    What is chosen has a bar at one side, so that not its colour alone tells of it.
    """

    def plate(
        fill: str | None, outline: str | None = None, bar: str | None = None
    ) -> ImageTk.PhotoImage:
        picture = _plate(radius, scale, fill, outline)
        if bar is not None:
            _draw_bar(picture, bar, round((radius + 1) * scale), scale, palette.accent)
        return ImageTk.PhotoImage(picture, master=root)

    rest, hover, chosen, focus, both = (
        plate(None),
        plate(palette.hover),
        plate(palette.surface, bar=bar),
        plate(palette.hover, palette.accent),
        plate(palette.surface, palette.accent, bar),
    )
    states: tuple[tuple[str, ImageTk.PhotoImage], ...] = (
        ("disabled", rest),
        ("selected focus", both),
        ("selected", chosen),
        ("pressed", chosen),
        ("focus", focus),
        ("active", hover),
    )
    style.element_create(
        f"{name}.plate",
        "image",
        rest,
        *((*state.split(), picture) for state, picture in states),  # type: ignore[call-overload]
        border=round((radius + 1) * scale),
        padding=0,
        sticky="nsew",
    )
    style.layout(
        f"{name}.Toolbutton",
        [
            (
                f"{name}.plate",
                {
                    "sticky": "nsew",
                    "children": [
                        (
                            "Toolbutton.padding",
                            {
                                "sticky": "nsew",
                                "children": [("Toolbutton.label", {"sticky": "nsew"})],
                            },
                        )
                    ],
                },
            )
        ],
    )
    style.configure(
        f"{name}.Toolbutton",
        padding=(round(pad[0] * scale), round(pad[1] * scale)),
        foreground=palette.text,
    )
    style.map(f"{name}.Toolbutton", foreground=[("disabled", palette.muted)])
    return [rest, hover, chosen, focus, both]


def _plate(radius: int, scale: float, fill: str | None, outline: str | None) -> Image.Image:
    size = round((2 * radius + 6) * scale)
    large = Image.new("RGBA", (size * OVERSAMPLING,) * 2, "#00000000")
    if fill is not None:
        ImageDraw.Draw(large).rounded_rectangle(
            (0, 0, large.width - 1, large.height - 1),
            radius=radius * scale * OVERSAMPLING,
            fill=fill,
            outline=outline,
            width=round(1.5 * scale * OVERSAMPLING) if outline else 0,
        )
    return large.convert("RGBa").resize((size, size), Image.Resampling.BOX).convert("RGBA")


def _draw_bar(plate: Image.Image, side: str, border: int, scale: float, colour: str) -> None:
    """Draw a bar along a side of a plate, between its corners."""
    thick, end = max(2, round(3 * scale)), plate.width - border - 1
    low = plate.height - thick
    box = (0, border, thick - 1, end) if side == "left" else (border, low, end, plate.height - 1)
    ImageDraw.Draw(plate).rectangle(box, fill=colour)


def _widened(plate: Image.Image, border: int) -> Image.Image:
    """Pull the middle of a plate apart, and leave its border as it is."""
    end = plate.width - border
    wide = Image.new("RGBA", (TILE + 2 * border,) * 2)
    parts = (
        (0, border, 0, border),
        (border, end, border, TILE),
        (end, plate.width, -border, border),
    )
    for left, right, column, width in parts:
        for top, bottom, row, height in parts:
            part = plate.crop((left, top, right, bottom)).resize((width, height))
            wide.paste(part, (column % wide.width, row % wide.height))
    return wide
