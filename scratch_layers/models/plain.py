"""A short chain of convolutions at full size, small enough to learn from a single photo."""

from __future__ import annotations

from collections.abc import Sequence

from scratch_layers.layers import Conv2d, LeakyReLU, Sequential
from scratch_layers.models.configuration import checked_widths
from scratch_layers.module import Module

INPUT_CHANNELS = 4
COLOURS = 3
NEGATIVE_SLOPE = 0.2


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
