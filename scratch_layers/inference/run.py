"""Denoising images of any size in bounded memory: tile by tile, with progress and cancelling.

A tile is computed together with a halo, the surroundings that its pixels depend on, and the halo
is thrown away. Halo and tiles are aligned to the network's size rule, so that strided layers and
pixel shuffles see every pixel in the same phase as in the whole image. The tiles therefore give
the whole image's result, up to rounding.

When memory runs out the tiles are halved, and when that does not help, or the device fails or gives
wrong results, the work goes on on the processor. Tiles that were done stay done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

from scratch_layers.errors import (
    ArgumentError,
    CancelledError,
    MemoryShortageError,
    ShapeError,
)
from scratch_layers.inference.cost import DEFAULT_MEMORY_BUDGET, SMALLEST_TILE, choose_tile
from scratch_layers.inference.failures import Fallback
from scratch_layers.inference.tiles import Rectangle, Tile, halved, plan_tiles
from scratch_layers.inference.worker import Trouble, Worker
from scratch_layers.models.denoiser import Denoiser, check_image
from scratch_layers.models.network_input import check_noise_level


@dataclass(frozen=True)
class TileDone:
    """The rectangle of the output that is now final.

    Attributes:
        index: how many tiles were done before this one.
        total: how many tiles the image has, as far as is known; more when tiles are halved.
        top, left, bottom, right: the rectangle, as in :class:`Tile`.
        fraction: how much of the image is done, 0-1.
    """

    index: int
    total: int
    top: int
    left: int
    bottom: int
    right: int
    fraction: float = 1.0


TileEvent: TypeAlias = TileDone | Fallback
NoiseLevel: TypeAlias = float | Tensor | Callable[[Tile], Tensor]


class ImageSource(Protocol):
    """An image that need not lie in memory as one tensor."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Images, height and width."""

    def window(self, place: Tile) -> Tensor:
        """Return a part as floating point (B, C, H, W) in [0, 1]."""

    def put(self, place: Tile, clean: Tensor) -> None:
        """Take the clean (B, C, H, W) of a part, around [0, 1] but not clamped to it."""


class _TensorImage:
    """An image source that is a tensor, and its result."""

    def __init__(self, image: Tensor, output: Tensor) -> None:
        self._image = image
        self._output = output

    @property
    def shape(self) -> tuple[int, int, int]:
        batch, _, height, width = self._image.shape
        return batch, height, width

    def window(self, place: Tile) -> Tensor:
        return _part(self._image, place)

    def put(self, place: Tile, clean: Tensor) -> None:
        _part(self._output, place).copy_(clean)


def denoise_tiles(
    denoiser: Denoiser,
    image: Tensor,
    sigma: float | Tensor,
    output: Tensor,
    tile: int | tuple[int, int] | None = None,
    visible_first: Rectangle | None = None,
    memory_budget_bytes: int = DEFAULT_MEMORY_BUDGET,
    cancelled: Callable[[], bool] | None = None,
) -> Generator[TileEvent, None, None]:
    """Denoise an image into ``output``, one tile for every :class:`TileDone` of the generator.

    Closing the generator stops the work; the tiles that were done stay in ``output``. Beyond image
    and output only the memory of one tile is taken, on the network's device.

    Args:
        denoiser, image, sigma: as for :meth:`~scratch_layers.models.Denoiser.denoise`.
        output: shaped like ``image``, in memory of its own; receives the clean image, not clamped.
        tile, visible_first, memory_budget_bytes, cancelled: as for :func:`denoise_source`.

    Raises:
        ShapeError, ArgumentError, ArgumentTypeError: an argument cannot be used; raised at once,
            before the first step.
        CancelledError, MemoryShortageError, OutputError: as for :func:`denoise_source`.
    """
    check_image(image, denoiser.architecture.channels)
    if denoiser.architecture.takes_noise_level:
        check_noise_level(sigma, image)
    if output.shape != image.shape:
        raise ShapeError(
            f"The output has shape {tuple(output.shape)}, but the image {tuple(image.shape)}."
        )
    if output.data_ptr() == image.data_ptr() and image.numel():
        # The halo of a tile must show its neighbours still noisy, also when they are done.
        raise ArgumentError("The output must not be the image itself; give it memory of its own.")
    source = _TensorImage(image, output)
    return denoise_source(
        denoiser, source, sigma, tile, visible_first, memory_budget_bytes, cancelled
    )


def denoise_source(
    denoiser: Denoiser,
    source: ImageSource,
    sigma: NoiseLevel,
    tile: int | tuple[int, int] | None = None,
    visible_first: Rectangle | None = None,
    memory_budget_bytes: int = DEFAULT_MEMORY_BUDGET,
    cancelled: Callable[[], bool] | None = None,
    plan: Sequence[Tile] | None = None,
) -> Generator[TileEvent, None, None]:
    """Denoise an image that is read, and whose result is taken, a tile at a time.

    Args:
        denoiser: removes the noise.
        source: the image; what it gives must not change when results are put.
        sigma: as for :meth:`~scratch_layers.models.Denoiser.denoise`, or what gives the map of a
            window (B, 1, H, W).
        tile: largest height and width of a tile, one number or two; ``None`` chooses by
            :func:`~scratch_layers.inference.choose_tile`.
        visible_first: the rectangle to compute first.
        memory_budget_bytes: what a tile may take where its size is chosen.
        cancelled: asked between the layers of the network, from the thread that does the work.
        plan: the tiles to compute, in this order, where that is not the whole image; each starts
            at multiples of the network's size rule. ``tile`` and ``visible_first`` are not used.

    Yields:
        A :class:`TileDone` for every tile, and a :class:`Fallback` whenever something went wrong
        and the work goes on in another way.

    Raises:
        ArgumentError: ``tile`` is less than one pixel; raised at once.
        CancelledError: ``cancelled`` returned True.
        MemoryShortageError: the smallest tile takes more memory than there is.
        OutputError: the network gives values that are not numbers.
    """
    batch, height, width = source.shape
    if plan is None:
        if tile is None:
            tile = choose_tile(denoiser, height, width, memory_budget_bytes, batch=max(batch, 1))
        plan = plan_tiles(height, width, tile, visible_first, denoiser.size_multiple)
    return _run(deque(plan), denoiser, source, sigma, cancelled)


def _run(
    left: deque[Tile],
    denoiser: Denoiser,
    source: ImageSource,
    sigma: NoiseLevel,
    cancelled: Callable[[], bool] | None,
) -> Generator[TileEvent, None, None]:
    worker = Worker(denoiser, cancelled)
    _, height, width = source.shape
    done, pixels = 0, 0
    while left:
        tile = left[0]
        place = tile.with_halo(denoiser.halo, height, width)
        clean, trouble = worker.denoise(source.window(place), _level(sigma, place))
        if trouble is not None:
            yield _fall_back(trouble, tile, left, worker, denoiser.size_multiple)
        if clean is None:
            continue
        source.put(tile, _part(clean, tile, place))
        del clean
        left.popleft()
        done, pixels = done + 1, pixels + tile.height * tile.width
        yield TileDone(
            done - 1,
            done + len(left),
            tile.top,
            tile.left,
            tile.bottom,
            tile.right,
            pixels / (height * width),
        )


def _fall_back(
    trouble: Trouble, tile: Tile, left: deque[Tile], worker: Worker, multiple: int
) -> Fallback:
    """Change the plan or the device so that the tile can be tried again.

    Raises:
        MemoryShortageError: nothing is left to try.
    """
    cause, detail = trouble
    device = worker.device
    if cause == "output" and not worker.is_untrustworthy:
        return Fallback(cause, "this tile on the cpu", device, detail, tile)
    if cause == "memory":
        smaller = [part for one in left for part in halved(one, SMALLEST_TILE, multiple)]
        if len(halved(tile, SMALLEST_TILE, multiple)) > 1:
            left.clear()
            left.extend(smaller)
            return Fallback(cause, "smaller tiles", device, detail, tile)
        if worker.on_processor:
            raise MemoryShortageError(
                f"There is not enough memory to denoise even {tile.width} x {tile.height} pixels "
                "at a time; close other programs or allow this one more memory."
            )
    worker.move_to_processor()
    return Fallback(cause, "cpu", device, detail, tile)


def _part(image: Tensor, part: Tile, within: Tile | None = None) -> Tensor:
    """Cut a part out of an image, or out of the window ``within`` of one."""
    top, left = (0, 0) if within is None else (within.top, within.left)
    return image[:, :, part.top - top : part.bottom - top, part.left - left : part.right - left]


def _level(sigma: NoiseLevel, place: Tile) -> float | Tensor:
    if callable(sigma):
        return sigma(place)
    if isinstance(sigma, Tensor) and sigma.dim() == 4:
        return _part(sigma, place)
    return sigma


def denoise_image(
    denoiser: Denoiser,
    image: Tensor,
    sigma: float | Tensor,
    tile: int | tuple[int, int] | None = None,
    on_tile: Callable[[TileDone], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    on_fallback: Callable[[Fallback], None] | None = None,
) -> Tensor:
    """Return the clean image, computed tile by tile.

    Args:
        denoiser, image, sigma, tile: as for :func:`denoise_tiles`.
        on_tile: called after every tile.
        cancelled: asked before every tile and between the layers; the work stops when it returns
            True.
        on_fallback: called when something went wrong and the work goes on in another way.

    Raises:
        CancelledError: ``cancelled`` returned True.
        ShapeError, ArgumentError, ArgumentTypeError: an argument cannot be used.
        MemoryShortageError, OutputError: as for :func:`denoise_source`.
    """
    output = torch.empty_like(image)
    steps = denoise_tiles(denoiser, image, sigma, output, tile, cancelled=cancelled)
    while not (cancelled is not None and cancelled()):
        event = next(steps, None)
        if event is None:
            return output
        if isinstance(event, Fallback):
            if on_fallback is not None:
                on_fallback(event)
        elif on_tile is not None:
            on_tile(event)
    raise CancelledError("Denoising was cancelled.")
