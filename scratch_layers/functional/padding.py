"""Padding of images, and its derivative, in torch's four modes."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.errors import ShapeError
from scratch_layers.functional.geometry import Sides

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


def pad(input: Tensor, padding: Sides, mode: str) -> Tensor:
    """Pad (or crop, where a side is negative) the two last axes of an image.

    Args:
        input: (B, C, H, W).
        padding: (top, bottom, left, right) in pixels.
        mode: one of :data:`PADDING_MODES`.

    Raises:
        ShapeError: ``reflect`` needs more pixels than the image has, or ``circular`` would go
            round more than once.
    """
    top, bottom, left, right = padding
    if mode == "zeros":
        return _pad_zeros(input, padding)
    rows = _source_positions(input.shape[2], top, bottom, mode, input.device)
    columns = _source_positions(input.shape[3], left, right, mode, input.device)
    return input.index_select(2, rows).index_select(3, columns)


def pad_backward(gradient: Tensor, padding: Sides, mode: str, height: int, width: int) -> Tensor:
    """Return the gradient with respect to the input of :func:`pad`.

    A pixel that padding copied to several places receives the sum of their gradients.

    Args:
        gradient: gradient with respect to the padded image.
        padding, mode: as given to :func:`pad`.
        height, width: size of the image before padding.
    """
    top, bottom, left, right = padding
    if mode == "zeros":
        return _pad_zeros(gradient, (-top, -bottom, -left, -right))
    rows = _source_positions(height, top, bottom, mode, gradient.device)
    columns = _source_positions(width, left, right, mode, gradient.device)
    batch, channels = gradient.shape[:2]
    by_rows = gradient.new_zeros((batch, channels, height, gradient.shape[3]))
    by_rows.index_add_(2, rows, gradient)
    result = gradient.new_zeros((batch, channels, height, width))
    return result.index_add_(3, columns, by_rows)


def _pad_zeros(input: Tensor, padding: Sides) -> Tensor:
    top, bottom, left, right = padding
    batch, channels, height, width = input.shape
    output = input.new_zeros((batch, channels, height + top + bottom, width + left + right))
    kept = input[:, :, max(-top, 0) : height - max(-bottom, 0)]
    kept = kept[:, :, :, max(-left, 0) : width - max(-right, 0)]
    place = output[:, :, max(top, 0) :, max(left, 0) :]
    place[:, :, : kept.shape[2], : kept.shape[3]] = kept
    return output


def _source_positions(
    size: int, before: int, after: int, mode: str, device: torch.device
) -> Tensor:
    """Return, for every padded position along one axis, the input position it is a copy of."""
    position = torch.arange(-before, size + after, device=device)
    if mode == "replicate":
        return position.clamp(0, size - 1)
    limit = size if mode == "circular" else size - 1
    if max(before, after) > limit:
        raise ShapeError(
            f"Padding mode '{mode}' can add at most {limit} pixels on a side to an image of size "
            f"{size}, not {max(before, after)}."
        )
    if mode == "circular":
        return position.remainder(size)
    return (size - 1 - (position.abs() - (size - 1)).abs()).clamp(0, size - 1)
