"""The range in which the noise of a sensor is equally strong everywhere, and the way back.

Source: Foi, Trimeche, Katkovnik, Egiazarian, "Practical Poissonian-Gaussian noise modeling and
fitting for single-image raw-data", IEEE TIP 2008 (the noise); Makitalo and Foi, "Optimal inversion
of the generalized Anscombe transformation for Poisson-Gaussian noise", IEEE TIP 2013 (the inverse).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from scratch_layers.data.camera.mosaic import RGGB
from scratch_layers.data.camera.sensor import SensorNoise

_KNOTS = 256
_DEVIATIONS, _NODES = 6.0, 193
# Noise is never told to be less than this, far below that of any sensor.
_LEAST_SHOT, _LEAST_READ = 1e-7, 1e-12


class Stabilisation:
    r"""The generalised Anscombe transformation of an RGGB mosaic, colour by colour.

    Noise of variance :math:`a x + b` gets the same strength at every brightness by

    .. math:: f(z) = \frac{2}{a} \left(\sqrt{a z + c} - \sqrt{c}\right), c = \tfrac{3}{8} a^2 + b,

    continued as a straight line below black, where noise takes values too. Divided by
    :math:`f(1)` it runs like a square root from 0 at black to 1 at white, much like a developed
    photo, and times the root of the white balance's gain grays are gray. A network that learned to
    remove white noise from photos therefore knows much of what it needs here; it is told the
    strength that is left, one number for each colour, and need not guess from noisy values how
    strong the noise would be at their mean, as it would have to in linear light.

    The mean of :math:`f` over the noise lies beside :math:`f` of the mean, where there are few
    photons. :meth:`expected` is that mean, and :meth:`undo` inverts it, so that nothing is tinted
    in the dark.

    Args:
        noise: of values in [0, 1], black 0 and white 1.
        gains: white balance of red, green and blue; only their ratios count.
    """

    def __init__(
        self, noise: SensorNoise, gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    ) -> None:
        self._curves = [
            _Curve(shot, read, gain / gains[1])
            for shot, read, gain in zip(noise.shot, noise.read, gains, strict=True)
        ]

    @property
    def sigma(self) -> Tensor:
        """The noise's standard deviation in this range at the 2x2 places of the mosaic: (2, 2)."""
        return torch.tensor([[self._curves[colour].sigma for colour in row] for row in RGGB])

    def sigma_map(self, height: int, width: int) -> Tensor:
        """The same for a mosaic: (1, H, W)."""
        tiles = -(-height // 2), -(-width // 2)
        return self.sigma.repeat(1, *tiles)[:, :height, :width]

    def apply(self, mosaic: Tensor) -> Tensor:
        """Return (..., H, W) sensor values that begin with red, stabilised."""
        return self._each(mosaic, _Curve.apply)

    def expected(self, mosaic: Tensor) -> Tensor:
        """Return the mean of :meth:`apply` over the noise of a noiseless mosaic (..., H, W)."""
        return self._each(mosaic, _Curve.expected)

    def undo(self, stabilised: Tensor) -> Tensor:
        """Return the noiseless mosaic (..., H, W) that has this mean."""
        return self._each(stabilised, _Curve.undo)

    def _each(self, mosaic: Tensor, function: Callable[[_Curve, Tensor], Tensor]) -> Tensor:
        output = torch.empty_like(mosaic)
        for row, colours in enumerate(RGGB):
            for column, colour in enumerate(colours):
                plane = mosaic[..., row::2, column::2]
                output[..., row::2, column::2] = function(self._curves[colour], plane)
        return output


class _Curve:
    """The transformation of one colour; ``bias`` is how far the mean lies above it."""

    def __init__(self, shot: float, read: float, gain: float) -> None:
        self._shot = max(shot, _LEAST_SHOT)
        read = max(read, _LEAST_READ)
        self._root = math.sqrt(3 / 8 * self._shot**2 + read)
        white = 2 / (math.sqrt(self._shot + self._root**2) + self._root)
        self.sigma = math.sqrt(gain) / white
        knots = torch.linspace(0, white, _KNOTS, dtype=torch.float64)
        means = self._light(knots)
        deviations = torch.linspace(-_DEVIATIONS, _DEVIATIONS, _NODES, dtype=torch.float64)
        weights = deviations.square().mul(-0.5).exp()
        spread = (self._shot * means + read).sqrt()
        seen = self._stable(means[:, None] + spread[:, None] * deviations)
        bias = seen @ (weights / weights.sum()) - knots
        shifted = knots + bias
        even = torch.linspace(float(shifted[0]), float(shifted[-1]), _KNOTS, dtype=torch.float64)
        self._bias = _Table(0.0, white, bias)
        self._bias_of_mean = _Table(
            float(even[0]), float(even[-1]), _resampled(shifted, bias, even)
        )

    def apply(self, light: Tensor) -> Tensor:
        return self._stable(light).mul_(self.sigma)

    def expected(self, light: Tensor) -> Tensor:
        stable = self._stable(light)
        return stable.add_(self._bias(stable)).mul_(self.sigma)

    def undo(self, value: Tensor) -> Tensor:
        mean = value / self.sigma
        return self._light(mean.sub_(self._bias_of_mean(mean)))

    def _stable(self, light: Tensor) -> Tensor:
        """``2 z / (sqrt(a z + c) + sqrt(c))``, which equals f and loses no digits."""
        root = light.clamp(min=0).mul_(self._shot).add_(self._root**2).sqrt_()
        return light.mul(2).div_(root.add_(self._root))

    def _light(self, stable: Tensor) -> Tensor:
        return stable.clamp(min=0).mul_(self._shot / 4).add_(self._root).mul_(stable)


class _Table:
    """A function known at evenly spaced places, linear between them and constant outside."""

    def __init__(self, first: float, last: float, values: Tensor) -> None:
        self._first, self._last, self._values = first, last, values

    def __call__(self, place: Tensor) -> Tensor:
        last = len(self._values) - 1
        scale = last / (self._last - self._first)
        position = (place - self._first).mul_(scale).clamp_(0, last)
        lower = position.to(torch.int64).clamp_(max=last - 1)
        values = self._values.to(place.dtype)
        return torch.lerp(values[lower], values[lower + 1], position.sub_(lower))


def _resampled(places: Tensor, values: Tensor, even: Tensor) -> Tensor:
    """Interpolate values at ascending places at other places within them."""
    upper = torch.searchsorted(places, even).clamp_(1, len(places) - 1)
    part = (even - places[upper - 1]) / (places[upper] - places[upper - 1])
    return torch.lerp(values[upper - 1], values[upper], part)
