"""Draws the application's icon in every size and format: python assets/draw_icons.py

The mark is a sun over hills in a round window. On the left of a thin line the picture is grainy, on
the right it is clean: before and after.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

ICONS = Path(__file__).parent / "icons"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
# Entries of an .icns file and the pixels they hold; ic11 and ic12 are the doubled 16 and 32.
APPLE_KINDS = {b"ic11": 32, b"ic12": 64, b"ic07": 128, b"ic08": 256, b"ic09": 512}
# Drawn this much larger and then reduced, which smooths every edge.
OVERSAMPLING = 4

# Colours of the sky at these heights, from 0 (top) to 1 (bottom).
SKY_HEIGHTS = (0.0, 0.35, 0.55, 0.72)
SKY_COLOURS = ((30, 58, 138), (124, 77, 168), (240, 106, 122), (255, 186, 107))
SUN = (255, 241, 200)
FAR_HILL, NEAR_HILL = (92, 52, 120), (40, 30, 80)
LINE = (255, 255, 255)
# Standard deviations on the 0-255 scale: most of the grain is in the brightness.
BRIGHTNESS_GRAIN, COLOUR_GRAIN = 34.0, 20.0


def main() -> None:
    """Write icon-SIZE.png for all sizes, icon.ico (Windows) and icon.icns (macOS)."""
    ICONS.mkdir(exist_ok=True)
    drawn = {size: draw_icon(size) for size in SIZES}
    for size, image in drawn.items():
        image.save(ICONS / f"icon-{size}.png", optimize=True)
    smaller = [drawn[size] for size in SIZES if size <= 256]
    smaller[-1].save(
        ICONS / "icon.ico",
        append_images=smaller[:-1],
        sizes=[image.size for image in smaller],
    )
    (ICONS / "icon.icns").write_bytes(_apple_icon())


def _apple_icon() -> bytes:
    entries = b""
    for kind, size in APPLE_KINDS.items():
        png = (ICONS / f"icon-{size}.png").read_bytes()
        entries += kind + struct.pack(">I", len(png) + 8) + png
    return b"icns" + struct.pack(">I", len(entries) + 8) + entries


def draw_icon(size: int) -> Image.Image:
    """The icon as an RGBA image of ``size`` x ``size`` pixels."""
    large = size * OVERSAMPLING
    picture = _landscape(large)
    picture = _grainy_left_half(picture, size)
    draw = ImageDraw.Draw(picture)
    half_width = max(large // 110, OVERSAMPLING // 2)
    draw.rectangle((large // 2 - half_width, 0, large // 2 + half_width, large), fill=LINE)
    picture.putalpha(_round_window(large))
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def _landscape(large: int) -> Image.Image:
    height = np.linspace(0.0, 1.0, large)
    channels = [
        np.interp(height, SKY_HEIGHTS, colours) for colours in zip(*SKY_COLOURS, strict=True)
    ]
    sky = np.stack(channels, axis=-1)[:, None, :]
    pixels = np.broadcast_to(sky, (large, large, 3)).round().astype(np.uint8)
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    draw = ImageDraw.Draw(picture)

    def at(x: float, y: float) -> tuple[float, float]:
        return x * large, y * large

    draw.ellipse((at(0.31, 0.25), at(0.69, 0.63)), fill=SUN)
    draw.polygon([at(0, 0.72), at(0.22, 0.52), at(0.46, 0.78), at(0.46, 1), at(0, 1)], FAR_HILL)
    draw.polygon([at(0.36, 0.84), at(0.76, 0.46), at(1, 0.70), at(1, 1), at(0.36, 1)], FAR_HILL)
    draw.polygon([at(0, 0.80), at(0.40, 0.70), at(1, 0.88), at(1, 1), at(0, 1)], NEAR_HILL)
    return picture


def _grainy_left_half(picture: Image.Image, size: int) -> Image.Image:
    large = picture.width
    # Grains keep about the same share of the icon, but never get smaller than one of its pixels.
    grains = min(size, 44)
    random = np.random.default_rng(7)
    grain = random.normal(0.0, BRIGHTNESS_GRAIN, (grains, grains, 1))
    grain = (grain + random.normal(0.0, COLOUR_GRAIN, (grains, grains, 3))).astype(np.float32)
    rows = np.arange(large) * grains // large
    pixels = np.asarray(picture, dtype=np.float32) + grain[rows][:, rows]
    pixels[:, large // 2 :] = np.asarray(picture, dtype=np.float32)[:, large // 2 :]
    return Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))


def _round_window(large: int) -> Image.Image:
    mask = Image.new("L", (large, large), 0)
    margin = large // 64
    ImageDraw.Draw(mask).ellipse((margin, margin, large - margin, large - margin), fill=255)
    return mask


if __name__ == "__main__":
    main()
