"""Line icons, drawn for the scale and the colours in use.

Every icon is a list of strokes on a grid of 24 by 24: ``("line", x, y, x, y, ...)``,
``("arc", left, top, right, bottom, from, to)`` in degrees clockwise from three o'clock,
``("oval", left, top, right, bottom)``, ``("dot", x, y, radius)``, ``("fill", x, y, ...)``.
"""

from __future__ import annotations

import math
from typing import Any

from PIL import Image, ImageDraw

GRID = 24
STROKE = 1.7
OVERSAMPLING = 8

Stroke = tuple[Any, ...]

ICONS: dict[str, list[Stroke]] = {
    "open": [
        ("line", 3, 19, 3, 5, 9, 5, 11.5, 8, 20, 8, 20, 11),
        ("line", 3, 19, 6.5, 11, 22, 11, 18.5, 19, 3, 19),
    ],
    "save": [
        ("line", 12, 3, 12, 15),
        ("line", 7, 10.5, 12, 15.5, 17, 10.5),
        ("line", 4, 15, 4, 20, 20, 20, 20, 15),
    ],
    "undo": [
        ("line", 8, 4.5, 4, 8.5, 8, 12.5),
        ("line", 4, 8.5, 14, 8.5),
        ("arc", 9, 8.5, 20, 19.5, 270, 450),
        ("line", 14.5, 19.5, 9, 19.5),
    ],
    "redo": [
        ("line", 16, 4.5, 20, 8.5, 16, 12.5),
        ("line", 20, 8.5, 10, 8.5),
        ("arc", 4, 8.5, 15, 19.5, 90, 270),
        ("line", 9.5, 19.5, 15, 19.5),
    ],
    "zoom-in": [
        ("oval", 4, 4, 16, 16),
        ("line", 14.5, 14.5, 20.5, 20.5),
        ("line", 10, 7, 10, 13),
        ("line", 7, 10, 13, 10),
    ],
    "zoom-out": [("oval", 4, 4, 16, 16), ("line", 14.5, 14.5, 20.5, 20.5), ("line", 7, 10, 13, 10)],
    "fit": [
        ("line", 4, 9, 4, 4, 9, 4),
        ("line", 15, 4, 20, 4, 20, 9),
        ("line", 20, 15, 20, 20, 15, 20),
        ("line", 9, 20, 4, 20, 4, 15),
        ("oval", 9.5, 9.5, 14.5, 14.5),
    ],
    "actual-size": [
        ("line", 4.5, 8, 7.5, 5.5, 7.5, 18.5),
        ("line", 16.5, 8, 19.5, 5.5, 19.5, 18.5),
        ("dot", 12.5, 9.5, 1.3),
        ("dot", 12.5, 15, 1.3),
    ],
    "split": [
        ("line", 8, 5, 3, 5, 3, 19, 8, 19),
        ("line", 16, 5, 21, 5, 21, 19, 16, 19),
        ("line", 12, 2.5, 12, 21.5),
        ("fill", 9.5, 9, 9.5, 15, 6, 12),
        ("fill", 14.5, 9, 14.5, 15, 18, 12),
    ],
    "side": [
        ("line", 2.5, 6, 10, 6, 10, 18, 2.5, 18, 2.5, 6),
        ("line", 14, 6, 21.5, 6, 21.5, 18, 14, 18, 14, 6),
        ("dot", 4.8, 9, 0.9),
        ("dot", 7.7, 11, 0.9),
        ("dot", 5, 13, 0.9),
        ("dot", 7.8, 15.2, 0.9),
    ],
    "flip": [("line", 7.5, 8, 21, 8, 21, 20, 7.5, 20, 7.5, 8), ("line", 3.5, 15.5, 3.5, 4, 16, 4)],
    "removed": [
        ("line", 3, 5, 21, 5, 21, 19, 3, 19, 3, 5),
        ("dot", 7.5, 9, 1),
        ("dot", 12, 14, 1),
        ("dot", 16.5, 9.5, 1),
        ("dot", 8, 15.5, 1),
        ("dot", 17, 15.5, 1),
        ("dot", 12, 8, 1),
    ],
    "error": [
        ("line", 3, 5, 21, 5, 21, 19, 3, 19, 3, 5),
        ("line", 9, 9.5, 15, 9.5),
        ("line", 12, 6.8, 12, 12.2),
        ("line", 9, 15.5, 15, 15.5),
    ],
    "rivals": [
        ("oval", 2.5, 6, 14.5, 18),
        ("oval", 9.5, 6, 21.5, 18),
    ],
    "loupe": [
        ("oval", 3.5, 3.5, 16.5, 16.5),
        ("line", 15, 15, 20.5, 20.5),
        ("fill", 7, 7, 10, 7, 10, 10, 7, 10),
        ("fill", 10, 10, 13, 10, 13, 13, 10, 13),
    ],
    "denoise": [
        ("line", 4, 20, 14.5, 9.5),
        ("line", 12.5, 7.5, 16.5, 11.5),
        ("line", 18.5, 2.5, 18.5, 7),
        ("line", 16.2, 4.8, 20.8, 4.8),
        ("line", 7.5, 4.5, 7.5, 7.5),
        ("line", 6, 6, 9, 6),
        ("line", 19.5, 14.5, 19.5, 17.5),
        ("line", 18, 16, 21, 16),
    ],
    "batch": [
        ("line", 7.5, 8, 21, 8, 21, 20, 7.5, 20, 7.5, 8),
        ("line", 4.5, 16.5, 4.5, 5, 17.5, 5),
        ("line", 10, 17, 13, 13.5, 15, 15.5, 17.5, 12.5),
    ],
    "train": [("line", 4, 3.5, 4, 20, 21, 20), ("line", 7.5, 7, 10, 13, 13.5, 15, 20, 16)],
    "learn": [
        ("oval", 3, 4, 7.5, 8.5),
        ("oval", 3, 15.5, 7.5, 20),
        ("oval", 16.5, 9.75, 21, 14.25),
        ("line", 7.5, 7, 16.6, 11),
        ("line", 7.5, 17, 16.6, 13),
    ],
    "settings": [
        ("line", 4, 7, 13, 7),
        ("oval", 13, 4.5, 18, 9.5),
        ("line", 18, 7, 20.5, 7),
        ("line", 3.5, 17, 6, 17),
        ("oval", 6, 14.5, 11, 19.5),
        ("line", 11, 17, 20, 17),
    ],
    "folded": [("line", 9.5, 6.5, 15, 12, 9.5, 17.5)],
    "unfolded": [("line", 6.5, 9.5, 12, 15, 17.5, 9.5)],
    "close": [("line", 6, 6, 18, 18), ("line", 18, 6, 6, 18)],
    "delete": [
        ("line", 4, 6.5, 20, 6.5),
        ("line", 9, 6, 9, 3.5, 15, 3.5, 15, 6),
        ("line", 6, 6.5, 7, 20.5, 17, 20.5, 18, 6.5),
        ("line", 10, 10.5, 10, 16.5),
        ("line", 14, 10.5, 14, 16.5),
    ],
    "play": [
        ("fill", 7.5, 4.5, 19, 12, 7.5, 19.5),
        ("line", 7.5, 4.5, 19, 12, 7.5, 19.5, 7.5, 4.5),
    ],
    "pause": [("line", 8.5, 5, 8.5, 19), ("line", 15.5, 5, 15.5, 19)],
    "stop": [
        ("fill", 6.5, 6.5, 17.5, 6.5, 17.5, 17.5, 6.5, 17.5),
        ("line", 6.5, 6.5, 17.5, 6.5, 17.5, 17.5, 6.5, 17.5, 6.5, 6.5),
    ],
    "step": [
        ("fill", 5, 5, 14, 12, 5, 19),
        ("line", 5, 5, 14, 12, 5, 19, 5, 5),
        ("line", 18.5, 5, 18.5, 19),
    ],
    "step-back": [
        ("fill", 19, 5, 10, 12, 19, 19),
        ("line", 19, 5, 10, 12, 19, 19, 19, 5),
        ("line", 5.5, 5, 5.5, 19),
    ],
    "all": [
        ("line", 4, 4, 10, 4, 10, 10, 4, 10, 4, 4),
        ("line", 14, 4, 20, 4, 20, 10, 14, 10, 14, 4),
        ("line", 4, 14, 10, 14, 10, 20, 4, 20, 4, 14),
        ("line", 14, 14, 20, 14, 20, 20, 14, 20, 14, 14),
    ],
    "info": [("oval", 3.5, 3.5, 20.5, 20.5), ("line", 12, 11, 12, 16.5), ("dot", 12, 7.7, 1.2)],
    "table": [
        ("line", 3.5, 4.5, 20.5, 4.5, 20.5, 19.5, 3.5, 19.5, 3.5, 4.5),
        ("line", 3.5, 9.5, 20.5, 9.5),
        ("line", 3.5, 14.5, 20.5, 14.5),
        ("line", 10, 4.5, 10, 19.5),
    ],
    "drop": [
        ("line", 3, 17.5, 3, 4.5, 21, 4.5, 21, 17.5),
        ("line", 3, 20, 21, 20),
        ("line", 12, 8, 12, 16),
        ("line", 8.5, 12.8, 12, 16.3, 15.5, 12.8),
    ],
}


def draw_icon(name: str, colour: str, size: int) -> Image.Image:
    """Draw an icon as a transparent picture of ``size`` by ``size`` pixels."""
    unit = size * OVERSAMPLING / GRID
    mask = Image.new("L", (size * OVERSAMPLING,) * 2)
    pen = ImageDraw.Draw(mask)
    for stroke in ICONS[name]:
        _draw(pen, stroke[0], [value * unit for value in stroke[1:]], stroke, unit)
    mask = mask.resize((size, size), Image.Resampling.BOX)
    icon = Image.new("RGBA", (size, size), colour)
    icon.putalpha(mask)
    return icon


def _draw(
    pen: ImageDraw.ImageDraw, kind: str, scaled: list[float], stroke: Stroke, unit: float
) -> None:
    width = STROKE * unit
    if kind == "line":
        points = list(zip(scaled[::2], scaled[1::2], strict=True))
        pen.line(points, fill=255, width=round(width))
        for x, y in points:
            _dot(pen, x, y, width / 2)
    elif kind == "oval":
        pen.ellipse(_widened(scaled, width / 2), outline=255, width=round(width))
    elif kind == "arc":
        box, (start, end) = scaled[:4], stroke[5:7]
        pen.arc(_widened(box, width / 2), start, end, fill=255, width=round(width))
        radius, middle = (box[2] - box[0]) / 2, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        for angle in (start, end):
            x = middle[0] + radius * math.cos(math.radians(angle))
            y = middle[1] + radius * math.sin(math.radians(angle))
            _dot(pen, x, y, width / 2)
    elif kind == "dot":
        _dot(pen, *scaled)
    else:
        pen.polygon(list(zip(scaled[::2], scaled[1::2], strict=True)), fill=255)


def _dot(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _widened(box: list[float], by: float) -> tuple[float, float, float, float]:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by
