"""RAW files by the book, as tests need them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tifffile

MAKER, ORIENTATION = 0x010F, 0x0112
BRIGHT, DARK = 0.61, 0.14
# From XYZ to linear sRGB under D65 (IEC 61966-2-1): this camera sees as the screen shows.
CAMERA_MATRIX = np.array(
    [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
)
D65 = 21
COLOUR_FILTERS, LINEAR = 32803, 34892
X_TRANS = "GGRGGBGGBGGRBRGRBGGGBGGRGGRGGBRBGBRG"
BYTE, TEXT, SHORT, LONG, RATIONAL, UNDEFINED, SIGNED_RATIONAL = 1, 2, 3, 4, 5, 7, 10


def red_and_dark() -> np.ndarray:
    """Linear light, (120, 160, 3): red on the left, dark gray on the right."""
    light = np.full((120, 160, 3), DARK)
    light[:, :80] = BRIGHT, 0.1 * BRIGHT, 0.1 * BRIGHT
    return light


def fractions(values: np.ndarray) -> tuple[int, ...]:
    return tuple(part for value in values.ravel() for part in (round(10_000 * value), 10_000))


def bayer(light: np.ndarray, arrangement: str = "RGGB") -> np.ndarray:
    """What a Bayer sensor sees of light (H, W, 3), (H, W)."""
    mosaic = np.empty(light.shape[:2])
    for place, colour in enumerate(arrangement):
        y, x = divmod(place, 2)
        mosaic[y::2, x::2] = light[y::2, x::2, "RGB".index(colour)]
    return mosaic


def write_dng(
    path: Path,
    light: np.ndarray | None = None,
    white: tuple[float, float, float] = (1.0, 1.0, 1.0),
    orientation: int = 1,
) -> None:
    """Write a RAW file of linear light (H, W, 3), as an RGGB sensor of 16 bits sees it.

    ``white`` is what the sensor sees of a white surface under the light of the scene.
    """
    seen = bayer((red_and_dark() if light is None else light) * white) * 65535
    write_samples(path, np.rint(seen).astype(np.uint16), white=white, orientation=orientation)


def write_samples(
    path: Path,
    samples: np.ndarray,
    arrangement: str = "RGGB",
    levels: tuple[int, int, int, int] = (0, 0, 0, 0),
    white_level: int = 65535,
    white: tuple[float, float, float] = (1.0, 1.0, 1.0),
    orientation: int = 1,
    active: tuple[int, int, int, int] | None = None,
    crop: tuple[int, int, int, int] | None = None,
    lens: bytes = b"",
    xmp: bytes = b"",
    iptc: bytes = b"",
    with_thumbnail: bool = False,
    **options: Any,
) -> None:
    """Write the samples of a sensor as a DNG file.

    Args:
        levels: black of the upper left 2 x 2 places.
        active: top, left, bottom and right of what is inside the margins.
        crop: left, top, width and height inside of that.
        lens: operations on the developed picture.
        xmp, iptc: what describes the photo.
        with_thumbnail: whether a small picture comes first and the mosaic in a directory below it.
        options: for ``tifffile.imwrite``.
    """
    side = round(len(arrangement) ** 0.5)
    tags: list[tuple[int, int, int, Any, bool]] = [
        (271, TEXT, 0, "Maker", True),
        (272, TEXT, 0, "Model", True),
        (274, SHORT, 1, orientation, True),
        (50706, BYTE, 4, b"\1\4\0\0", True),
        (50708, TEXT, 0, "Maker Model", True),
        (50721, SIGNED_RATIONAL, 9, fractions(CAMERA_MATRIX), True),
        (50728, RATIONAL, 3, fractions(np.array(white)), True),
        (50778, SHORT, 1, D65, True),
    ]
    if xmp:
        tags.append((700, BYTE, len(xmp), xmp, True))
    if iptc:
        tags.append((33723, UNDEFINED, len(iptc), iptc, True))
    of_samples: list[tuple[int, int, int, Any, bool]] = [(50717, SHORT, 1, white_level, True)]
    options = {"photometric": COLOUR_FILTERS, **options}
    if options["photometric"] == COLOUR_FILTERS:
        pattern = bytes("RGB".index(colour) for colour in arrangement)
        of_samples += [(33421, SHORT, 2, (side, side), True), (33422, BYTE, side**2, pattern, True)]
        of_samples += [(50713, SHORT, 2, (2, 2), True), (50714, SHORT, 4, levels, True)]
    if active is not None:
        of_samples.append((50829, LONG, 4, active, True))
    if crop is not None:
        of_samples += [(50719, LONG, 2, crop[:2], True), (50720, LONG, 2, crop[2:], True)]
    if lens:
        of_samples.append((51022, UNDEFINED, len(lens), lens, True))
    with tifffile.TiffWriter(path) as file:
        if with_thumbnail:
            small = np.zeros((8, 8, 3), np.uint8)
            file.write(small, photometric="rgb", metadata=None, extratags=tags, subifds=1)
            tags = []
        file.write(samples, metadata=None, extratags=tags + of_samples, **options)


def write_one_of_each_sensor(folder: Path) -> None:
    """Write ``bayer.dng``, ``xtrans.dng`` and ``linear.dng``, flat and without noise."""
    flat = np.full((512, 512), 20_000, np.uint16)  # LibRaw refuses smaller ones of X-Trans sensors
    write_samples(folder / "bayer.dng", flat)
    write_samples(folder / "xtrans.dng", flat, X_TRANS)
    colours = np.repeat(flat[:, :, None], 3, axis=2)
    write_samples(folder / "linear.dng", colours, photometric=LINEAR, planarconfig="contig")


def write_noisy_photo(path: Path, size: tuple[int, int] = (70, 90)) -> None:
    """Write a noisy photo of H x W places as a 12-bit GRBG sensor on its side sees it."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[: size[0], : size[1]]
    light = np.stack([0.2 + 0.1 * np.sin(x / 20), 0.3 + 0.1 * np.cos(y / 15), 0.2 + 0 * x], axis=2)
    seen = bayer(light, "GRBG")
    seen += random.normal(0, 1, seen.shape) * np.sqrt(4e-3 * seen + 1e-5)
    samples = np.rint(seen * 3900 + 100).clip(0, 4000).astype(np.uint16)
    write_samples(path, samples, "GRBG", (100,) * 4, 4000, (0.6, 1.0, 0.8), orientation=6)
