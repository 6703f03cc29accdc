"""Making colour profiles for what files say about their colours in other ways.

A profile with a matrix and a curve describes RGB samples: the curve makes them linear, the matrix
makes them XYZ under the light D50.

Source: ICC.1:2022 (profile format 4.4), sections 7-10; Bruce Lindbloom, "RGB/XYZ Matrices" and
"Chromatic Adaptation" (Bradford); ITU-T H.273 (primaries and transfer curves by number).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Chromaticities = tuple[float, float, float, float, float, float, float, float]
"""x and y of white, red, green and blue, in the order of PNG's cHRM."""

_D65 = (0.3127, 0.329)
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_CURVE_POINTS = 4096
# ITU-R BT.2408: the level at which white paper is shown, in cd/m2.
_REFERENCE_WHITE, _PQ_PEAK = 203.0, 10_000.0

PRIMARIES: dict[int, tuple[str, Chromaticities]] = {
    1: ("BT.709", (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)),
    5: ("BT.601 (625 lines)", (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06)),
    6: ("BT.601 (525 lines)", (*_D65, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07)),
    9: ("BT.2020", (*_D65, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046)),
    11: ("DCI-P3", (0.314, 0.351, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)),
    12: ("Display P3", (*_D65, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)),
}
_BT_709, _BT_601 = 1, 6
SRGB_TRANSFER = 13
TRANSFERS = {
    1: "BT.709", 4: "gamma 2.2", 5: "gamma 2.8", 6: "BT.601", 8: "linear", 13: "sRGB",
    14: "BT.2020", 15: "BT.2020", 16: "PQ", 18: "HLG",
}  # fmt: skip


def profile_of_cicp(primaries: int, transfer: int) -> bytes | None:
    """Return a profile for numbers of ITU-T H.273; None where they are not known here.

    PQ, which counts in absolute light, is taken relative to the reference white of BT.2408; what
    is brighter is white.
    """
    if primaries not in PRIMARIES or transfer not in TRANSFERS:
        return None
    name, chromaticities = PRIMARIES[primaries]
    curve = _curve_tag(_CURVES[transfer])
    numbers = struct.pack(">4s4xBBBB", b"cicp", primaries, transfer, 0, 1)
    return _profile(f"{name}, {TRANSFERS[transfer]}", chromaticities, curve, {b"cicp": numbers})


def profile_of_gamma(gamma: float, chromaticities: Chromaticities | None) -> bytes | None:
    """Return a profile for PNG's gAMA and cHRM: samples are light to the power ``gamma``.

    None where the numbers make no sense.
    """
    if not 0.1 <= gamma <= 10:
        return None
    curve = struct.pack(">4s4xH2xi", b"para", 0, round(65536 / gamma))
    place = chromaticities or PRIMARIES[_BT_709][1]
    return _profile(f"gamma {1 / gamma:.3g}", place, curve, {})


def gray_profile(curve: bytes, name: str) -> bytes:
    """Return a profile for gray samples with a curve tag, taken from another profile."""
    white = _xyz_tag(_D50)
    return _assembled(b"GRAY", {b"desc": _text(name), b"wtpt": white, b"kTRC": curve})


def colour_profile(curve: bytes, name: str) -> bytes | None:
    """Return a profile for RGB samples that are gray, with a curve tag of a gray profile."""
    return _profile(name, PRIMARIES[_BT_709][1], curve, {})


def _profile(
    name: str, chromaticities: Chromaticities, curve: bytes, further: dict[bytes, bytes]
) -> bytes | None:
    matrix = _matrix_to_d50(chromaticities)
    if matrix is None:
        return None
    tags = {b"desc": _text(name), b"wtpt": _xyz_tag(_D50)}
    for index, letter in enumerate((b"r", b"g", b"b")):
        tags[letter + b"XYZ"] = _xyz_tag(matrix[:, index])
        tags[letter + b"TRC"] = curve
    return _assembled(b"RGB ", {**tags, **further})


def _matrix_to_d50(chromaticities: Chromaticities) -> NDArray[np.float64] | None:
    white, red, green, blue = (chromaticities[at : at + 2] for at in (0, 2, 4, 6))
    if min(white[1], red[1], green[1], blue[1]) <= 0:
        return None
    columns = np.stack([_xyz(*red), _xyz(*green), _xyz(*blue)], axis=1)
    if abs(np.linalg.det(columns)) < 1e-6:
        return None
    own_white = _xyz(*white)
    matrix = columns * np.linalg.solve(columns, own_white)
    scale = (_BRADFORD @ _D50) / (_BRADFORD @ own_white)
    adapted = np.linalg.inv(_BRADFORD) @ np.diag(scale) @ _BRADFORD @ matrix
    return adapted if np.abs(adapted).max() < 100 else None


def _xyz(x: float, y: float) -> NDArray[np.float64]:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _xyz_tag(values: NDArray[np.float64]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(float(value) * 65536) for value in values))


def _curve_tag(linear: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> bytes:
    values = np.clip(linear(np.linspace(0, 1, _CURVE_POINTS)), 0, 1)
    table = np.rint(values * 65535).astype(">u2")
    return struct.pack(">4s4xI", b"curv", _CURVE_POINTS) + table.tobytes()


def _text(name: str) -> bytes:
    text = name.encode("utf-16-be")
    return struct.pack(">4s4xII4sII", b"mluc", 1, 12, b"enUS", len(text), 28) + text


def _assembled(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {**tags, b"cprt": _text("No copyright, use freely")}
    position = 128 + 4 + 12 * len(tags)
    table, data, places = struct.pack(">I", len(tags)), b"", dict[bytes, int]()
    for name, content in tags.items():
        if content not in places:
            places[content] = position + len(data)
            data += content + b"\0" * (-len(content) % 4)
        table += struct.pack(">4sII", name, places[content], len(content))
    header = struct.pack(
        ">I4sI4s4s4s6H4s4sI4s4s8xI3i4s16s28x", position + len(data), bytes(4), 0x04400000, b"mntr",
        space, b"XYZ ", 2026, 1, 1, 0, 0, 0, b"acsp", bytes(4), 0, bytes(4), bytes(4), 0,
        *(round(float(value) * 65536) for value in _D50), bytes(4), bytes(16),
    )  # fmt: skip
    return header + table + data


def _power(
    exponent: float, slope: float, offset: float, threshold: float
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    def linear(values: NDArray[np.float64]) -> NDArray[np.float64]:
        curved = ((values + offset) / (1 + offset)) ** exponent
        return np.where(values < threshold, values / slope, curved)

    return linear


def _pq(values: NDArray[np.float64]) -> NDArray[np.float64]:
    root = values ** (1 / 78.84375)
    light = (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (
        1 / 0.1593017578125
    )
    return light * _PQ_PEAK / _REFERENCE_WHITE


def _hlg(values: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    light = np.where(values <= 0.5, values**2 / 3, (np.exp((values - c) / a) + b) / 12)
    return np.asarray(light / light.max())


_BT_709_CURVE = _power(1 / 0.45, 4.5, 0.099, 0.081)
_CURVES: dict[int, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    1: _BT_709_CURVE, 4: lambda v: v**2.2, 5: lambda v: v**2.8, 6: _BT_709_CURVE,
    8: lambda v: v, 13: _power(2.4, 12.92, 0.055, 0.04045), 14: _BT_709_CURVE, 15: _BT_709_CURVE,
    16: _pq, 18: _hlg,
}  # fmt: skip
