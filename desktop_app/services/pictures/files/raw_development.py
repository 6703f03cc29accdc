"""Developing what a sensor saw with LibRaw: the whole of a file, or parts of a mosaic alone.

Source: rawpy and LibRaw, whose ``bright`` multiplies light before the curve, and whose ``user_sat``
is the span between black and white.
"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures.development import Development
from desktop_app.services.pictures.files.dng import write_bare_dng
from desktop_app.services.pictures.mosaic import Mosaic
from desktop_app.services.pictures.picture import Samples
from desktop_app.services.pictures.turning import place_before, turned

Rectangle: TypeAlias = tuple[int, int, int, int]

# The transfer curve of sRGB: power and slope of the straight part (IEC 61966-2-1).
_SRGB_CURVE = (2.4, 12.92)
_ON_ITS_SIDE = range(5, 9)

_MARGIN = 16
"""So many pixels beside a part are developed with it, for interpolation to see; even."""

_SMALLEST = 32
"""No part has shorter sides: LibRaw refuses pictures of fewer than 22 pixels."""

_EXCERPT, _EXCERPTS_DOWN, _EXCERPTS_ACROSS = 128, 10, 14


def package(path: Path) -> Any:
    """Return the package that develops.

    Raises:
        PictureError: it is missing, and ``path`` cannot be read without.
    """
    try:
        import rawpy
    except ImportError as error:
        raise PictureError(
            f"{path} is a camera's RAW file, which needs the extra 'raw': "
            "pip install 'scratch-denoiser[raw]' (or pip install rawpy)."
        ) from error
    return rawpy


def camera_balance(raw: Any) -> tuple[float, float, float]:
    """Return the camera's factors for red, green and blue; those of daylight without any."""
    for factors in (raw.camera_whitebalance, raw.daylight_whitebalance):
        red, green, blue = factors[:3]
        if min(red, green, blue) > 0:
            return red / green, 1.0, blue / green
    return 1.0, 1.0, 1.0


def choices(
    rawpy: Any,
    raw: Any,
    development: Development,
    mosaic: Mosaic | None,
    gray: tuple[float, float, float] | None = None,
) -> dict[str, Any]:
    """Return the arguments of rawpy's ``postprocess``.

    Args:
        rawpy: the package.
        raw: the file that it has opened.
        development: what the person has chosen.
        mosaic: what is developed; None where there is none.
        gray: the automatic white balance, where it is known already, as that of a part.
    """
    chosen: dict[str, Any] = {
        "output_bps": 16,
        "no_auto_bright": True,
        "gamma": _SRGB_CURVE,
        "output_color": rawpy.ColorSpace.sRGB,
        "half_size": development.half_size,
    }
    if mosaic is not None:
        chosen |= {"user_sat": mosaic.span, "adjust_maximum_thr": 0.0}
    balance = camera_balance(raw)
    if development.white_balance == "camera":
        chosen["use_camera_wb"] = True
    elif mosaic is None:
        chosen["use_auto_wb"] = True
    else:
        red, green, blue = balance = gray or mosaic.gray_world()
        chosen["user_wb"] = [red, green, blue, green]
    bright: float = 2.0**development.exposure
    if development.highlights == "blend":
        chosen["highlight_mode"] = rawpy.HighlightMode.Blend
        # LibRaw leaves room for what is brighter than white, and the picture darker for it.
        bright *= max(balance) / min(balance)
    return {**chosen, "bright": bright}


def developed_size(mosaic: Mosaic) -> tuple[int, int]:
    """Return height and width of the upright picture that a mosaic is developed to."""
    half = int(mosaic.development.half_size)
    height, width = ((extent + half) >> half for extent in mosaic.samples.shape)
    return (width, height) if mosaic.orientation in _ON_ITS_SIDE else (height, width)


class Part(NamedTuple):
    """What of a mosaic a place of its upright development is made from.

    Attributes:
        inner: top, left, bottom and right in the mosaic.
        outer: those of it with what interpolation looks at, from even pixels on.
    """

    inner: Rectangle
    outer: Rectangle


def part_for(mosaic: Mosaic, place: Rectangle) -> Part:
    """Return what of a mosaic a place of its development is made from."""
    scale = 1 + int(mosaic.development.half_size)
    top, left, bottom, right = (
        scale * side for side in place_before(place, mosaic.orientation, *developed_size(mosaic))
    )
    height, width = mosaic.samples.shape
    inner = top, left, min(bottom, height), min(right, width)
    outer = (
        max(min(top - _MARGIN, height - _SMALLEST) // 2 * 2, 0),
        max(min(left - _MARGIN, width - _SMALLEST) // 2 * 2, 0),
        min(max(bottom + _MARGIN, _SMALLEST), height),
        min(max(right + _MARGIN, _SMALLEST), width),
    )
    return Part(inner, outer)


def develop_part(
    mosaic: Mosaic, part: Part, gray: tuple[float, float, float] | None = None
) -> Samples:
    """Develop a part of a mosaic, upright, to what it is in the development of the whole.

    Args:
        mosaic: the samples of ``part.outer`` alone.
        part: where they lie in the whole.
        gray: the whole's automatic white balance.
    """
    half = int(mosaic.development.half_size)
    samples = _developed(mosaic, gray)
    (top, left, bottom, right), (above, before, _, _) = part
    rows = slice((top - above) >> half, (bottom - above + half) >> half)
    columns = slice((left - before) >> half, (right - before + half) >> half)
    return turned(samples[rows, columns], mosaic.orientation)


def develop_excerpts(mosaic: Mosaic) -> NDArray[np.uint16] | None:
    """Develop squares from all over a mosaic, as they are in its development, but not turned.

    Returns:
        (N, side, side, 3); None where the whole is developed about as fast.
    """
    outer = _EXCERPT + 2 * _MARGIN
    height, width = mosaic.samples.shape
    area = _EXCERPTS_DOWN * _EXCERPTS_ACROSS * outer**2
    if mosaic.development.half_size or height * width < 2 * area or min(height, width) < outer:
        return None
    tops, lefts = (
        np.linspace(0, extent - outer, count).astype(int) // 2 * 2
        for extent, count in ((height, _EXCERPTS_DOWN), (width, _EXCERPTS_ACROSS))
    )
    sheet = np.block(
        [[mosaic.samples[top : top + outer, left : left + outer] for left in lefts] for top in tops]
    )
    is_automatic = mosaic.development.white_balance == "auto"
    gray = mosaic.gray_world() if is_automatic else None
    samples = _developed(replace(mosaic, samples=sheet), gray)
    squares = samples.reshape(_EXCERPTS_DOWN, outer, _EXCERPTS_ACROSS, outer, 3).swapaxes(1, 2)
    inside = slice(_MARGIN, -_MARGIN)
    return np.ascontiguousarray(squares[:, :, inside, inside].reshape(-1, _EXCERPT, _EXCERPT, 3))


def _developed(mosaic: Mosaic, gray: tuple[float, float, float] | None) -> Samples:
    """Develop a mosaic by itself, as the sensor lies."""
    rawpy = package(Path("the mosaic"))
    stream = io.BytesIO()
    write_bare_dng(stream, replace(mosaic, orientation=1, crop=None))
    stream.seek(0)
    with rawpy.imread(stream) as raw:
        samples: Samples = raw.postprocess(**choices(rawpy, raw, mosaic.development, mosaic, gray))
    return samples
