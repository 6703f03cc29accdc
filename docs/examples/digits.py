"""Pictures of digits to learn from, drawn by ourselves: shifted, of any brightness, and noisy."""

from __future__ import annotations

import torch
from torch import Tensor

# Rows of 5 pixels, top to bottom, as in the displays of pocket calculators and old terminals.
FONT = {
    0: "01110 10001 10011 10101 11001 10001 01110",
    1: "00100 01100 00100 00100 00100 00100 01110",
    2: "01110 10001 00001 00110 01000 10000 11111",
    3: "01110 10001 00001 00110 00001 10001 01110",
    4: "00010 00110 01010 10010 11111 00010 00010",
    5: "11111 10000 11110 00001 00001 10001 01110",
    6: "00110 01000 10000 11110 10001 10001 01110",
    7: "11111 00001 00010 00100 01000 01000 01000",
    8: "01110 10001 10001 01110 10001 10001 01110",
    9: "01110 10001 10001 01111 00001 00010 01100",
}
SIDE = 16


def draw(count: int, seed: int, noise: float = 0.15) -> tuple[Tensor, Tensor]:
    """Return pictures (count, 1, 16, 16) between about 0 and 1 and the digits (count,) on them."""
    generator = torch.Generator().manual_seed(seed)

    def random(low: int, high: int) -> Tensor:
        return torch.randint(low, high, (count,), generator=generator)

    shapes = torch.stack([_shape(FONT[digit]) for digit in range(10)])
    labels, tops, lefts = random(0, 10), random(0, SIDE - 14 + 1), random(0, SIDE - 10 + 1)
    pictures = torch.zeros(count, 1, SIDE, SIDE)
    for picture, label, top, left in zip(pictures, labels, tops, lefts, strict=True):
        picture[0, top : top + 14, left : left + 10] = shapes[label]
    brightness = 0.4 + 0.6 * torch.rand(count, 1, 1, 1, generator=generator)
    return brightness * pictures + noise * torch.randn(pictures.shape, generator=generator), labels


def _shape(rows: str) -> Tensor:
    """Return the digit with every pixel doubled, (14, 10)."""
    small = torch.tensor([[float(pixel) for pixel in row] for row in rows.split()])
    return small.repeat_interleave(2, 0).repeat_interleave(2, 1)
