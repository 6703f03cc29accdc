"""The rows of a sheet of samples, noisy, denoised and clean, taken apart again; without torch."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

GAP = 4
"""White pixels between the pictures of a sheet."""

ROW_HEIGHTS = "row-heights"
"""Under which name the PNG file says how high its rows are."""


def read_rows(path: Path) -> list[Image.Image]:
    """Return the rows of a sheet from top to bottom; a sheet that does not tell is one row.

    Raises:
        OSError: the file cannot be read.
    """
    with Image.open(path) as picture:
        heights = str(picture.info.get(ROW_HEIGHTS, picture.height)).split(",")
        sheet = picture.convert("RGB")
    rows, top = [], 0
    for height in (int(words) for words in heights if words.isdigit()):
        rows.append(sheet.crop((0, top, sheet.width, min(top + height, sheet.height))))
        top += height + GAP
    return rows
