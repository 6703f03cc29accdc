"""Drawing the visible part of a picture, or of a mix of two, at the zoom that is wanted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from desktop_app.services.blending import blend, removed
from desktop_app.services.image_pyramid import ImagePyramid, Pixels

CRISP_ZOOM = 2.0


@dataclass(frozen=True)
class Look:
    """What is to be seen: a picture, a mix of two, or their difference.

    Attributes:
        picture: the picture, or the noisy one of a mix.
        denoised: the other one of a mix, of the same size; ``None`` for a single picture.
        strength, colour_strength: see :func:`desktop_app.services.blending.blend`.
        residual: show what the mix takes away from ``picture``, amplified around middle gray.
    """

    picture: ImagePyramid
    denoised: ImagePyramid | None = None
    strength: float = 1.0
    colour_strength: float = 1.0
    residual: bool = False

    def pixels(self, level: int, rows: slice, columns: slice) -> Pixels:
        """Return a part of one level of the pyramid, (rows, columns, 3) uint8."""
        part = self.picture.levels[level][rows, columns]
        if self.denoised is None:
            return part
        other = self.denoised.levels[level][rows, columns]
        mixed = blend(part, other, self.strength, self.colour_strength)
        return removed(part, mixed) if self.residual else mixed


def render(
    look: Look,
    left: float,
    top: float,
    zoom: float,
    width: int,
    height: int,
    background: str,
) -> Image.Image:
    """Draw a window's worth of a picture.

    Args:
        left, top: picture coordinates at the window's top left corner; may be negative.
        zoom: screen pixels per picture pixel.
        width, height: size of the window.
        background: colour beside the picture.

    Returns:
        An RGB image of ``width`` x ``height``. From a zoom of 2 on, every picture pixel is a crisp
        square.
    """
    picture_width, picture_height = look.picture.size
    columns = _covered(left, zoom, width, picture_width)
    rows = _covered(top, zoom, height, picture_height)
    window = Image.new("RGB", (width, height), background)
    if columns[1] <= columns[0] or rows[1] <= rows[0]:
        return window
    level = look.picture.level_for(zoom)
    level_height, level_width = look.picture.levels[level].shape[:2]
    x0, x1 = _span(columns, left, zoom, level, level_width)
    y0, y1 = _span(rows, top, zoom, level, level_height)
    first_column, last_column = math.floor(x0), math.ceil(x1)
    first_row, last_row = math.floor(y0), math.ceil(y1)
    part = look.pixels(level, slice(first_row, last_row), slice(first_column, last_column))
    size = columns[1] - columns[0], rows[1] - rows[0]
    image = Image.fromarray(np.ascontiguousarray(part))
    if zoom == 1:
        # Pixel for pixel: a fraction of a pixel in the position must not blur the picture.
        offset_x, offset_y = round(x0) - first_column, round(y0) - first_row
        offset_x = max(0, min(offset_x, image.width - size[0]))
        offset_y = max(0, min(offset_y, image.height - size[1]))
        image = image.crop((offset_x, offset_y, offset_x + size[0], offset_y + size[1]))
    else:
        crisp = zoom >= CRISP_ZOOM
        image = image.resize(
            size,
            Image.Resampling.NEAREST if crisp else Image.Resampling.BILINEAR,
            box=(x0 - first_column, y0 - first_row, x1 - first_column, y1 - first_row),
        )
    window.paste(image, (columns[0], rows[0]))
    return window


def _covered(start: float, zoom: float, window: int, picture: int) -> tuple[int, int]:
    """Return the first and the end of the window's pixels that the picture covers."""
    first = max(0, round(-start * zoom))
    end = min(window, round((picture - start) * zoom))
    return first, end


def _span(
    covered: tuple[int, int], start: float, zoom: float, level: int, size: int
) -> tuple[float, float]:
    """Return the part of a level that the covered pixels of the window show."""
    shrink = 2.0**level
    first = (start + covered[0] / zoom) / shrink
    end = (start + covered[1] / zoom) / shrink
    first = min(max(first, 0.0), size - 1.0)
    return first, min(max(end, first + 1e-3), float(size))
