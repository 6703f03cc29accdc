"""What a tile costs in memory and time, and the size of tile that costs least.

Both models are measured with the photo network on two cores
(``python -m tests.benchmarks --only tiles`` measures them again):

==============  ==========  =============
window, pixels  ns a pixel  bytes a pixel
==============  ==========  =============
96 x 96         1,540
160 x 160       960
256 x 256       720         379
512 x 512       600         324
768 x 768       600         280
1,024 x 1,024   580         254
1,536 x 1,536   610         236
2,048 x 2,048   650         228
==============  ==========  =============

A window is a tile with its halo. All but the smallest windows take the same time for a pixel, so
that halos decide: with a halo of 104 pixels a tile of 384 computes 2.4 times as many pixels as it
keeps, one of 800 1.6 times, one of 1,660 1.27 times. From there on memory grows fast and time
hardly falls: four times the memory would save a tenth.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from scratch_layers.inference.tiles import spans
from scratch_layers.models.denoiser import Denoiser, round_up
from scratch_layers.models.network_figures import activation_values_per_pixel

DEFAULT_MEMORY_BUDGET = 512 * 2**20
SMALLEST_TILE = 64
"""Below this a network with a wide view would compute little but halos."""

SMALLEST_IN_HALOS = 2
"""No tile is chosen with sides of fewer halos: with 2, a window has four times its pixels."""

MEMORY_ALLOWANCE = 1.5
"""What allocator and network keep for the next layer or tile, as a factor; measured."""

WORKSPACE_BYTES = 48 * 2**20
"""What layers need to work with, whatever the size of the image; measured."""

CALL_PIXELS = 15_000
"""A window takes as much longer than its pixels as this many pixels would; measured."""

MOST_BYTES = 768 * 2**20
"""No window takes more, however much memory there is: it would bring next to nothing."""


def bytes_per_pixel(denoiser: Denoiser) -> float:
    """Return the memory that denoising takes for each pixel of a tile and its halo.

    The activations alive at one time are counted from the layers; on top come the tile's copies
    in the image's float32: the window, the network's input, its output and the clean tile. The
    sum is multiplied by :data:`MEMORY_ALLOWANCE`.
    """
    channels = denoiser.architecture.input_channels
    values = activation_values_per_pixel(denoiser.network, channels)
    copies = channels + 3 * denoiser.architecture.channels
    return MEMORY_ALLOWANCE * (values * denoiser.dtype.itemsize + copies * 4)


def window_bytes(denoiser: Denoiser, pixels: int) -> float:
    """Return the memory that denoising a window of so many pixels takes at its peak."""
    return pixels * bytes_per_pixel(denoiser) + WORKSPACE_BYTES


def tiles_bytes(denoiser: Denoiser, height: int, width: int, tile: tuple[int, int]) -> float:
    """Return the memory that denoising an image takes in tiles of at most this height and width."""
    multiple, halo = denoiser.size_multiple, denoiser.halo
    rows, columns = (
        max(_windows(size, side, halo, multiple))
        for size, side in zip((height, width), tile, strict=True)
    )
    return window_bytes(denoiser, rows * columns)


def choose_tile(
    denoiser: Denoiser,
    height: int,
    width: int,
    memory_budget_bytes: int = DEFAULT_MEMORY_BUDGET,
    largest: int | None = None,
    batch: int = 1,
) -> tuple[int, int]:
    """Return the height and width of the tiles that denoise an image in the least time.

    Of the ways to cut the image evenly, the one that computes the fewest pixels is taken, each
    window with :data:`CALL_PIXELS` more. Windows that take more memory than the budget, by
    :func:`window_bytes`, or than :data:`MOST_BYTES` are left out. The input and the output image
    come on top of the budget. Where no tile fits, it is the smallest one, of
    :data:`SMALLEST_IN_HALOS` halos: still smaller ones would save little memory beside what layers
    need to work with, and take many times as long.

    Args:
        denoiser: decides halo, alignment and memory for each pixel.
        height, width: size of the image; a tile that covers it all needs no halo.
        memory_budget_bytes: what the computation of a tile may take.
        largest: no side of a tile may be longer than this, for those who wait for tiles.
        batch: images that are denoised together.
    """
    multiple, halo = denoiser.size_multiple, denoiser.halo
    per_pixel = bytes_per_pixel(denoiser) * batch
    smallest = max(SMALLEST_TILE, SMALLEST_IN_HALOS * halo)
    smallest = round_up(smallest if largest is None else min(smallest, largest), multiple)
    allowed = (min(memory_budget_bytes, MOST_BYTES) - WORKSPACE_BYTES) / per_pixel
    best, best_cost = (smallest, smallest), math.inf
    columns = [
        (side, _windows(width, side, halo, multiple))
        for side in _sides(width, largest, smallest, multiple)
    ]
    for tall in _sides(height, largest, smallest, multiple):
        rows = _windows(height, tall, halo, multiple)
        for wide, across in columns:
            if max(rows) * max(across) > allowed:
                continue
            cost = _computed_pixels(rows, across)
            if cost < best_cost:
                best, best_cost = (tall, wide), cost
    return best


def _sides(size: int, largest: int | None, smallest: int, multiple: int) -> Iterator[int]:
    """Yield lengths of tiles, longest first; ever fewer of the short ones, which differ little."""
    count = 1 if largest is None else -(-size // round_up(max(largest, multiple), multiple))
    former = 0
    while True:
        side = round_up(-(-size // count), multiple)
        if side < smallest and former:
            return
        if side != former:
            yield side
        if side <= smallest:
            return
        former = side
        count = max(count + 1, round(count * 1.1))


def _windows(size: int, side: int, halo: int, multiple: int) -> Counter[int]:
    """Return how many windows of which length cutting ``size`` into tiles of ``side`` gives."""
    return Counter(
        min(stop + halo, size) - max(start - halo, 0)
        for start, stop in spans(0, size, side, multiple)
    )


def _computed_pixels(rows: Counter[int], columns: Counter[int]) -> int:
    """Return the pixels of all windows, and what each costs beside them."""
    pixels = sum(rows.elements()) * sum(columns.elements())
    return pixels + CALL_PIXELS * rows.total() * columns.total()
