"""The photo denoiser: a U-Net that is a recursion of the library's own layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from scratch_layers.layers import (
    Conv2d,
    PixelShuffle,
    PixelUnshuffle,
    ReLU,
    Residual,
    Sequential,
    Upsampling,
)
from scratch_layers.models.configuration import checked_blocks, checked_widths
from scratch_layers.module import Module

SHUFFLE = 2


def photo_unet(
    widths: Sequence[int] = (32, 64, 128),
    blocks: int = 2,
    colours: int = 3,
) -> Sequential:
    r"""Build the network that estimates the noise of a photo, :math:`n \approx f(y, \sigma)`.

    Input (B, C + 1, H, W): RGB in [0, 1] and a map of the noise's standard deviation in the same
    units. Output (B, C, H, W): the noise; the clean photo is the noisy one minus it. H and W must
    be multiples of ``2 ** len(widths)``; :class:`~scratch_layers.models.Denoiser` sees to that.

    All arithmetic happens on half-size planes or smaller: the first layer turns every 2x2 block
    of pixels into channels and the last one turns channels back into pixels.

    Parameters start as torch starts them, uniform within :math:`1/\sqrt{fan\_in}`. That bound
    gives weights the variance :math:`1/(3\,fan\_in)`, so the body of a residual block adds only
    about 1/18 of the variance of its input and signals neither grow nor fade with depth; no body
    needs its last layer scaled down.

    Args:
        widths: channels of every level, finest first; each level has half the size of the one
            above. ``(32, 64, 128)`` has 1.10 million parameters, ``(64, 128, 256)`` 4.39 million.
        blocks: residual blocks in a row.
        colours: C, 3 for RGB, or 1 for the mosaic of a sensor, whose 2x2 colours become channels.

    Raises:
        ArgumentError, ArgumentTypeError: ``widths`` or ``blocks`` cannot be used.

    Sources:
        Ronneberger, Fischer, Brox, "U-Net" (MICCAI 2015); the additive skips and residual blocks
        of Zhang et al., "Plug-and-Play Image Restoration with Deep Denoiser Prior" (TPAMI 2021);
        the noise-level map and the pixel shuffles of Zhang, Zuo, Zhang, "FFDNet" (TIP 2018).
    """
    widths = checked_widths(widths)
    blocks = checked_blocks(blocks, minimum=1)
    planes = SHUFFLE**2
    return Sequential(
        PixelUnshuffle(SHUFFLE),
        Conv2d((colours + 1) * planes, widths[0], 3, padding=1),
        *_level(widths, blocks),
        Conv2d(widths[0], colours * planes, 3, padding=1),
        PixelShuffle(SHUFFLE),
    )


def mosaic_weights(photo_weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return first weights of a mosaic network from those of a photo network, all but two layers.

    A block of 2x2 pixels R G / G B enters the first layer as if each pixel stood for its colour in
    the whole block, green for its row; the last layer keeps, for each pixel, the colour it sees.

    Args:
        photo_weights: state of :func:`photo_unet` with three colours.
    """
    weights = dict(photo_weights)
    first, *_, last_weight, last_bias = weights
    # Channel 4 c + 2 i + j holds colour c at row i and column j of the block; c = 3: noise.
    red, green, blue, noise = weights[first].split(SHUFFLE**2, 1)
    seen = [red.sum(1), green[:, :2].sum(1), green[:, 2:].sum(1), blue.sum(1)]
    weights[first] = torch.cat([torch.stack(seen, 1), noise], 1)
    for name in (last_weight, last_bias):
        weights[name] = weights[name][[0, 5, 6, 11]]
    return weights


def _level(widths: Sequence[int], blocks: int) -> list[Module]:
    """Blocks at the first width and, halfway, everything deeper as one residual."""
    width, *deeper = widths
    if not deeper:
        return _residual_blocks(width, blocks)
    valley = Residual(
        Sequential(
            Conv2d(width, deeper[0], 2, stride=2),
            *_level(deeper, blocks),
            Upsampling(deeper[0], width, 3, padding=1, transposeconvargs=False, scale_factor=2),
        )
    )
    return [*_residual_blocks(width, blocks), valley, *_residual_blocks(width, blocks)]


def _residual_blocks(width: int, count: int) -> list[Module]:
    return [
        Residual(
            Sequential(
                Conv2d(width, width, 3, padding=1), ReLU(), Conv2d(width, width, 3, padding=1)
            )
        )
        for _ in range(count)
    ]
