"""The photo denoiser: a U-Net that is a recursion of the library's own layers."""

from __future__ import annotations

from collections.abc import Sequence

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

COLOURS = 3
SHUFFLE = 2


def photo_unet(
    widths: Sequence[int] = (32, 64, 128),
    blocks: int = 2,
) -> Sequential:
    r"""Build the network that estimates the noise of a photo, :math:`n \approx f(y, \sigma)`.

    Input (B, 4, H, W): RGB in [0, 1] and a map of the noise's standard deviation in the same
    units. Output (B, 3, H, W): the noise; the clean photo is the noisy one minus it. H and W must
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
        Conv2d((COLOURS + 1) * planes, widths[0], 3, padding=1),
        *_level(widths, blocks),
        Conv2d(widths[0], COLOURS * planes, 3, padding=1),
        PixelShuffle(SHUFFLE),
    )


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
