"""Padding of images, and its derivative, in torch's four modes."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.errors import ShapeError
from scratch_layers.functional.fast.row_blocks import empty_channels_last
from scratch_layers.functional.geometry import Sides

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")

_ROWS, _COLUMNS = 2, 3


def pad(input: Tensor, padding: Sides, mode: str) -> Tensor:
    """Surround an image with zeros or, in the other modes, with copies of its own pixels.

    Args:
        input: (B, C, H, W).
        padding: (top, bottom, left, right) in pixels, none negative.
        mode: one of :data:`PADDING_MODES`. Beside a row ``a b c d``, two pixels wide: ``zeros``
            is ``0 0``, ``reflect`` is ``c b``, ``replicate`` is ``a a``, ``circular`` is ``c d``.

    Returns:
        (B, C, top + H + bottom, left + W + right), its memory channels last.

    Raises:
        ShapeError: ``reflect`` needs more pixels than the image has, or ``circular`` would go
            round more than once.
    """
    top, bottom, left, right = padding
    channels, height, width = input.shape[1:]
    size = (top + height + bottom, left + width + right)
    output = empty_channels_last(input, channels, size)
    inner_columns = output.narrow(_COLUMNS, left, width)
    inner_columns.narrow(_ROWS, top, height).copy_(input)
    for part, axis, inner in ((inner_columns, _ROWS, height), (output, _COLUMNS, width)):
        before = top if axis == _ROWS else left
        _fill_borders(part, axis, before, inner, mode)
    return output


def pad_backward(gradient: Tensor, padding: Sides, mode: str) -> Tensor:
    """Return the gradient with respect to the input of :func:`pad`.

    A pixel that padding copied to several places receives the sum of their gradients.

    Args:
        gradient: gradient with respect to the padded image.
        padding, mode: as given to :func:`pad`.
    """
    top, bottom, left, right = padding
    width = gradient.shape[_COLUMNS] - left - right
    height = gradient.shape[_ROWS] - top - bottom
    columns = gradient.narrow(_COLUMNS, left, width).clone(memory_format=torch.channels_last)
    _add_borders(columns, gradient, _COLUMNS, left, mode)
    result = columns.narrow(_ROWS, top, height)
    _add_borders(result, columns, _ROWS, top, mode)
    return result


def _fill_borders(image: Tensor, axis: int, before: int, inner: int, mode: str) -> None:
    """Fill what lies outside the ``inner`` pixels that begin at ``before`` along ``axis``."""
    for start, count in _borders(image.shape[axis], before, inner):
        border = image.narrow(axis, start, count)
        if mode == "zeros":
            border.zero_()
        else:
            source = _sources(start - before, count, inner, mode, image.device)
            border.copy_(image.index_select(axis, source + before))


def _add_borders(result: Tensor, padded: Tensor, axis: int, before: int, mode: str) -> None:
    """Add the gradient at every copy of a pixel along ``axis`` to that pixel's own."""
    if mode == "zeros":
        return
    inner = result.shape[axis]
    for start, count in _borders(padded.shape[axis], before, inner):
        source = _sources(start - before, count, inner, mode, result.device)
        result.index_add_(axis, source, padded.narrow(axis, start, count))


def _borders(padded: int, before: int, inner: int) -> list[tuple[int, int]]:
    """Return (first position, number of positions) of the borders on both sides, if any."""
    after = padded - before - inner
    return [(start, count) for start, count in ((0, before), (before + inner, after)) if count]


def _sources(start: int, count: int, size: int, mode: str, device: torch.device) -> Tensor:
    """Return the input positions that ``count`` positions from ``start`` on are copies of."""
    limit = {"circular": size, "reflect": size - 1}.get(mode, count)
    if count > limit:
        raise ShapeError(
            f"Padding mode '{mode}' can add at most {limit} pixels on a side to an image of size "
            f"{size}, not {count}."
        )
    position = torch.arange(start, start + count, device=device)
    if mode == "replicate":
        return position.clamp(0, size - 1)
    if mode == "circular":
        return position.remainder(size)
    return size - 1 - (position.abs() - (size - 1)).abs()
