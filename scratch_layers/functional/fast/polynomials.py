r"""The matrices of Winograd's convolutions, from the points at which polynomials are evaluated.

Tile and taps are the coefficients of polynomials. Where both are evaluated at a point, one
multiplication gives the value of their product there, and enough values determine its coefficients
(Toom and Cook). Transposed, the same matrices compute the outputs of a tile of inputs.
The points are 0, ±1, ±2 and ±1/2, which round little, and infinity: the highest coefficient.

Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016); Barabasz et
al., "Error Analysis and Improving the Accuracy of Winograd Convolution" (2020), for the points.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from scratch_layers.functional.fast.tile_transforms import Axis, Matrix

_POINTS = tuple(map(Fraction, ("0", "1", "-1", "2", "-2", "1/2", "-1/2")))


def evaluation(points: int, taps: int) -> tuple[Axis, Matrix]:
    """Return the matrices of tiles with ``points + 2 - taps`` outputs, and G: numbers by taps.

    Args:
        points: finite ones, up to 7. A tile has a number for each, and one for infinity.
        taps: at most ``points + 1``.
    """
    chosen, outputs = _POINTS[:points], points + 2 - taps
    others = [[other for other in chosen if other != point] for point in chosen]
    data = [_with_roots(rest) for rest in others]
    axis = Axis(
        data=_matrix([*([*row, Fraction(0)] for row in data), _with_roots(chosen)]),
        sums=_matrix(zip(*_values(chosen, outputs), strict=True)),
        step=outputs,
        constant=1,
    )
    *finite, last = _values(chosen, taps)
    factors = []
    for point, row, powers in zip(chosen, data, finite, strict=True):
        scale = sum((c * point**power for power, c in enumerate(row)), start=Fraction(0))
        factors.append([value / scale for value in powers])
    return axis, _matrix([*factors, last])


def _values(points: Sequence[Fraction], powers: int) -> list[list[Fraction]]:
    """Return so many powers of every point, and of infinity, where only the last one counts."""
    infinity = [Fraction(power == powers - 1) for power in range(powers)]
    return [[point**power for power in range(powers)] for point in points] + [infinity]


def _with_roots(roots: Sequence[Fraction]) -> list[Fraction]:
    """Return the coefficients of the polynomial with these roots, the constant first."""
    coefficients = [Fraction(1)]
    for root in roots:
        lower, higher = [Fraction(0), *coefficients], [*coefficients, Fraction(0)]
        coefficients = [a - root * b for a, b in zip(lower, higher, strict=True)]
    return coefficients


def _matrix(rows: Iterable[Iterable[Fraction]]) -> Matrix:
    return tuple(tuple(map(float, row)) for row in rows)
