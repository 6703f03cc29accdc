"""The shot and read noise of a sensor, measured in one of its mosaics."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from scratch_layers.data.camera.mosaic import RGGB, first_red
from scratch_layers.data.camera.sensor import SensorNoise, typical_read
from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.threads import threads

_SIZE = 6
_MOST_BLOCKS = 40_000
_FEWEST_BLOCKS = 16
_SMALLEST_SIDE = 32
_WHITE = 1 - 1e-3
_DEVIATIONS_TO_CLIPPING = 3.5
_MOST_NOISE = 2.6
_ROUNDS, _FITS = 16, 10
_CLASSES = 48
# Of a mean square of ten normal values; texture raises the mean more than the median.
_MEDIAN_OF_MEAN, _MEDIAN_EFFICIENCY = 0.934, 0.65
_LEAST_VARIANCE = 1e-13
# How far colours differ in shot and read noise, and read noise from the typical, relative.
_SHOT_SPREAD, _READ_SPREAD, _TYPICAL_SPREAD = 0.1, 0.2, 4.0
_KNOWN_SPREAD = 0.03


def measure_sensor_noise(
    mosaic: Tensor, arrangement: str, read: tuple[float, float, float] | None = None
) -> SensorNoise:
    r"""Fit the noise of each colour, of variance :math:`a x + b` at the value x, to flat places.

    The four planes of the mosaic are cut into blocks of 6x6 values and transformed by cosines. The
    noise of a block is the mean square of its high frequencies. Flat are the places where the other
    frequencies of all four planes hold no more than noise: these are independent of the high ones,
    where there is nothing but noise, so that choosing quiet blocks does not make the noise look
    weaker than it is. Blocks of like brightness are put together, by the brightness of the *other*
    planes, as one that their own noise has a part in would flatten the line. The line is fitted by
    least squares, each class weighted by the inverse square of the variance that the line gives it;
    with the new line, flat places are chosen anew. What the picture leaves open is taken from other
    sensors: the read noise that goes with the shot noise, and how far colours differ.

    Left out is what clipping has changed: blocks that come near to white, or to black where no
    value lies below it, and blocks with hot pixels.

    Args:
        mosaic: (H, W), linear: black 0, white 1; at least 32x32.
        arrangement: RGGB, GRBG, GBRG or BGGR.
        read: the read noise of red, green and blue, where it was measured without light; the lines
            go through it then.

    Raises:
        ShapeError: it has another shape.
        ArgumentError: there is no such arrangement, or the mosaic holds NaN or infinite values.

    Sources: Foi, Trimeche, Katkovnik, Egiazarian, "Practical Poissonian-Gaussian noise modeling and
    fitting for single-image raw-data", IEEE TIP 2008 (model, weighted fit); Ponomarenko et al., "An
    automatic approach to lossy compression of AVIRIS images", IGARSS 2007 (blocks chosen by other
    frequencies than those that they are measured in).
    """
    above, left = first_red(arrangement)
    if mosaic.dim() != 2 or min(mosaic.shape) < _SMALLEST_SIDE:
        raise ShapeError(
            f"The noise of a sensor is measured in mosaics (H, W) of at least {_SMALLEST_SIDE} x "
            f"{_SMALLEST_SIDE} pixels, not in {tuple(mosaic.shape)}."
        )
    with threads.share(0):  # thousands of short operations, none of which is worth a second thread
        lines = _lines(mosaic[above:, left:], read)
    red, green, blue = lines
    return SensorNoise((red.shot, green.shot, blue.shot), (red.read, green.read, blue.read))


def _lines(mosaic: Tensor, read: tuple[float, float, float] | None) -> list[_Line]:
    """Fit a line to each colour of a mosaic that begins with red."""
    blocks = _cut(mosaic)
    if not bool(blocks.mean.isfinite().all()):
        raise ArgumentError("The noise cannot be measured: the mosaic holds NaN or infinity.")
    has_values_below_black = bool((mosaic < 0).any())
    chosen = blocks.quietest()
    lines = [_Line(0.0, 0.0)] * 3
    for _ in range(_ROUNDS):
        classes = _classes(blocks, chosen, lines)
        if not len(classes.weight):
            break
        lines = _fit(classes, read)
        former, chosen = chosen, _flat(blocks, lines, has_values_below_black)
        if torch.equal(former, chosen):
            break
    return lines


class _Line(NamedTuple):
    shot: float
    read: float

    def variance(self, mean: Tensor) -> Tensor:
        return mean.clamp(min=0).mul(self.shot).add_(self.read).clamp_(min=_LEAST_VARIANCE)


@dataclass(frozen=True)
class _Blocks:
    """Blocks of the four planes of a mosaic, (4, N) each.

    Attributes:
        mean: of the values.
        high, other: mean squares of the high frequencies, and of the others but 0.
        is_white: whether a value is clipped.
        freedom: how many independent values a measurement of ``high`` stands for.
    """

    mean: Tensor
    high: Tensor
    other: Tensor
    is_white: Tensor
    freedom: float

    def quietest(self) -> Tensor:
        """Choose the tenth of the places with the least texture in each class of brightness."""
        chosen = torch.zeros_like(self.is_white)
        texture = self.other.sum(0)
        places = torch.nonzero(~self.is_white.any(0)).flatten()
        order = places[self.mean.sum(0)[places].argsort()]
        for part in order.tensor_split(min(_CLASSES // 2, max(1, len(order) // 8))):
            if len(part):
                chosen[:, part[texture[part] <= texture[part].quantile(0.1)]] = True
        return chosen


def _cut(mosaic: Tensor) -> _Blocks:
    height, width = (side // 2 * 2 for side in mosaic.shape)
    mosaic = mosaic[:height, :width].to("cpu")
    planes = [mosaic[row::2, column::2] for row in (0, 1) for column in (0, 1)]
    step = max(_SIZE // 2, math.ceil(math.sqrt(planes[0].numel() / _MOST_BLOCKS)))
    basis = _cosines(_SIZE)
    degree = torch.arange(_SIZE)[:, None] + torch.arange(_SIZE)
    is_high = degree > _SIZE
    is_other = (degree > 0) & ~is_high
    parts: list[list[Tensor]] = [[], [], [], []]
    for plane in planes:
        values = plane.unfold(0, _SIZE, step).unfold(1, _SIZE, step).reshape(-1, _SIZE, _SIZE)
        waves = basis @ values.to(torch.float64) @ basis.T
        parts[0].append(waves[:, 0, 0] / _SIZE)
        parts[1].append(waves[:, is_high].square().mean(1))
        parts[2].append(waves[:, is_other].square().mean(1))
        parts[3].append(values.amax((1, 2)) >= _WHITE)
    overlap = max(1.0, (_SIZE / step) ** 2)
    mean, high, other, is_white = (torch.stack(part) for part in parts)
    return _Blocks(mean, high, other, is_white, int(is_high.sum()) / overlap)


def _cosines(size: int) -> Tensor:
    """The orthonormal discrete cosine transformation (DCT-II), (size, size)."""
    places = torch.arange(size, dtype=torch.float64)
    basis = torch.cos(math.pi / size * (places + 0.5) * places[:, None]).mul_(math.sqrt(2 / size))
    basis[0] /= math.sqrt(2)
    return basis


class _Classes(NamedTuple):
    """Blocks of like brightness: mean, variance and weight of each class, and its colour."""

    mean: Tensor
    variance: Tensor
    weight: Tensor
    colour: Tensor


def _classes(blocks: _Blocks, chosen: Tensor, lines: list[_Line]) -> _Classes:
    rows: list[tuple[float, float, float, int]] = []
    total = blocks.mean.sum(0)
    for plane, colour in enumerate(colour for row in RGGB for colour in row):
        mean, high = blocks.mean[plane], blocks.high[plane]
        # Within a class, too, noise is compared with what the line makes of its brightness.
        expected = lines[colour].variance(mean)
        places = torch.nonzero(chosen[plane]).flatten()
        if len(places) < 4:
            continue
        order = places[(total - mean)[places].argsort()]
        rows += [
            (
                float(mean[part].mean()),
                float((high / expected)[part].median() * expected[part].mean()) / _MEDIAN_OF_MEAN,
                _MEDIAN_EFFICIENCY * len(part) * blocks.freedom,
                colour,
            )
            for part in order.tensor_split(min(_CLASSES, max(1, len(order) // 16)))
        ]
    table = torch.tensor(rows, dtype=torch.float64).reshape(-1, 4)
    return _Classes(*table.unbind(1))


def _flat(blocks: _Blocks, lines: list[_Line], has_values_below_black: bool) -> Tensor:
    """Choose the blocks, (4, N), that hold no more than noise by these lines."""
    expected = torch.stack(
        [
            lines[colour].variance(mean)
            for mean, colour in zip(blocks.mean, (c for row in RGGB for c in row), strict=True)
        ]
    )
    texture = blocks.other.sum(0) / expected.sum(0)
    fewest = texture.kthvalue(min(_FEWEST_BLOCKS, len(texture))).values
    reach = _DEVIATIONS_TO_CLIPPING * expected.sqrt()
    chosen = (texture <= fewest.clamp(min=1)) & ~blocks.is_white & (blocks.mean + reach < 1)
    if not has_values_below_black:
        chosen &= blocks.mean > reach
    return chosen & (blocks.high < _MOST_NOISE * expected)


def _fit(classes: _Classes, known: tuple[float, float, float] | None) -> list[_Line]:
    """Fit a line to all classes, and one to those of each colour that may differ a little.

    Args:
        known: the read noise of each colour, which lines go through.
    """
    start = float((classes.variance * classes.weight).sum())
    start /= max(float((classes.mean * classes.weight).sum()), 1e-9)
    common = _fit_line(classes, _Line(max(start, 0.0), 0.0))
    if known is None:
        read = typical_read(common.shot)
        common = _fit_line(classes, common, None, (read, _TYPICAL_SPREAD * read))
        reads = [(common.read, _READ_SPREAD * common.read)] * 3
    else:
        read = sum(known) / 3
        common = _fit_line(classes, common, None, (read, _KNOWN_SPREAD * read))
        reads = [(read, _KNOWN_SPREAD * read) for read in known]
    shot = common.shot, _SHOT_SPREAD * common.shot
    return [
        _fit_line(
            _Classes(*(part[classes.colour == colour] for part in classes)), common, shot, read
        )
        for colour, read in enumerate(reads)
    ]


def _fit_line(
    classes: _Classes,
    line: _Line,
    shot_prior: tuple[float, float] | None = None,
    read_prior: tuple[float, float] | None = None,
) -> _Line:
    """Fit ``variance = shot * mean + read`` with both at least 0; priors are (mean, deviation)."""
    mean, variance = classes.mean, classes.variance
    for _ in range(_FITS):
        # The variance of a mean square of n normal values is 2 / n times its square.
        weight = classes.weight / 2 / line.variance(mean).square()
        moments = (weight, weight * mean, weight * mean.square(), weight * variance)
        one, first, second, seen = (float(moment.sum()) for moment in moments)
        seen_first = float((weight * mean * variance).sum())
        if shot_prior is not None:
            certainty = 1 / max(shot_prior[1], 1e-9) ** 2
            second, seen_first = second + certainty, seen_first + certainty * shot_prior[0]
        if read_prior is not None:
            certainty = 1 / max(read_prior[1], 1e-12) ** 2
            one, seen = one + certainty, seen + certainty * read_prior[0]
        scale = one * second - first**2
        if scale <= 0:
            return line
        line = _Line(
            (one * seen_first - first * seen) / scale, (second * seen - first * seen_first) / scale
        )
        if line.shot < 0:
            line = _Line(0.0, seen / one)
        elif line.read < 0:
            line = _Line(seen_first / second, 0.0)
    return line
