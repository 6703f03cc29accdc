"""Denoising one picture with a model, from samples to samples."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np
import torch

from desktop_app.services.denoising.tiles import PictureTiles
from desktop_app.services.errors import AppError
from desktop_app.services.memory import SHARE_OF_FREE, budget_bytes
from desktop_app.services.pictures import Picture
from scratch_layers.devices import free_bytes
from scratch_layers.errors import CancelledError
from scratch_layers.inference import Fallback, TileDone, TileEvent, choose_tile, denoise_source
from scratch_layers.models import Denoiser
from scratch_layers.noise_estimation import estimate_sigma
from scratch_layers.noise_kinds import HIGHEST_SIGMA_255


@dataclass(frozen=True)
class DenoiseResult:
    """A denoised picture and how it came about.

    Attributes:
        picture: the result, with alpha and metadata of its source.
        sigma_255: the noise level that the network was told, as a standard deviation, 0-255 scale.
        seconds: the time that the work took.
        notices: what went wrong on the way without harming the result, one sentence each.
    """

    picture: Picture
    sigma_255: float
    seconds: float
    notices: tuple[str, ...] = ()


def estimate_sigma_255(picture: Picture) -> float:
    """Estimate the noise in a picture as a standard deviation on the 0-255 scale."""
    # Torch shares memory with writable arrays only; others are copied, in their own few bits.
    samples = torch.from_numpy(np.require(picture.samples, requirements="W")).permute(2, 0, 1)
    return 255 * estimate_sigma(samples, peak=picture.peak)


def choose_picture_tile(
    picture: Picture, denoiser: Denoiser, memory_budget_mb: int = 0, largest: int | None = None
) -> tuple[int, int]:
    """Return the height and width of the tiles for a picture.

    The budget covers the result and the tiles; a device with memory of its own gives 60 % of what
    is free there to the tiles.

    Args:
        memory_budget_mb: as for :func:`denoise_events`.
        largest: no side of a tile may be longer than this.
    """
    budget = budget_bytes(memory_budget_mb) - picture.samples.nbytes
    free = free_bytes(denoiser.device)
    if free is not None:
        budget = int(SHARE_OF_FREE * free)
    return choose_tile(denoiser, picture.height, picture.width, budget, largest)


def denoise_events(
    picture: Picture,
    denoiser: Denoiser,
    *,
    sigma_255: float | None = None,
    strength: float = 100.0,
    tile: int | None = None,
    memory_budget_mb: int = 0,
    cancelled: Callable[[], bool] | None = None,
) -> Generator[TileEvent, None, DenoiseResult]:
    """Denoise a picture, one tile for each ``TileDone``; closing the generator stops the work.

    The result is ``source + strength / 100 * (denoised - source)``. Beyond the picture and its
    result only the memory of one tile is taken. Whatever can be put right, such as a lack of
    memory, is, and told by a ``Fallback``.

    Args:
        picture: the source. Gray is given to the network in all three channels, and their mean is
            the result.
        denoiser: the model.
        sigma_255: noise level from 0 to 75; estimated from the picture where None.
        strength: percentage of the change to apply.
        tile: largest side of a tile in pixels; chosen by memory and speed where None.
        memory_budget_mb: what the work may take beyond the picture; 0 takes 60 % of what is free.
        cancelled: asked often, from the thread that does the work.

    Raises:
        AppError: an argument is out of its range.
        CancelledError: ``cancelled`` returned True.
        MemoryShortageError, OutputError: nothing helps against what is wrong.
    """
    _check_range("The noise level (sigma)", sigma_255 or 0.0, HIGHEST_SIGMA_255)
    _check_range("The strength", strength, 100.0)
    started = time.perf_counter()
    if sigma_255 is None:
        sigma_255 = min(estimate_sigma_255(picture), HIGHEST_SIGMA_255)
    tiles = PictureTiles(picture, strength / 100)
    size = tile or choose_picture_tile(picture, denoiser, memory_budget_mb)
    notices: list[str] = []
    for event in denoise_source(denoiser, tiles, sigma_255 / 255, size, cancelled=cancelled):
        if isinstance(event, Fallback):
            notices.append(event.sentence)
        yield event
    seconds = time.perf_counter() - started
    return DenoiseResult(tiles.result, sigma_255, seconds, tuple(notices))


def denoise_picture(
    picture: Picture,
    denoiser: Denoiser,
    *,
    sigma_255: float | None = None,
    strength: float = 100.0,
    tile: int | None = None,
    on_tile: Callable[[TileDone], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> DenoiseResult:
    """Denoise a picture in one call; see :func:`denoise_events`.

    Args:
        picture, denoiser, sigma_255, strength, tile: as there.
        on_tile: called after each tile.
        cancelled: asked before each tile and within it; the work stops when it returns True.

    Raises:
        CancelledError: ``cancelled`` returned True.
        AppError, MemoryShortageError, OutputError: as there.
    """
    events = denoise_events(
        picture, denoiser, sigma_255=sigma_255, strength=strength, tile=tile, cancelled=cancelled
    )
    while not (cancelled is not None and cancelled()):
        try:
            event = next(events)
        except StopIteration as stop:
            result: DenoiseResult = stop.value
            return result
        if on_tile is not None and isinstance(event, TileDone):
            on_tile(event)
    events.close()
    raise CancelledError("Denoising was cancelled.")


def _check_range(what: str, value: float, maximum: float) -> None:
    if not 0 <= value <= maximum:
        raise AppError(f"{what} must lie between 0 and {maximum:g}, not {value:g}.")
