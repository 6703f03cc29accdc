"""Nearest-neighbour upsampling and the two pixel shuffles, each with its derivative."""

from __future__ import annotations

from torch import Tensor

from scratch_layers.functional.geometry import Pair


def upsample_nearest(input: Tensor, scale: Pair) -> Tensor:
    """Repeat every pixel ``scale[0]`` times downwards and ``scale[1]`` times to the right.

    Args:
        input: (B, C, H, W).

    Returns:
        (B, C, H * scale[0], W * scale[1]).
    """
    batch, channels, height, width = input.shape
    repeated = input[:, :, :, None, :, None].expand(-1, -1, -1, scale[0], -1, scale[1])
    return repeated.reshape(batch, channels, height * scale[0], width * scale[1])


def upsample_nearest_backward(gradient: Tensor, scale: Pair) -> Tensor:
    """Sum the gradient over the copies of every pixel: (B, C, H s, W s) to (B, C, H, W)."""
    batch, channels, height, width = gradient.shape
    blocks = gradient.reshape(
        batch, channels, height // scale[0], scale[0], width // scale[1], scale[1]
    )
    return blocks.sum((3, 5))


def pixel_shuffle(input: Tensor, factor: int) -> Tensor:
    """Move blocks of ``factor**2`` channels into space: (B, C f^2, H, W) to (B, C, H f, W f).

    Source: Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient
    Sub-Pixel Convolutional Neural Network" (CVPR 2016), equation 4.
    """
    batch, channels, height, width = input.shape
    blocks = input.reshape(batch, channels // factor**2, factor, factor, height, width)
    return blocks.permute(0, 1, 4, 2, 5, 3).reshape(
        batch, channels // factor**2, height * factor, width * factor
    )


def pixel_unshuffle(input: Tensor, factor: int) -> Tensor:
    """Undo :func:`pixel_shuffle`: (B, C, H f, W f) to (B, C f^2, H, W)."""
    batch, channels, height, width = input.shape
    blocks = input.reshape(batch, channels, height // factor, factor, width // factor, factor)
    return blocks.permute(0, 1, 3, 5, 2, 4).reshape(
        batch, channels * factor**2, height // factor, width // factor
    )
