"""The one way from a noisy picture to a clean one: window, command line, batch and evaluation."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from desktop_app.services.denoising.events import (
    Begun,
    Denoised,
    DenoisingEvent,
    Notice,
    PartDone,
    Steps,
)
from desktop_app.services.denoising.noise_found import NoiseFound, find_noise, level_words
from desktop_app.services.errors import AppError
from desktop_app.services.models.model_choice import (
    LoadedModel,
    ModelChoice,
    forget_loaded_models,
    is_for_mosaics,
)
from scratch_layers.noise_kinds import HIGHEST_SIGMA_255

if TYPE_CHECKING:
    from desktop_app.services.denoising.mosaic_parts import MosaicParts
    from desktop_app.services.denoising.tiles import PictureTiles
    from desktop_app.services.pictures import Picture
    from scratch_layers.inference import Fallback, Rectangle

_LARGEST_VIEWED_TILE = 512
"""Longest side of a tile where somebody watches, who wants to see something soon."""

_SHARE_BEFORE_DEVELOPMENT = 0.95
"""How much of the work on a mosaic is the network's."""


@dataclass(frozen=True)
class DenoisingOptions:
    """How a picture is treated.

    Attributes:
        sigma_255: noise level from 0 to 75; measured where None.
        strength: percentage of the change to apply.
        tile: largest side of a tile in pixels; chosen by memory and speed where None.
        memory_budget_mb: what the work may take beyond the picture; 0 takes 60 % of what is free.
        hot_pixels: whether single outlying pixels are replaced before.
    """

    sigma_255: float | None = None
    strength: float = 100.0
    tile: int | None = None
    memory_budget_mb: int = 0
    hot_pixels: bool = False

    def __post_init__(self) -> None:
        _check_range("The noise level (sigma)", self.sigma_255 or 0.0, HIGHEST_SIGMA_255)
        _check_range("The strength", self.strength, 100.0)


def denoise(
    picture: Picture,
    models: ModelChoice,
    options: DenoisingOptions | None = None,
    *,
    noise: NoiseFound | None = None,
    in_view: Rectangle | None = None,
    nothing_else: bool = False,
    begun: PictureTiles | MosaicParts | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Generator[DenoisingEvent, None, Denoised]:
    """Denoise a picture, part by part; closing the generator stops the work.

    A RAW file's mosaic is denoised by a model for mosaics and developed again, with the choices of
    its first development, as a whole at the end unless only a part is wanted. With any other model,
    the picture is denoised as it was developed.

    The result is ``source + strength / 100 * (denoised - source)``. Beyond the picture and its
    result only the memory of one tile is taken. Whatever can be put right, such as a lack of
    memory, is, and told by a notice.

    Where the model is chosen automatically and nobody gave a level, a picture without noise is
    returned as it is, without any event.

    Args:
        picture: the source. Gray is given to the network in all three channels, and their mean is
            the result. Colours under full transparency stay, and do not reach the network. Where
            there are but excerpts, it is developed whole if the mosaic is not denoised.
        models: which model denoises.
        options: level, strength, memory.
        noise: what :func:`find_noise` says of the picture, where that is known already.
        in_view: top, left, bottom, right of the part that somebody looks at; it comes first.
        nothing_else: whether only what is in view shall be denoised.
        begun: what earlier work on this picture left; what it has done already is kept, if the
            same model was told the same.
        cancelled: asked often, from the thread that does the work.

    Raises:
        CancelledError: ``cancelled`` returned True.
        AppError, ScratchError: model or device cannot be used, the network gives no numbers, or
            there is too little memory for the smallest tile.
    """
    from scratch_layers.inference import Fallback

    started, options = time.perf_counter(), options or DenoisingOptions()
    noise = noise or find_noise(picture)
    level = noise.sigma_255 if options.sigma_255 is None else options.sigma_255
    if is_left_alone(noise, models, options.sigma_255):
        seconds = time.perf_counter() - started
        sentence = what_is_done(noise, models, None)
        whole = _whole(picture)
        return Denoised(whole, "", noise, level, 0.0, seconds, sentence, (), sentence)
    on_mosaic = picture.mosaic is not None
    model, notices = models.for_noise(noise, on_mosaic)
    for sentence in notices:
        yield Notice(sentence)
    told = min(model.told(level, noise), HIGHEST_SIGMA_255)
    part = Part(in_view, nothing_else, begun)
    if model.is_for_mosaics:
        work = Steps(_on_mosaic(picture, model, told, noise, options, part, cancelled))
    else:
        work = Steps(_on_picture(_whole(picture), model, told, noise, options, part, cancelled))
    for event in work:
        if isinstance(event, (Fallback, Notice)):
            notices = (*notices, event.sentence)
            if isinstance(event, Fallback) and event.cause == "device":
                forget_loaded_models()
            yield Notice(event.sentence)
        else:
            yield event
    # The name of a model from a file is often but the time of its training.
    called = model.name if models.is_automatic or models.name == model.name else model.title
    done = partial(
        what_is_done, noise, models, options.sigma_255, called, on_mosaic=model.is_for_mosaics
    )
    return Denoised(
        work.result,
        model.title,
        noise,
        level,
        told,
        time.perf_counter() - started,
        done(),
        notices,
        done(in_figures=False),
    )


def _whole(picture: Picture) -> Picture:
    """Return a picture, developed if there are but excerpts of it."""
    from desktop_app.services.pictures import develop

    path, mosaic = picture.metadata.path, picture.mosaic
    if not picture.excerpts or path is None or mosaic is None:
        return picture
    return replace(picture, samples=develop(path, mosaic).samples, excerpts=0)


@dataclass(frozen=True)
class Part:
    """What of a picture is denoised, first or alone; see :func:`denoise`."""

    in_view: Rectangle | None
    nothing_else: bool
    begun: PictureTiles | MosaicParts | None


def _on_picture(
    picture: Picture,
    model: LoadedModel,
    told: float,
    noise: NoiseFound,
    options: DenoisingOptions,
    part: Part,
    cancelled: Callable[[], bool] | None,
) -> Generator[Begun | PartDone | Fallback | Notice, None, Picture]:
    from desktop_app.services.denoising.hot_pixels import without_hot_pixels
    from desktop_app.services.denoising.tiles import PictureTiles, choose_tile_within
    from scratch_layers.inference import TileDone, denoise_source

    made_by = model.denoiser, told / 255, options.strength / 100, options.hot_pixels
    tiles = part.begun
    if not isinstance(tiles, PictureTiles) or tiles.made_by != made_by:
        mended, count = picture, 0
        if options.hot_pixels:
            mended, count = without_hot_pixels(picture, noise.sigma_255)
        tiles = PictureTiles(mended, *made_by)
        if count:
            pixels = "hot pixel was" if count == 1 else "hot pixels were"
            yield Notice(f"{count:,} {pixels} replaced.")
    yield Begun(tiles.result, tiles)
    most = None if part.in_view is None else _LARGEST_VIEWED_TILE
    if options.tile is not None:
        size = options.tile, options.tile
    else:
        size, shortage = choose_tile_within(
            options.memory_budget_mb,
            picture.samples.nbytes,
            model.denoiser,
            (picture.height, picture.width),
            most,
        )
        if shortage is not None:
            yield Notice(shortage)
    only = part.in_view if part.nothing_else else None
    done = tiles.done
    plan = done.missing(size, part.in_view) if only is None else done.missing_in(only, size)
    steps = denoise_source(model.denoiser, tiles, told / 255, cancelled=cancelled, plan=plan)
    with closing(steps):
        for step in steps:
            if isinstance(step, TileDone):
                yield PartDone(done.share, step.top, step.left, step.bottom, step.right)
            else:
                yield step
    return tiles.result


def _on_mosaic(
    picture: Picture,
    model: LoadedModel,
    told: float,
    noise: NoiseFound,
    options: DenoisingOptions,
    part: Part,
    cancelled: Callable[[], bool] | None,
) -> Generator[Begun | PartDone | Fallback | Notice, None, Picture]:
    from desktop_app.services.denoising.mosaics import MosaicPicture
    from scratch_layers.inference import TileDone

    times = 1.0 if options.sigma_255 is None or not noise.sigma_255 else told / noise.sigma_255
    work = MosaicPicture(picture, model, options.strength / 100, times, part.begun)
    if part.in_view is not None and part.nothing_else:
        parts = work.begin_parts()
        yield Begun(parts.result, parts)
        yield from parts.steps(part.in_view, options.tile or _LARGEST_VIEWED_TILE, cancelled)
        return parts.result
    yield Begun(work.result, work.parts)
    steps = work.steps(options.tile, options.memory_budget_mb, cancelled)
    with closing(steps):
        for step in steps:
            if isinstance(step, TileDone):
                yield PartDone(_SHARE_BEFORE_DEVELOPMENT * step.fraction, 0, 0, 0, 0)
            else:
                yield step
    result = work.develop()
    yield PartDone(1.0, 0, 0, result.height, result.width)
    return result


def what_is_done(
    noise: NoiseFound,
    models: ModelChoice,
    level: float | None,
    used: str | None = None,
    *,
    on_mosaic: bool = False,
    in_figures: bool = True,
) -> str:
    """Return one sentence about the noise that was found, and which model removes it.

    Args:
        noise, models: of the picture.
        level: what a person has said, or None.
        used: name or title of the model that was used, which may not be the best; None before that.
        on_mosaic: whether it was used, or could be, on the mosaic of a sensor.
        in_figures: whether levels are numbers, or words such as medium.
    """
    if is_left_alone(noise, models, level):
        return f"{noise.words}; it is left as it is."
    name = used or models.name_for(noise, on_mosaic)
    found = noise.figures if in_figures else noise.words
    said = ""
    if level is not None:
        said = f"; level {level:g} as chosen" if in_figures else f"; {level_words(level)} as chosen"
    is_before = on_mosaic and (used is not None or is_for_mosaics(name))
    where = ", before development" if is_before else ""
    return f"{found}{said}: model {name[:1].upper()}{name[1:]}{where}."


def is_left_alone(noise: NoiseFound, models: ModelChoice, level: float | None) -> bool:
    """Whether nothing is done to a picture; arguments as for :func:`what_is_done`."""
    return models.is_automatic and level is None and noise.nature == "clean"


def keeps_mosaic(
    picture: Picture, noise: NoiseFound, models: ModelChoice, options: DenoisingOptions
) -> bool:
    """Whether the result of :func:`denoise` will have a mosaic; this loads the model.

    Raises:
        AppError, ScratchError: the model cannot be used.
    """
    if picture.mosaic is None:
        return False
    if is_left_alone(noise, models, options.sigma_255):
        return True
    model, _ = models.for_noise(noise, on_mosaic=True)  # not the best one where that is damaged
    return model.is_for_mosaics


def _check_range(what: str, value: float, maximum: float) -> None:
    if not 0 <= value <= maximum:
        raise AppError(f"{what} must lie between 0 and {maximum:g}, not {value:g}.")
