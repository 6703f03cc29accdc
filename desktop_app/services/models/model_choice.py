"""Which model denoises a picture: the one that a person named, or the one that suits its noise."""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.services.denoising.noise_found import NoiseFound
from desktop_app.services.errors import AppError
from desktop_app.services.models import model_store
from desktop_app.services.models.model_store import (
    AUTOMATIC,
    BEST,
    FAST,
    ModelEntry,
    ModelNotFoundError,
)
from scratch_layers.errors import ScratchError, WeightsError

if TYPE_CHECKING:
    from scratch_layers.models import Denoiser

_WHITE_KINDS, _CAMERA_KINDS = ("gaussian",), ("camera",)
"""What ``noise["kind"]`` of a card says of models for white noise and for that of cameras."""

_PASSES = {FAST: 1, BEST: 4}

_LARGER = "-large"
"""What is added to a model's name for the name of its larger variant."""


@dataclass(frozen=True)
class LoadedModel:
    """A model, ready to denoise.

    Attributes:
        name: what commands and settings call it.
        title: what people read.
        denoiser: the network.
        noise_kind: the noise it was made for, as its card says.
    """

    name: str
    title: str
    denoiser: Denoiser
    noise_kind: str = "gaussian"

    @property
    def is_for_mosaics(self) -> bool:
        """Whether it takes what a Bayer sensor saw, and no pictures."""
        return self.denoiser.architecture.channels == 1

    def told(self, sigma_255: float, noise: NoiseFound) -> float:
        """Return what the network must be told to remove noise of ``sigma_255`` in each channel.

        A network for cameras sees the noise itself and takes a level as the least there is, so of
        one that may be texture in part it is told half.
        """
        if self.is_for_mosaics or self.noise_kind not in _CAMERA_KINDS:
            return sigma_255
        in_doubt = not noise.trusted and sigma_255 == noise.sigma_255
        return sigma_255 / 2 if in_doubt else sigma_255


@dataclass(frozen=True)
class ModelChoice:
    """What a person has decided about the model.

    Attributes:
        name: name or path of a model, or ``auto``.
        device: where it runs.
        precision: one of :data:`desktop_app.services.models.model_store.PRECISIONS`.
        quality: ``fast``, or ``best``: the larger variant of the model, where one is installed, and
            the mean of four passes over mirrored copies of the picture.
        loaded: a model that is in memory already and is used instead, or None.
    """

    name: str = AUTOMATIC
    device: str = "auto"
    precision: str = "float32"
    quality: str = FAST
    loaded: LoadedModel | None = None

    @property
    def is_automatic(self) -> bool:
        """Whether the model depends on the picture."""
        return self.name == AUTOMATIC and self.loaded is None

    def name_for(self, noise: NoiseFound, on_mosaic: bool = False) -> str:
        """Return the name of the model for a picture, if nothing is wrong with it.

        Args:
            noise: of the picture.
            on_mosaic: whether the picture has a mosaic.
        """
        if not self.is_automatic:
            return self._named()
        suitable = _by_suitability(noise, on_mosaic, self.quality)
        return next((entry.name for entry in suitable), model_store.DEFAULT_MODEL)

    def for_noise(
        self, noise: NoiseFound, on_mosaic: bool = False
    ) -> tuple[LoadedModel, tuple[str, ...]]:
        """Return the model for a picture, and a sentence for every better one that is missing.

        Args:
            noise, on_mosaic: as for :meth:`name_for`.

        Raises:
            ModelNotFoundError: there is no model of that name, or none at all.
            WeightsError, DeviceError: the named model, or the device, cannot be used.
        """
        if self.loaded is not None:
            return self.loaded, ()
        if not self.is_automatic:
            return self._load(self._named()), ()
        missing: list[str] = []
        for entry in _by_suitability(noise, on_mosaic, self.quality):
            try:
                model = self._load(entry.name)
            except (ModelNotFoundError, WeightsError) as error:
                missing.append(str(error))
                continue
            if not missing and not _is_made_for(entry, noise, on_mosaic):
                kind = "the mosaics of RAW files" if on_mosaic else "this kind of noise"
                missing.append(f"No model for {kind} is installed.")
            return model, tuple(f"{why} The model {model.name} is used instead." for why in missing)
        raise ModelNotFoundError(" ".join(missing) or "No model is installed; install one.")

    def preload(self) -> None:
        """Load a model ahead of its use.

        Raises:
            AppError, ScratchError: as for :meth:`for_noise`.
        """
        self.for_noise(NoiseFound("camera", 0.0))

    def _named(self) -> str:
        larger = self.name + _LARGER
        if self.quality == FAST or all(e.name != larger for e in model_store.list_models()):
            return self.name
        return larger

    def _load(self, name: str) -> LoadedModel:
        path = model_store.find(name)
        # A training replaces its model, under the same name, whenever it has a better one.
        stamps = tuple(file.stat().st_mtime_ns for file in (path, path.with_suffix(".json")))
        passes = _PASSES[self.quality]
        return _loaded(str(path), stamps, self.device, self.precision, passes)


def is_for_mosaics(name: str) -> bool:
    """Whether a model, by its name or its path, is one for mosaics, as its card says."""
    entries = model_store.list_models()
    entry = next((entry for entry in entries if entry.name == name), None)
    with contextlib.suppress(AppError, ScratchError):
        entry = entry or model_store.entry_of(Path(name))
    return entry is not None and entry.is_for_sensors


def _by_suitability(noise: NoiseFound, on_mosaic: bool, quality: str) -> list[ModelEntry]:
    """Return the installed models that can be used: those for mosaics first, for this kind of noise
    and for this level; larger variants before others in the best quality, else after them.
    """
    return sorted(
        (entry for entry in model_store.list_models() if on_mosaic or not entry.is_for_sensors),
        key=lambda entry: (
            not entry.is_for_sensors,
            not _is_made_for(entry, noise),
            not _covers(entry, noise),
            entry.name.endswith(_LARGER) != (quality == BEST),
        ),
    )


def _is_made_for(entry: ModelEntry, noise: NoiseFound, on_mosaic: bool = False) -> bool:
    if on_mosaic:
        return entry.is_for_sensors
    is_white = noise.nature in ("white", "unknown")
    return entry.card.noise.get("kind") in (_WHITE_KINDS if is_white else _CAMERA_KINDS)


def _covers(entry: ModelEntry, noise: NoiseFound) -> bool:
    lowest, highest = entry.card.noise.get("sigma_255", (0.0, 0.0))
    return bool(lowest <= noise.sigma_255 <= highest)


def forget_loaded_models() -> None:
    """Load models anew, after a new self-test of the device, when they are needed again."""
    from scratch_layers.devices import passes

    _loaded.cache_clear()
    passes.cache_clear()


@functools.lru_cache(maxsize=3)
def _loaded(
    path: str, stamps: tuple[int, ...], device: str, precision: str, passes: int
) -> LoadedModel:
    denoiser, card = model_store.load(path, device, precision)
    denoiser.passes = passes
    return LoadedModel(card.name, card.title, denoiser, str(card.noise.get("kind", "")))
