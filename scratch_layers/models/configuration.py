"""Limits on what a configuration may ask for, checked before any memory is taken."""

from __future__ import annotations

from collections.abc import Sequence

from scratch_layers.errors import ArgumentError, ArgumentTypeError

MAXIMUM_LEVELS = 6
MAXIMUM_WIDTH = 512
MAXIMUM_BLOCKS = 16


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
