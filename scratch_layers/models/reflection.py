"""Windows of an image that may reach beyond its borders, into its mirror images."""

from __future__ import annotations

import torch
from torch import Tensor


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
