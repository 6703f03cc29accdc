"""Square blocks cut from a picture, less those that can say nothing about its noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.drawings import are_drawn

SIZES = (16, 8)
_ENOUGH_BLOCKS = 150
_MAXIMUM_BLOCKS = 5_000
_CLIPPED_SHARE_ALLOWED = 0.5
# 52 real photos have at least 0.42 and 2.9; noisy pages of text 0.06 to 0.38, fine boards 1.3.
_LEAST_SPREAD_OF_QUARTERS = 0.4
_LEAST_KURTOSIS = 2.0


@dataclass(frozen=True)
class Blocks:
    """Blocks of one picture.

    Attributes:
        values: (N, C, k, k) float32, range [0, 1]: those that can hold noise.
        drawn_share: the share of blocks left out because people made them: frames, bars, paper.
        clipped_share: the share of values at 0 or 1 in the blocks that are not drawn.
    """

    values: Tensor
    drawn_share: float
    clipped_share: float

    @property
    def size(self) -> int:
        """Pixels along one side of a block."""
        return self.values.shape[-1]

    def residuals(self) -> Tensor:
        """What is left of each block (N, C, k, k) less the plane that fits it best.

        The sum of their squares, over k*k - 3, is the variance of noise.
        """
        basis = _planes(self.size)
        flat = self.values.flatten(2)
        planes = flat @ (basis @ basis.T)
        return torch.sub(flat, planes, out=planes).view_as(self.values)


def cut_blocks(images: Tensor, peak: float) -> Blocks:
    """Cut blocks on a regular grid from images (B, C, H, W), range [0, ``peak``].

    Blocks are 16 x 16 pixels where there is room for enough of them, else 8 x 8; they overlap in
    small pictures and lie far apart in large ones.
    """
    cut = _cut(images).to("cpu", torch.float32, copy=True).div_(peak)
    drawn = are_drawn(cut)
    clipped = ((cut <= 0) | (cut >= 1)).sum((1, 2, 3), dtype=torch.float32) / cut[:1].numel()
    kept = ~drawn & (clipped <= _CLIPPED_SHARE_ALLOWED)
    return Blocks(
        cut if kept.all() else cut[kept],
        float(drawn.float().mean()) if len(cut) else 0.0,
        float(clipped[~drawn].mean()) if not drawn.all() else 0.0,
    )


def hold_structure(flattest: Tensor) -> bool:
    """Whether even the flattest blocks (N, C, k, k) hold letters, boards or stripes, not noise.

    Noise is about as strong in every quarter of a block as in the whole, and mostly small; letters
    leave gaps, and stripes have two values.
    """
    planes = flattest.mean(1)
    power = planes.square().mean()
    half = planes.shape[-1] // 2
    quarters = planes.unfold(1, half, half).unfold(2, half, half).flatten(3)
    spread = quarters.std(3).quantile(0.1) / power.sqrt()
    has_gaps = half >= 8 and bool(spread < _LEAST_SPREAD_OF_QUARTERS)
    return has_gaps or bool(planes.pow(4).mean() < _LEAST_KURTOSIS * power.square())


def _cut(images: Tensor) -> Tensor:
    batch, channels, height, width = images.shape
    size = SIZES[-1]
    for candidate in SIZES:
        if batch * (2 * height // candidate - 1) * (2 * width // candidate - 1) >= _ENOUGH_BLOCKS:
            size = candidate
            break
    if min(height, width) < size:
        return images.new_empty(0, channels, size, size)
    # Odd steps meet the 8 x 8 blocks of JPEG at every phase.
    step = max(size // 2, math.ceil(math.sqrt(batch * height * width / _MAXIMUM_BLOCKS))) | 1
    grid = images.unfold(2, size, step).unfold(3, size, step)
    return grid.permute(0, 2, 3, 1, 4, 5).reshape(-1, channels, size, size)


def _planes(size: int) -> Tensor:
    """An orthonormal basis (k*k, 3) of the planes over a block."""
    slope = torch.linspace(-1, 1, size)
    slope = slope / slope.norm()
    level = torch.full_like(slope, 1 / math.sqrt(size))
    planes = [torch.outer(level, level), torch.outer(level, slope), torch.outer(slope, level)]
    return torch.stack([plane.flatten() for plane in planes], 1)
