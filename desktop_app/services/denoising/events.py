"""What denoising tells the window while it works; needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from desktop_app.services.pictures.pyramid import Pixels


@dataclass(frozen=True)
class TilePixels:
    """A finished part of the result, for the screen.

    Attributes:
        fraction: how much of the picture is done, 0-1.
        top, left, bottom, right: the part, in picture pixels.
        pixels: (bottom - top, right - left, 3) uint8.
    """

    fraction: float
    top: int
    left: int
    bottom: int
    right: int
    pixels: Pixels


@dataclass(frozen=True)
class Notice:
    """Something went wrong without harming the result; the work goes on in another way."""

    sentence: str


DenoisingEvent: TypeAlias = TilePixels | Notice
