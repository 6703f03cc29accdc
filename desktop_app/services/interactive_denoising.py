"""Denoising for somebody who watches: the part in view first, every tile handed out as it is done.

Unlike the window, this module needs torch; it is imported on worker threads only.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

import torch
from torch import Tensor

from desktop_app.services import model_store
from desktop_app.services.errors import AppError
from desktop_app.services.image_files import Picture
from desktop_app.services.image_pyramid import Pixels, to_display
from desktop_app.services.pixels import picture_to_tensor, tensor_to_picture
from scratch_layers.errors import CancelledError
from scratch_layers.inference import choose_tile_size, denoise_tiles
from scratch_layers.models import Denoiser, ModelCard

LARGEST_VIEWED_TILE = 384


@dataclass(frozen=True)
class TilePixels:
    """A finished part of the result, for the screen.

    Attributes:
        fraction: how much of the picture is done, 0-1.
        top, left, bottom, right: the part, in picture pixels.
        pixels: (bottom - top, right - left, 3) uint8.
    """

    fraction: float
    top: int
    left: int
    bottom: int
    right: int
    pixels: Pixels


@dataclass(frozen=True)
class Result:
    """A denoised picture at full strength, with the model's title and the level it was told."""

    picture: Picture
    model: str
    sigma_255: float
    seconds: float


def denoise(
    picture: Picture,
    model: str,
    sigma_255: float,
    device: str,
    memory_budget_bytes: int,
    visible: tuple[int, int, int, int],
    cancelled: Callable[[], bool],
) -> Generator[TilePixels, None, Result]:
    """Denoise ``picture`` at full strength.

    Args:
        model: name or path, see :func:`desktop_app.services.model_store.load`.
        sigma_255: noise level on the 0-255 scale.
        device: where the network runs.
        memory_budget_bytes: what the computation of a tile may take.
        visible: top, left, bottom, right of the part to do first.
        cancelled: asked between tiles.

    Raises:
        CancelledError: ``cancelled`` said so.
        AppError, ScratchError: model, device or noise level cannot be used.
    """
    started = time.monotonic()
    denoiser, card = _loaded(str(model_store.find(model)), device)
    image = picture_to_tensor(picture)
    output = torch.empty_like(image)
    budget_tile = choose_tile_size(denoiser, picture.height, picture.width, memory_budget_bytes)
    tile = min(budget_tile, LARGEST_VIEWED_TILE)
    done = 0
    with closing(denoise_tiles(denoiser, image, sigma_255 / 255, output, tile, visible)) as tiles:
        for part in tiles:
            if cancelled():
                raise CancelledError("Denoising was cancelled.")
            done += (part.bottom - part.top) * (part.right - part.left)
            place = part.top, part.left, part.bottom, part.right
            yield TilePixels(
                done / (picture.width * picture.height), *place, _shown(picture, output, *place)
            )
    if not math.isfinite(float(output.sum())):
        raise AppError(
            "The model's output holds values that are not numbers; "
            "choose the processor (cpu) as the device, or another model."
        )
    result = tensor_to_picture(output, picture)
    return Result(result, card.title, sigma_255, time.monotonic() - started)


def preload(model: str, device: str) -> None:
    """Load a model ahead of its use."""
    _loaded(str(model_store.find(model)), device)


@functools.lru_cache(maxsize=2)
def _loaded(path: str, device: str) -> tuple[Denoiser, ModelCard]:
    return model_store.load(path, device)


def _shown(
    picture: Picture, output: Tensor, top: int, left: int, bottom: int, right: int
) -> Pixels:
    part = dataclasses.replace(
        picture,
        samples=picture.samples[top:bottom, left:right],
        alpha=None if picture.alpha is None else picture.alpha[top:bottom, left:right],
    )
    return to_display(tensor_to_picture(output[:, :, top:bottom, left:right], part).samples)
