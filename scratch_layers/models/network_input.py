"""What networks are given: a channel with the noise level, and windows beyond the borders."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ShapeError


def with_noise_level(image: Tensor, sigma: float | Tensor) -> Tensor:
    """Append a channel that holds the noise's standard deviation.

    Args:
        image: (B, C, H, W).
        sigma: one number, one per image (B,), or a map (B, 1, H, W); in the image's units.

    Returns:
        (B, C + 1, H, W).

    Raises:
        ShapeError: a tensor ``sigma`` has another shape.
    """
    batch, _, height, width = image.shape
    level = torch.as_tensor(sigma, dtype=image.dtype, device=image.device)
    _check_shape(level, image)
    if level.dim() < 4:
        level = level.reshape(-1, 1, 1, 1)
    return torch.cat([image, level.expand(batch, 1, height, width)], 1)


def check_noise_level(sigma: float | Tensor, image: Tensor) -> None:
    """Check that ``sigma`` can be the noise level of ``image``.

    Args:
        sigma: one number, (1,), one per image (B,), or a map (B, 1, H, W); in [0, 1] units.
        image: (B, C, H, W) in [0, 1].

    Raises:
        ShapeError: a tensor ``sigma`` has a shape that does not fit.
        ArgumentError: a value lies outside [0, 1] or is not a number.
    """
    level = torch.as_tensor(sigma)
    _check_shape(level, image)
    wrong = ~((level >= 0) & (level <= 1))
    if bool(wrong.any()):
        raise ArgumentError(
            f"The noise level sigma is {level[wrong].flatten()[0].item():g}; it must lie in "
            "[0, 1], the units of the image (divide a level on the 0-255 scale by 255)."
        )


def _check_shape(level: Tensor, image: Tensor) -> None:
    batch, _, height, width = image.shape
    if tuple(level.shape) not in ((), (1,), (batch,), (batch, 1, height, width)):
        raise ShapeError(
            f"sigma has shape {tuple(level.shape)}; for images of shape {tuple(image.shape)} it "
            f"must be one number, ({batch},) or ({batch}, 1, {height}, {width})."
        )


def reflected_window(image: Tensor, top: int, left: int, bottom: int, right: int) -> Tensor:
    r"""Cut rows ``top..bottom`` and columns ``left..right`` out of an image continued by mirrors.

    Position :math:`i` outside the image shows what lies equally far inside it; the border pixel
    is not repeated: :math:`x_{-i} = x_i` and :math:`x_{n-1+i} = x_{n-1-i}`. Unlike torch's
    ``reflect`` padding the window may be any number of times larger than the image, down to
    images of a single pixel.

    Args:
        image: (B, C, H, W), at least one pixel.
        top, left, bottom, right: in pixels of the image; negative numbers lie outside.

    Returns:
        (B, C, bottom - top, right - left); a view where the window lies inside the image.
    """
    rows = _along(image, axis=2, start=top, stop=bottom)
    return _along(rows, axis=3, start=left, stop=right)


def _along(image: Tensor, axis: int, start: int, stop: int) -> Tensor:
    size = image.shape[axis]
    if start >= 0 and stop <= size:
        return image.narrow(axis, start, stop - start)
    position = torch.arange(start, stop, device=image.device)
    if size == 1:
        return image.index_select(axis, torch.zeros_like(position))
    period = 2 * (size - 1)
    phase = position.remainder(period)
    return image.index_select(axis, torch.minimum(phase, period - phase))
