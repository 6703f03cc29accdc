"""Drawing the visible part of a picture, or of a mix of two, at the zoom that is wanted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from desktop_app.services.denoising.blending import blend, removed
from desktop_app.services.pictures.pyramid import ImagePyramid, Pixels
from desktop_app.services.pictures.screen_colours import Convert

CRISP_ZOOM = 2.0

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels and fractions of them."""


@dataclass(frozen=True)
class Look:
    """What is to be seen: a picture, a mix of two, or their difference.

    Attributes:
        picture: the picture, or the noisy one of a mix.
        denoised: the other one of a mix, of the same size; ``None`` for a single picture.
        strength, colour_strength: see :func:`desktop_app.services.denoising.blending.blend`.
        residual: show what the mix takes away from ``picture``, amplified around middle gray.
        truth: show how the mix differs from this picture instead, in the same way.
        gain: how much differences are amplified.
        to_screen: brings the picture's colours to the screen; ``None`` shows its values as they
            are, which differences always do.
    """

    picture: ImagePyramid
    denoised: ImagePyramid | None = None
    strength: float = 1.0
    colour_strength: float = 1.0
    residual: bool = False
    truth: ImagePyramid | None = None
    gain: float = 4.0
    to_screen: Convert | None = None

    @property
    def is_difference(self) -> bool:
        """Whether no picture is shown but how much two differ."""
        return self.residual or self.truth is not None

    def layers(self) -> tuple[ImagePyramid, ...]:
        """Return the pictures that are needed."""
        return tuple(
            layer for layer in (self.picture, self.denoised, self.truth) if layer is not None
        )

    def combine(self, parts: list[Pixels]) -> Pixels:
        """Mix equal parts of the :meth:`layers`, at whatever resolution they are."""
        if self.denoised is None:
            return parts[0]
        mixed = blend(parts[0], parts[1], self.strength, self.colour_strength)
        if self.truth is not None:
            return removed(mixed, parts[2], self.gain)
        return removed(parts[0], mixed, self.gain) if self.residual else mixed


def render(
    look: Look,
    left: float,
    top: float,
    zoom: float,
    width: int,
    height: int,
    background: str,
    draft: bool = False,
) -> Image.Image:
    """Draw a window's worth of a picture.

    Args:
        left, top: picture coordinates at the window's top left corner; may be negative.
        zoom: screen pixels per picture pixel.
        width, height: size of the window.
        background: colour beside the picture.
        draft: be quick rather than smooth, for pictures in motion.

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
    size = columns[1] - columns[0], rows[1] - rows[0]
    method = Image.Resampling.BILINEAR
    if draft or zoom >= CRISP_ZOOM:
        method = Image.Resampling.NEAREST
    box = (x0, y0, x1, y1)
    pixels = [layer.levels[level] for layer in look.layers()]
    # Mixing is linear, so it may come before or after resizing: where there are fewer pixels.
    # Only pixels of 8 bits can be resized.
    if zoom < 1 and pixels[0].dtype == np.uint8:
        shown = look.combine([_resized(part, box, size, method) for part in pixels])
    else:
        shown = look.combine([_cropped(part, box) for part in pixels])
        inside = x0 - math.floor(x0), y0 - math.floor(y0), x1 - math.floor(x0), y1 - math.floor(y0)
        shown = (
            _in_place(shown, inside, size) if zoom == 1 else _resized(shown, inside, size, method)
        )
    image = Image.fromarray(np.ascontiguousarray(shown))
    if look.to_screen is not None and not look.is_difference:
        image = look.to_screen(image)
    window.paste(image, (columns[0], rows[0]))
    return window


def _cropped(pixels: Pixels, box: Box) -> Pixels:
    """Return the whole pixels that a box touches."""
    return pixels[math.floor(box[1]) : math.ceil(box[3]), math.floor(box[0]) : math.ceil(box[2])]


def _in_place(pixels: Pixels, box: Box, size: tuple[int, int]) -> Pixels:
    """Cut pixel for pixel: a fraction of a pixel in the position must not blur the picture."""
    x = max(0, min(round(box[0]), pixels.shape[1] - size[0]))
    y = max(0, min(round(box[1]), pixels.shape[0] - size[1]))
    return pixels[y : y + size[1], x : x + size[0]]


def _resized(pixels: Pixels, box: Box, size: tuple[int, int], method: Image.Resampling) -> Pixels:
    """Return what a box shows, in ``size`` pixels."""
    left, top = math.floor(box[0]), math.floor(box[1])
    inside = box[0] - left, box[1] - top, box[2] - left, box[3] - top
    part = Image.fromarray(np.ascontiguousarray(_cropped(pixels, box)))
    result: Pixels = np.asarray(part.resize(size, method, box=inside))
    return result


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
