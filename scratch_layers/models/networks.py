"""The networks that denoise, built of the library's own layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ArgumentTypeError, WeightsError
from scratch_layers.layers import (
    Conv2d,
    LeakyReLU,
    PixelShuffle,
    PixelUnshuffle,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Upsampling,
)
from scratch_layers.module import Module

SHUFFLE = 2
COLOURS = 3
INPUT_CHANNELS = 4
NEGATIVE_SLOPE = 0.2
MAXIMUM_LEVELS = 6
MAXIMUM_WIDTH = 512
MAXIMUM_BLOCKS = 16


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


def widened_weights(narrow: Mapping[str, Tensor], wide: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return first weights of a wide network with which it computes what a narrow one does.

    The channels that are new keep their random first weights and are learned from there, while
    those that were there give them no weight at first.

    Args:
        narrow: state of a network.
        wide: fresh state of the same network with more channels.

    Raises:
        WeightsError: the networks differ in more than channels, or a layer has fewer.

    Source: Chen, Goodfellow, Shlens, "Net2Net" (ICLR 2016), with new channels that are random
        instead of copies.
    """
    weights = {}
    for name, fresh in wide.items():
        known = narrow.get(name)
        if known is None or len(narrow) != len(wide) or _is_narrower(fresh, known):
            raise WeightsError(
                f"A network whose layer {name} has the shape {tuple(fresh.shape)} cannot be made "
                f"of one where it has {'no such layer' if known is None else tuple(known.shape)}."
            )
        weight = fresh.clone()
        weight[: len(known)] = 0
        weight[tuple(slice(size) for size in known.shape)] = known
        weights[name] = weight
    return weights


def _is_narrower(fresh: Tensor, known: Tensor) -> bool:
    sizes = zip(fresh.shape, known.shape, strict=False)
    return fresh.dim() != known.dim() or any(new < old for new, old in sizes)


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


def plain_network(widths: Sequence[int] = (32, 32)) -> Sequential:
    """Build 3x3 convolutions, each followed by a leaky ReLU, and a 1x1 convolution to 3 planes.

    Input (B, 4, H, W): RGB in [0, 1] and the noise level; output (B, 3, H, W), the noise. Any size.

    Args:
        widths: channels after each 3x3 convolution.

    Raises:
        ArgumentError, ArgumentTypeError: ``widths`` cannot be used.

    Source: the network of Mansour, Heckel, "Zero-shot Noise2Noise: efficient image denoising
    without any data", CVPR 2023 (there without a noise level and with widths 48 and 48).
    """
    layers: list[Module] = []
    channels = INPUT_CHANNELS
    for width in checked_widths(widths):
        layers += [Conv2d(channels, width, 3, padding=1), LeakyReLU(NEGATIVE_SLOPE)]
        channels = width
    return Sequential(*layers, Conv2d(channels, COLOURS, 1))


def checked_widths(widths: Sequence[int]) -> tuple[int, ...]:
    """Return the channels of every level, finest first, as a tuple.

    Raises:
        ArgumentTypeError: ``widths`` is not a list or tuple of integers.
        ArgumentError: there is no level, more than 6 levels, or a width outside 1..512.
    """
    if not isinstance(widths, (list, tuple)) or not all(_is_integer(width) for width in widths):
        raise ArgumentTypeError(f"widths must be a list of integers, not {widths!r:.100}.")
    if not 1 <= len(widths) <= MAXIMUM_LEVELS:
        raise ArgumentError(f"widths must name 1 to {MAXIMUM_LEVELS} levels, not {len(widths)}.")
    for width in widths:
        if not 1 <= width <= MAXIMUM_WIDTH:
            raise ArgumentError(f"Every width must lie in 1..{MAXIMUM_WIDTH}, not {width}.")
    return tuple(widths)


def checked_blocks(blocks: int, minimum: int) -> int:
    """Return the number of blocks a level has.

    Raises:
        ArgumentTypeError: ``blocks`` is not an integer.
        ArgumentError: it lies outside ``minimum``..16.
    """
    if not _is_integer(blocks):
        raise ArgumentTypeError(f"blocks must be an integer, not {blocks!r:.100}.")
    if not minimum <= blocks <= MAXIMUM_BLOCKS:
        raise ArgumentError(f"blocks must lie in {minimum}..{MAXIMUM_BLOCKS}, not {blocks}.")
    return blocks


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
