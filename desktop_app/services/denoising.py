"""Denoising one picture with a model, from samples to samples."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch

from desktop_app.services.errors import AppError
from desktop_app.services.image_files import Picture
from desktop_app.services.pixels import picture_to_tensor, samples_to_tensor, tensor_to_picture
from scratch_layers.errors import CancelledError
from scratch_layers.inference import TileDone, denoise_tiles
from scratch_layers.models import Denoiser
from scratch_layers.noise_estimation import estimate_sigma

MAXIMUM_SIGMA_255 = 75.0


@dataclass(frozen=True)
class DenoiseResult:
    """A denoised picture and how it came about.

    Attributes:
        picture: the result, with alpha and metadata of its source.
        sigma_255: the noise level that the network was told, as a standard deviation, 0-255 scale.
        seconds: the time that the work took.
    """

    picture: Picture
    sigma_255: float
    seconds: float


def estimate_sigma_255(picture: Picture) -> float:
    """Estimate the noise in a picture as a standard deviation on the 0-255 scale."""
    return 255 * estimate_sigma(samples_to_tensor(picture))


def denoise_events(
    picture: Picture,
    denoiser: Denoiser,
    *,
    sigma_255: float | None = None,
    strength: float = 100.0,
    tile: int | None = None,
) -> Generator[TileDone, None, DenoiseResult]:
    """Denoise a picture, one tile for each event; closing the generator stops the work.

    The result is ``source + strength / 100 * (denoised - source)``.

    Args:
        picture: the source. Gray is given to the network in all three channels, and their mean is
            the result.
        denoiser: the model.
        sigma_255: noise level from 0 to 75; estimated from the picture where None.
        strength: percentage of the change to apply.
        tile: largest side of a tile in pixels; chosen by memory where None.

    Raises:
        AppError: an argument is out of its range, or the model's output is not a number.
    """
    _check_range("The noise level (sigma)", sigma_255 or 0.0, MAXIMUM_SIGMA_255)
    _check_range("The strength", strength, 100.0)
    started = time.perf_counter()
    if sigma_255 is None:
        sigma_255 = min(estimate_sigma_255(picture), MAXIMUM_SIGMA_255)
    source = picture_to_tensor(picture)
    output = torch.empty(source.shape)
    yield from denoise_tiles(denoiser, source, sigma_255 / 255, output, tile)
    if not math.isfinite(float(output.sum())):
        raise AppError(
            "The model's output holds values that are not numbers; "
            "try the CPU as the device, or another model."
        )
    result = output if strength == 100 else source.lerp(output, strength / 100)
    seconds = time.perf_counter() - started
    return DenoiseResult(tensor_to_picture(result, picture), sigma_255, seconds)


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
        cancelled: asked before each tile; the work stops when it returns True.

    Raises:
        CancelledError: ``cancelled`` returned True.
        AppError: as there.
    """
    events = denoise_events(picture, denoiser, sigma_255=sigma_255, strength=strength, tile=tile)
    while not (cancelled is not None and cancelled()):
        try:
            done = next(events)
        except StopIteration as stop:
            result: DenoiseResult = stop.value
            return result
        if on_tile is not None:
            on_tile(done)
    events.close()
    raise CancelledError("Denoising was cancelled.")


def _check_range(what: str, value: float, maximum: float) -> None:
    if not 0 <= value <= maximum:
        raise AppError(f"{what} must lie between 0 and {maximum:g}, not {value:g}.")
