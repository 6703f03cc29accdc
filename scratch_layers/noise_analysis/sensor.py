"""The shot and read noise of a sensor, measured in one of its mosaics."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from scratch_layers.data.camera.mosaic import RGGB, first_red
from scratch_layers.data.camera.sensor import SensorNoise, typical_read
from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.noise_analysis.mosaic_blocks import CLASSES, Blocks, Line, cut
from scratch_layers.threads import threads

_FEWEST_BLOCKS = 16
_SMALLEST_SIDE = 32
_DEVIATIONS_TO_CLIPPING = 3.5
_MOST_NOISE = 2.6
_ROUNDS, _FITS = 16, 10
# Of a mean square of ten normal values; texture raises the mean more than the median.
_MEDIAN_OF_MEAN, _MEDIAN_EFFICIENCY, _QUARTILE_OF_MEAN = 0.934, 0.65, 0.674
# How far colours differ in shot and read noise, and read noise from the typical, relative.
_SHOT_SPREAD, _READ_SPREAD, _TYPICAL_SPREAD = 0.1, 0.2, 4.0
_KNOWN_SPREAD = 0.03
# How many times the typical read noise for their shot noise, or what part of it, sensors may have:
# two standard deviations of those that were measured.
_MOST_BALANCE = 8.0


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
    sensors: the read noise that goes with the shot noise, and how far colours differ. Where all is
    black but for a few lit places, these alone tell the shot noise, if the lines passed over them.

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


def _lines(mosaic: Tensor, read: tuple[float, float, float] | None) -> list[Line]:
    """Fit a line to each colour of a mosaic that begins with red."""
    blocks = cut(mosaic)
    if not bool(blocks.mean.isfinite().all()):
        raise ArgumentError("The noise cannot be measured: the mosaic holds NaN or infinity.")
    has_values_below_black = bool((mosaic < 0).any())
    chosen = blocks.quietest()
    lines = [Line(0.0, 0.0)] * 3
    for _ in range(_ROUNDS):
        classes = _classes(blocks, chosen, lines)
        if not len(classes.weight):
            break
        lines = _fit(classes, read)
        former, chosen = chosen, _flat(blocks, lines, has_values_below_black)
        if torch.equal(former, chosen):
            break
    lit = blocks.lit(lines)
    if _passes_over(lit, chosen, blocks, lines):
        return _with_shot_of(lit, blocks, lines)
    return lines


def _passes_over(lit: Tensor, flat: Tensor, blocks: Blocks, lines: list[Line]) -> bool:
    """Whether too little shot noise was found as no lit place was thought flat.

    Where all is black but for a few places, these share classes with black ones, whose medians do
    not see them; by the line that comes of it, they hold more than noise.
    """
    there = int((lit & ~blocks.is_white.any(0)).sum())
    used = int((lit & flat).sum(1).min())
    return there >= _FEWEST_BLOCKS > used and _balance(lines) > _MOST_BALANCE


def _balance(lines: list[Line]) -> float:
    """The read noise as a multiple of what is typical for the shot noise."""
    shot, read = (sum(parts) / len(lines) for parts in zip(*lines, strict=True))
    return float(read / typical_read(shot))


def _with_shot_of(lit: Tensor, blocks: Blocks, lines: list[Line]) -> list[Line]:
    """Take the shot noise from the quietest lit places alone, and the read noise from ``lines``.

    A quarter of the blocks say less, as they would without texture, which moves that little: it is
    in some blocks, and only raises what they say. So few cannot tell colours apart.

    Returns:
        ``lines`` where this is less, or more than sensors have, as in places that are textured all
        over.
    """
    quiet, found = blocks.quietest(lit), []
    for plane, colour in enumerate(colour for row in RGGB for colour in row):
        chosen = quiet[plane] & (blocks.mean[plane] > 0)
        excess = blocks.high[plane, chosen] / _QUARTILE_OF_MEAN - lines[colour].read
        found.append(excess / blocks.mean[plane, chosen])
    shot = float(torch.cat(found).quantile(0.25))
    fitted = [line._replace(shot=shot) for line in lines]
    is_more = shot > max(line.shot for line in lines)
    return fitted if is_more and _balance(fitted) > 1 / _MOST_BALANCE else lines


class _Classes(NamedTuple):
    """Blocks of like brightness: mean, variance and weight of each class, and its colour."""

    mean: Tensor
    variance: Tensor
    weight: Tensor
    colour: Tensor


def _classes(blocks: Blocks, chosen: Tensor, lines: list[Line]) -> _Classes:
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
            for part in order.tensor_split(min(CLASSES, max(1, len(order) // 16)))
        ]
    table = torch.tensor(rows, dtype=torch.float64).reshape(-1, 4)
    return _Classes(*table.unbind(1))


def _flat(blocks: Blocks, lines: list[Line], has_values_below_black: bool) -> Tensor:
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


def _fit(classes: _Classes, known: tuple[float, float, float] | None) -> list[Line]:
    """Fit a line to all classes, and one to those of each colour that may differ a little.

    Args:
        known: the read noise of each colour, which lines go through.
    """
    start = float((classes.variance * classes.weight).sum())
    start /= max(float((classes.mean * classes.weight).sum()), 1e-9)
    common = _fit_line(classes, Line(max(start, 0.0), 0.0))
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
    line: Line,
    shot_prior: tuple[float, float] | None = None,
    read_prior: tuple[float, float] | None = None,
) -> Line:
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
        line = Line(
            (one * seen_first - first * seen) / scale, (second * seen - first * seen_first) / scale
        )
        if line.shot < 0:
            line = Line(0.0, seen / one)
        elif line.read < 0:
            line = Line(seen_first / second, 0.0)
    return line
