"""Networks made of the paper's four layer types only, at any width and depth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from scratch_layers.layers import Conv2d, ReLU, Sequential, Sigmoid, Upsampling
from scratch_layers.models.configuration import checked_blocks, checked_widths
from scratch_layers.module import Module

COLOURS = 3


def miniproject_network(
    widths: Sequence[int] = (32, 64),
    blocks: int = 2,
) -> Sequential:
    """Build an encoder and a decoder of strided convolutions, ReLUs, upsamplings and a sigmoid.

    Input and output (B, 3, H, W), RGB in [0, 1]; H and W must be multiples of
    ``2 ** len(widths)``. There is no noise level and no skip connection: the network predicts
    the clean image itself. Widths ``(6, 9)`` without blocks are the paper's network.

    Args:
        widths: channels after every halving of the size.
        blocks: further 3x3 convolutions, each with its ReLU, at every width on the way down and,
            except at the last width, on the way up.

    Raises:
        ArgumentError, ArgumentTypeError: ``widths`` or ``blocks`` cannot be used.
    """
    widths = checked_widths(widths)
    blocks = checked_blocks(blocks, minimum=0)
    down = [
        layer
        for above, below in pairwise((COLOURS, *widths))
        for layer in (
            Conv2d(above, below, 3, stride=2, padding=1),
            ReLU(),
            *_convolutions(below, blocks),
        )
    ]
    up = [
        layer
        for below, above in pairwise(reversed(widths))
        for layer in (_upsampling(below, above), ReLU(), *_convolutions(above, blocks))
    ]
    return Sequential(*down, *up, _upsampling(widths[0], COLOURS), Sigmoid())


def _upsampling(below: int, above: int) -> Upsampling:
    return Upsampling(below, above, 3, padding=1, transposeconvargs=False, scale_factor=2)


def _convolutions(width: int, count: int) -> list[Module]:
    return [layer for _ in range(count) for layer in (Conv2d(width, width, 3, padding=1), ReLU())]


def paper_network() -> Sequential:
    """Build the paper's denoiser for thumbnails, 1,320 parameters.

    Conv2d(3, 6, 3, stride 2, padding 1), ReLU, Conv2d(6, 9, 3, stride 2, padding 1), ReLU,
    Upsampling(9, 6, 3, padding 1, scale 2), ReLU, Upsampling(6, 3, 3, padding 1, scale 2), Sigmoid.

    Input and output (B, 3, H, W), RGB in [0, 1]; H and W must be multiples of 4.
    """
    return miniproject_network(widths=(6, 9), blocks=0)
