"""Blocks of a Bayer sensor's mosaic, whose high frequencies are measured for noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

CLASSES = 48
"""Into how many classes of like brightness blocks are put at most."""

_SIZE = 6
_MOST_BLOCKS = 40_000
_WHITE = 1 - 1e-3
_LEAST_VARIANCE = 1e-13
_DEVIATIONS_TO_LIGHT = 5.0


class Line(NamedTuple):
    """The variance of noise, ``shot * x + read`` at the value x."""

    shot: float
    read: float

    def variance(self, mean: Tensor) -> Tensor:
        """Return the variance at each mean; never 0."""
        return mean.clamp(min=0).mul(self.shot).add_(self.read).clamp_(min=_LEAST_VARIANCE)


@dataclass(frozen=True)
class Blocks:
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

    def lit(self, lines: list[Line]) -> Tensor:
        """Tell the places, (N,), that are brighter than noise without light makes them."""
        deviation = math.sqrt(sum(line.read for line in lines) / len(lines) / len(self.mean))
        return self.mean.mean(0) > _DEVIATIONS_TO_LIGHT * deviation / _SIZE

    def quietest(self, among: Tensor | None = None) -> Tensor:
        """Choose the tenth of the places with the least texture in each class of brightness.

        Args:
            among: the places, (N,), to choose from; all where None.
        """
        chosen = torch.zeros_like(self.is_white)
        texture = self.other.sum(0)
        possible = ~self.is_white.any(0)
        places = torch.nonzero(possible if among is None else possible & among).flatten()
        order = places[self.mean.sum(0)[places].argsort()]
        for part in order.tensor_split(min(CLASSES // 2, max(1, len(order) // 8))):
            if len(part):
                chosen[:, part[texture[part] <= texture[part].quantile(0.1)]] = True
        return chosen


def cut(mosaic: Tensor) -> Blocks:
    """Cut the planes of a mosaic (H, W) that begins with red, and transform the blocks."""
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
    return Blocks(mean, high, other, is_white, int(is_high.sum()) / overlap)


def _cosines(size: int) -> Tensor:
    """The orthonormal discrete cosine transformation (DCT-II), (size, size)."""
    places = torch.arange(size, dtype=torch.float64)
    basis = torch.cos(math.pi / size * (places + 0.5) * places[:, None]).mul_(math.sqrt(2 / size))
    basis[0] /= math.sqrt(2)
    return basis
