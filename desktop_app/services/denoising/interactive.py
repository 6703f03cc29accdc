"""Denoising for somebody who watches: the part in view first, every tile handed out as it is done.

Unlike the window, this module needs torch; it is imported on worker threads only.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

from desktop_app.services.denoising.events import DenoisingEvent, Notice, TilePixels
from desktop_app.services.denoising.tiles import PictureTiles
from desktop_app.services.denoising.whole_picture import choose_picture_tile
from desktop_app.services.models import model_store
from desktop_app.services.pictures import Picture
from desktop_app.services.pictures.pyramid import to_display
from scratch_layers.devices import passes
from scratch_layers.inference import Fallback, Tile, denoise_source
from scratch_layers.models import Denoiser, ModelCard

LARGEST_VIEWED_TILE = 512


@dataclass(frozen=True)
class Result:
    """A denoised picture at full strength.

    Attributes:
        picture: the result.
        model: title of the model.
        sigma_255: the noise level that the network was told, on the 0-255 scale.
        seconds: the time that the work took.
        notices: the sentences of all notices.
    """

    picture: Picture
    model: str
    sigma_255: float
    seconds: float
    notices: tuple[str, ...] = ()


def denoise(
    picture: Picture,
    model: str,
    sigma_255: float,
    device: str,
    memory_budget_mb: int,
    visible: tuple[int, int, int, int],
    cancelled: Callable[[], bool],
) -> Generator[DenoisingEvent, None, Result]:
    """Denoise ``picture`` at full strength.

    Args:
        model: name or path, see :func:`desktop_app.services.models.model_store.load`.
        sigma_255: noise level on the 0-255 scale.
        device: where the network runs.
        memory_budget_mb: what the work may take beyond the picture; 0 takes 60 % of what is free.
        visible: top, left, bottom, right of the part to do first.
        cancelled: asked often, from the thread that does the work.

    Raises:
        CancelledError: ``cancelled`` said so.
        AppError, ScratchError: model, device or noise level cannot be used, or the network gives
            no numbers, or memory is short for the smallest tile.
    """
    started = time.monotonic()
    denoiser, card = _loaded(str(model_store.find(model)), device)
    tiles = PictureTiles(picture)
    tile = choose_picture_tile(picture, denoiser, memory_budget_mb, LARGEST_VIEWED_TILE)
    notices: list[str] = []
    steps = denoise_source(denoiser, tiles, sigma_255 / 255, tile, visible, cancelled=cancelled)
    with closing(steps):
        for event in steps:
            if isinstance(event, Fallback):
                notices.append(event.sentence)
                if event.cause == "device":
                    # The next picture is for a device that passes the self-test now.
                    _loaded.cache_clear()
                    passes.cache_clear()
                yield Notice(event.sentence)
                continue
            place = Tile(event.top, event.left, event.bottom, event.right)
            shown = to_display(tiles.clean(place).samples)
            yield TilePixels(
                event.fraction, place.top, place.left, place.bottom, place.right, shown
            )
    seconds = time.monotonic() - started
    return Result(tiles.result, card.title, sigma_255, seconds, tuple(notices))


def preload(model: str, device: str) -> None:
    """Load a model ahead of its use."""
    _loaded(str(model_store.find(model)), device)


@functools.lru_cache(maxsize=2)
def _loaded(path: str, device: str) -> tuple[Denoiser, ModelCard]:
    return model_store.load(path, device)
