"""Denoising images of any size in bounded memory: tile by tile, with progress and cancelling.

A tile is computed together with a halo, the surroundings that its pixels depend on, and the halo
is thrown away. Halo and tiles are aligned to the network's size rule, so that strided layers and
pixel shuffles see every pixel in the same phase as in the whole image. The tiles therefore give
the whole image's result, up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, CancelledError, ShapeError
from scratch_layers.models.cost import activation_values_per_pixel
from scratch_layers.models.denoiser import Denoiser, check_image, round_up
from scratch_layers.models.noise_level import check_noise_level
from scratch_layers.models.reflection import reflected_window

DEFAULT_MEMORY_BUDGET = 512 * 2**20
SMALLEST_TILE = 64

Rectangle = tuple[int, int, int, int]
"""(top, left, bottom, right) in pixels; bottom and right lie just outside."""


@dataclass(frozen=True)
class Tile:
    """A rectangle of an image; ``bottom`` and ``right`` lie just outside it."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class TileDone:
    """The rectangle of the output that is now final.

    Attributes:
        index: how many tiles were done before this one.
        total: how many tiles the image has.
        top, left, bottom, right: the rectangle, as in :class:`Tile`.
    """

    index: int
    total: int
    top: int
    left: int
    bottom: int
    right: int


def plan_tiles(
    height: int, width: int, tile: int, first: Rectangle | None = None, multiple: int = 1
) -> list[Tile]:
    """Cut an image into rectangles that cover every pixel exactly once.

    All tiles have the same size, as even as the alignment allows; those at the bottom and right
    border may be smaller.

    Args:
        height, width: size of the image.
        tile: largest height and width of a tile; rounded up to ``multiple``.
        first: a rectangle that somebody is looking at: tiles come in order of their distance from
            it, those around its middle first. Without it they come in reading order.
        multiple: tiles start at multiples of this.

    Raises:
        ArgumentError: ``tile``, ``multiple`` or a side of the image is less than one pixel.
    """
    for name, value in (("tile", tile), ("multiple", multiple)):
        if value < 1:
            raise ArgumentError(f"{name} must be at least one pixel, not {value}.")
    if min(height, width) < 1:
        raise ArgumentError(f"An image of {height} x {width} pixels cannot be cut into tiles.")
    tiles = [
        Tile(top, left, bottom, right)
        for top, bottom in _spans(height, tile, multiple)
        for left, right in _spans(width, tile, multiple)
    ]
    if first is not None:
        tiles.sort(key=lambda candidate: _distance(candidate, first))
    return tiles


def _spans(size: int, tile: int, multiple: int) -> list[tuple[int, int]]:
    count = -(-size // round_up(tile, multiple))
    step = round_up(-(-size // count), multiple)
    return [(start, min(start + step, size)) for start in range(0, size, step)]


def _distance(tile: Tile, region: Rectangle) -> tuple[int, int]:
    """Squared distances between tile and region: of their borders, then of their middles."""
    top, left, bottom, right = region
    down = max(0, tile.top - bottom, top - tile.bottom)
    across = max(0, tile.left - right, left - tile.right)
    middle_down = tile.top + tile.bottom - top - bottom
    middle_across = tile.left + tile.right - left - right
    return down**2 + across**2, middle_down**2 + middle_across**2


def choose_tile_size(
    denoiser: Denoiser, height: int, width: int, memory_budget_bytes: int = DEFAULT_MEMORY_BUDGET
) -> int:
    """Return the largest tile whose computation, halo included, fits in a memory budget.

    The larger a tile, the less of the work goes into halos. The memory is estimated by
    :func:`bytes_per_pixel`; input and output image come on top. A tile is never less than 64
    pixels: below that a network with a wide view would compute little but halos.

    Args:
        denoiser: decides halo, alignment and memory for each pixel.
        height, width: size of the image; a tile that covers it all needs no halo.
        memory_budget_bytes: what the computation of a tile may take.
    """
    multiple, halo = denoiser.size_multiple, denoiser.halo
    per_pixel = bytes_per_pixel(denoiser)
    full_height, full_width = round_up(height, multiple), round_up(width, multiple)
    smallest = round_up(SMALLEST_TILE, multiple)
    tile = max(full_height, full_width)
    while tile > smallest:
        pixels = min(tile + 2 * halo, full_height) * min(tile + 2 * halo, full_width)
        if pixels * per_pixel <= memory_budget_bytes:
            return tile
        tile -= multiple
    return smallest


def bytes_per_pixel(denoiser: Denoiser) -> float:
    """Return the memory that denoising takes for each pixel of a tile and its halo.

    The activations alive at one time are counted from the layers; on top come the tile's copies
    in the image's float32: the window, the network's input, its output and the clean tile. What
    layers need to work with is bounded and not counted; for the photo network the sum was
    measured to cover it, 164 bytes against 151 at 1 megapixel and 116 at 4.
    """
    channels = denoiser.architecture.input_channels
    values = activation_values_per_pixel(denoiser.network, channels)
    copies = 3 + channels + 3 + 3
    return values * denoiser.dtype.itemsize + copies * 4


def denoise_tiles(
    denoiser: Denoiser,
    image: Tensor,
    sigma: float | Tensor,
    output: Tensor,
    tile: int | None = None,
    visible_first: Rectangle | None = None,
) -> Generator[TileDone, None, None]:
    """Denoise an image into ``output``, one tile for every step of the returned generator.

    Closing the generator stops the work; the tiles that were done stay in ``output``. Beyond image
    and output only the memory of one tile is taken, on the network's device.

    Args:
        denoiser, image, sigma: as for :meth:`~scratch_layers.models.Denoiser.denoise`.
        output: shaped like ``image``, in memory of its own; receives the clean image, not clamped.
        tile: largest height and width of a tile; ``None`` chooses by :func:`choose_tile_size`.
        visible_first: the rectangle to compute first.

    Raises:
        ShapeError, ArgumentError, ArgumentTypeError: an argument cannot be used; raised at once,
            before the first step.
    """
    check_image(image)
    if denoiser.architecture.takes_noise_level:
        check_noise_level(sigma, image)
    if output.shape != image.shape:
        raise ShapeError(
            f"The output has shape {tuple(output.shape)}, but the image {tuple(image.shape)}."
        )
    if output.data_ptr() == image.data_ptr() and image.numel():
        # The halo of a tile must show its neighbours still noisy, also when they are done.
        raise ArgumentError("The output must not be the image itself; give it memory of its own.")
    batch, _, height, width = image.shape
    if tile is None:
        budget = DEFAULT_MEMORY_BUDGET // max(batch, 1)
        tile = choose_tile_size(denoiser, height, width, budget)
    plan = plan_tiles(height, width, tile, visible_first, denoiser.size_multiple)
    return _run(plan, denoiser, image, sigma, output)


def _run(
    plan: list[Tile], denoiser: Denoiser, image: Tensor, sigma: float | Tensor, output: Tensor
) -> Generator[TileDone, None, None]:
    for index, tile in enumerate(plan):
        place = output[:, :, tile.top : tile.bottom, tile.left : tile.right]
        place.copy_(_denoise_tile(denoiser, image, sigma, tile))
        yield TileDone(index, len(plan), tile.top, tile.left, tile.bottom, tile.right)


def _denoise_tile(denoiser: Denoiser, image: Tensor, sigma: float | Tensor, tile: Tile) -> Tensor:
    """Denoise the tile and its halo; where the halo ends at the image's border, so does the window.

    There the network's own padding begins at the same place as in the whole image, which is
    continued by reflection to a size that the network takes.
    """
    halo, multiple = denoiser.halo, denoiser.size_multiple
    full_height, full_width = (round_up(size, multiple) for size in image.shape[2:])
    top, left = max(tile.top - halo, 0), max(tile.left - halo, 0)
    bottom = min(round_up(tile.bottom, multiple) + halo, full_height)
    right = min(round_up(tile.right, multiple) + halo, full_width)
    window = reflected_window(image, top, left, bottom, right)
    if isinstance(sigma, Tensor) and sigma.dim() == 4:
        sigma = reflected_window(sigma, top, left, bottom, right)
    clean = denoiser.denoise(window, sigma)
    return clean[:, :, tile.top - top : tile.bottom - top, tile.left - left : tile.right - left]


def denoise_image(
    denoiser: Denoiser,
    image: Tensor,
    sigma: float | Tensor,
    tile: int | None = None,
    on_tile: Callable[[TileDone], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Tensor:
    """Return the clean image, computed tile by tile.

    Args:
        denoiser, image, sigma, tile: as for :func:`denoise_tiles`.
        on_tile: called after every tile.
        cancelled: asked before every tile; the work stops when it returns True.

    Raises:
        CancelledError: ``cancelled`` returned True.
        ShapeError, ArgumentError, ArgumentTypeError: an argument cannot be used.
    """
    output = torch.empty_like(image)
    steps = denoise_tiles(denoiser, image, sigma, output, tile)
    while not (cancelled is not None and cancelled()):
        done = next(steps, None)
        if done is None:
            return output
        if on_tile is not None:
            on_tile(done)
    raise CancelledError("Denoising was cancelled.")
