"""Tensors as pictures to look at: images, maps, gradients and kernels.

Imported on worker threads only, because it needs torch.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from desktop_app.services.models.network_report import Planes
from scratch_layers.described import Extent
from scratch_layers.module import Module

MOST_DEVIATIONS = 2.5


def first_kernels(network: Module) -> Planes | None:
    """Return the first kernels of a network as (O, k, k, 3) pictures, gray for zero.

    Behind a PixelUnshuffle a kernel of k x k sees squares of pixels; it is put together to the
    kernel of all these pixels. Further inputs, such as the noise level, are left out.
    """
    factor = 1
    for layer, read, made in network.extents(Extent(channels=1)):
        kernel = layer.sliding_kernel()
        if kernel is not None:
            return _kernels_of_pixels(kernel.weight.flatten(0, 1).float(), factor)
        if made == read or made.values != read.values:
            return None
        factor = int(1 / made.height)
    return None


def _kernels_of_pixels(weight: Tensor, factor: int) -> Planes | None:
    """Put kernels of squares of ``factor`` by ``factor`` pixels together, if these are colours."""
    out, channels, height, width = weight.shape
    parts = weight.reshape(out, channels // factor**2, factor, factor, height, width)
    colours = parts[:, :3].permute(0, 4, 2, 5, 3, 1)
    if colours.shape[-1] != 3:
        return None
    whole = colours.reshape(out, height * factor, width * factor, 3)
    largest = whole.abs().amax(dim=(1, 2, 3), keepdim=True).clamp(min=1e-12)
    return _to_bytes(127.5 + 127.5 * whole / largest)


def to_picture(image: Tensor) -> Planes:
    """Return (1, 1|3, H, W) in [0, 1] as (H, W, 3), clipped and rounded."""
    picture: Planes = to_pictures(image[:1])[0]
    return picture


def to_pictures(images: Tensor) -> Planes:
    """Return (N, 1|3, H, W) in [0, 1] as (N, H, W, 3), clipped and rounded."""
    return _to_bytes(255 * images.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).float())


def in_rows(images: Tensor) -> Tensor:
    """Lay (N, C, H, W) out as one (C, rows * H, columns * W), as near to a square as N pictures go.

    Places that are left over are zero.
    """
    count, channels, height, width = images.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    laid = images.new_zeros(rows * columns, channels, height, width)
    laid[:count] = images
    laid = laid.reshape(rows, columns, channels, height, width).permute(2, 0, 3, 1, 4)
    return laid.reshape(channels, rows * height, columns * width)


def stretched_maps(output: Tensor) -> Planes:
    """Stretch every channel so that its mean is gray and 2.5 deviations are black and white.

    Args:
        output: (channels, H, W), of any range.

    Returns:
        (channels, H, W), ``uint8``.
    """
    mean = output.mean(dim=(1, 2), keepdim=True)
    deviation = (output - mean).square().mean(dim=(1, 2), keepdim=True).sqrt().clamp(min=1e-6)
    return _to_bytes(127.5 + 127.5 * (output - mean) / (MOST_DEVIATIONS * deviation))


def signed(gradient: Tensor) -> Planes:
    """Show zero as gray and the largest value as black or white, faint ones by their root.

    Args:
        gradient: of any shape and range.

    Returns:
        The same shape, ``uint8``.
    """
    share = gradient / gradient.abs().max().clamp(min=1e-30)
    return _to_bytes(127.5 + 127.5 * share.sign() * share.abs().sqrt())


def _to_bytes(values: Tensor) -> Planes:
    result: Planes = values.round().clamp(0, 255).to(torch.uint8).numpy().astype(np.uint8)
    return result
