"""Measuring a model: PSNR and SSIM over a folder of pictures, one picture in memory at a time.

Synthetic noise: Gaussian noise is added in floating point and not clipped. Each picture has noise
of its own, which depends on the picture's file name, the noise level and the seed, and on nothing
else: the generator starts from the first 8 bytes (big-endian, shifted right by one bit) of the
SHA-256 of the text ``name|level|seed``, such as ``0000.png|25|0``.

The denoised picture is clamped to [0, 1], and not rounded, before it is compared.
"""

from __future__ import annotations

import fnmatch
import hashlib
import math
import re
import statistics
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from torch import Tensor

from desktop_app.services.denoising.denoise import DenoisingOptions, denoise
from desktop_app.services.denoising.events import finished
from desktop_app.services.errors import AppError
from desktop_app.services.memory import shortage_sentence
from desktop_app.services.models.model_choice import ModelChoice
from desktop_app.services.pictures import Picture, find_pictures, open_picture
from desktop_app.services.pictures.pixels import samples_to_tensor
from desktop_app.services.training.validation_split import is_held_back
from scratch_layers.errors import ScratchError
from scratch_layers.metrics import psnr, ssim
from scratch_layers.noise import add_noise, seeded_generator

PAIRS_CONDITION = "pairs"
"""The name under which the figures of real noisy pictures stand."""

SigmaSource: TypeAlias = Literal["known", "estimated"]


@dataclass(frozen=True)
class Measurement:
    """The figures of one picture under one condition.

    Attributes:
        name: the picture's file name.
        condition: the noise level as text, such as ``"25"``, or ``"pairs"``.
        model: title of the model; empty where the picture was left as it is.
        sigma_255: the noise level that was to be removed, 0-255 scale.
        noisy_psnr, noisy_ssim: of the noisy picture.
        psnr, ssim: of the denoised picture; PSNR in dB.
        seconds: the time that denoising took.
    """

    name: str
    condition: str
    model: str
    sigma_255: float
    noisy_psnr: float
    noisy_ssim: float
    psnr: float
    ssim: float
    seconds: float


@dataclass(frozen=True)
class EvaluationStarted:
    """How many measurements will follow."""

    total: int


@dataclass(frozen=True)
class EvaluationFailed:
    """A picture cannot be measured; the others are.

    Attributes:
        name: its file name.
        reason: why, in one sentence.
    """

    name: str
    reason: str


EvaluationEvent: TypeAlias = EvaluationStarted | Measurement | EvaluationFailed


def noise_seed(name: str, sigma_255: float, seed: int = 0) -> int:
    """Return the seed of a picture's noise; the rule stands at the head of this module."""
    digest = hashlib.sha256(
        f"{name}|{sigma_255:g}|{seed}".encode("utf-8", "surrogateescape")
    ).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def evaluate_synthetic(
    folder: Path,
    models: ModelChoice,
    sigmas_255: Sequence[float],
    *,
    sigma_source: SigmaSource = "known",
    seed: int = 0,
    held_back: bool = False,
    tile: int | None = None,
) -> Generator[EvaluationEvent, None, None]:
    """Add noise to the clean pictures of a folder, denoise them, and compare.

    Args:
        folder: holds the clean pictures.
        models: which model denoises.
        sigmas_255: noise levels, 0-255 scale.
        sigma_source: whether the model is told the true level or one estimated from the picture.
        seed: chooses the noise, together with name and level.
        held_back: measure only on the tenth of the pictures that training leaves aside.
        tile: largest side of a tile in pixels; chosen by memory where None.

    Raises:
        AppError, ScratchError: the folder, the model or the device cannot be used.
    """
    models.preload()
    paths = _pictures(folder)
    if held_back:
        paths = [path for path in paths if is_held_back(path.name)]
    if not paths:
        raise AppError(f"None of the pictures in {folder} is held back from training.")
    yield EvaluationStarted(len(paths) * len(sigmas_255))
    for path in paths:
        try:
            clean = samples_to_tensor(open_picture(path))
            for sigma_255 in sigmas_255:
                generator = seeded_generator(noise_seed(path.name, sigma_255, seed))
                noisy = add_noise(clean, "gaussian", sigma_255, generator)
                level = sigma_255 if sigma_source == "known" else None
                options = DenoisingOptions(level, tile=tile)
                yield _measure(path.name, f"{sigma_255:g}", models, noisy, clean, options)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the rest goes on
            yield EvaluationFailed(path.name, _sentence(path, error))


def evaluate_pairs(
    folder: Path,
    pattern: str,
    models: ModelChoice,
    *,
    sigma_255: float | None = None,
    tile: int | None = None,
) -> Generator[EvaluationEvent, None, None]:
    """Denoise real noisy pictures and compare them with clean pictures of the same scenes.

    Args:
        folder: holds both.
        pattern: two name patterns with a colon between them, ``*_real.png:*_mean.png``: a noisy
            picture and a clean one belong together where the stars stand for the same text.
        models: which model denoises.
        sigma_255: the noise level that the model is told, estimated for each picture where None.
        tile: largest side of a tile in pixels; chosen by memory where None.

    Raises:
        AppError, ScratchError: the pattern is not of that form, a partner is missing, or the
            folder, the model or the device cannot be used.
    """
    models.preload()
    pairs = find_pairs(folder, pattern)
    yield EvaluationStarted(len(pairs))
    options = DenoisingOptions(sigma_255, tile=tile)
    for noisy_path, clean_path in pairs:
        try:
            noisy = samples_to_tensor(open_picture(noisy_path))
            clean = samples_to_tensor(open_picture(clean_path))
            if noisy.shape != clean.shape:
                raise AppError(
                    f"{noisy_path.name} and {clean_path.name} cannot be compared: "
                    f"they have {_size(noisy)} and {_size(clean)}."
                )
            yield _measure(noisy_path.name, PAIRS_CONDITION, models, noisy, clean, options)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the rest goes on
            yield EvaluationFailed(noisy_path.name, _sentence(noisy_path, error))


def _sentence(path: Path, error: Exception) -> str:
    if isinstance(error, AppError | ScratchError):
        return str(error)
    reason = shortage_sentence(error) or f"{type(error).__name__}: {error}"
    return f"{path.name} cannot be measured: {reason}"


def _pictures(folder: Path) -> list[Path]:
    paths = find_pictures(folder)
    if not paths:
        raise AppError(f"There are no pictures in {folder}.")
    return paths


def find_pairs(folder: Path, pattern: str) -> list[tuple[Path, Path]]:
    """Return the (noisy, clean) files of a folder; see :func:`evaluate_pairs` for the pattern.

    Raises:
        AppError: the pattern is not of that form, or a partner is missing.
    """
    noisy_pattern, separator, clean_pattern = pattern.partition(":")
    if not separator or noisy_pattern.count("*") != 1 or clean_pattern.count("*") != 1:
        raise AppError(
            f"The pattern {pattern!r} cannot be used: it must be two names with a colon between "
            "them and one star in each, such as '*_real.png:*_mean.png'."
        )
    star = re.compile(fnmatch.translate(noisy_pattern).replace(".*", "(.*)", 1))
    pairs = []
    for path in _pictures(folder):
        match = star.match(path.name)
        if match is None:
            continue
        partner = folder / clean_pattern.replace("*", match.group(1))
        if not partner.is_file():
            raise AppError(f"{path.name} has no partner {partner.name} in {folder}.")
        pairs.append((path, partner))
    if not pairs:
        raise AppError(f"No picture in {folder} is called like {noisy_pattern}.")
    return pairs


def _size(image: Tensor) -> str:
    channels, height, width = image.shape[1:]
    return f"{width} x {height} pixels in {channels} channel{'s' if channels > 1 else ''}"


def _measure(
    name: str,
    condition: str,
    models: ModelChoice,
    noisy: Tensor,
    clean: Tensor,
    options: DenoisingOptions,
) -> Measurement:
    # Floating point keeps noise beyond black and white, and the result unrounded.
    picture = Picture(np.ascontiguousarray(noisy[0].permute(1, 2, 0).numpy()))
    result = finished(denoise(picture, models, options))
    denoised = samples_to_tensor(result.picture).clamp(0, 1)
    return Measurement(
        name=name,
        condition=condition,
        model=result.model,
        sigma_255=result.sigma_255,
        noisy_psnr=psnr(noisy, clean),
        noisy_ssim=ssim(noisy, clean),
        psnr=psnr(denoised, clean),
        ssim=ssim(denoised, clean),
        seconds=result.seconds,
    )


_FIGURES = ("psnr", "ssim", "seconds", "noisy_psnr", "noisy_ssim", "sigma_255")


def mean_figures(measurements: Sequence[Measurement]) -> dict[str, dict[str, float]]:
    """Return the mean of each figure over the pictures, by condition."""
    return {
        condition: {
            figure: statistics.fmean(getattr(measured, figure) for measured in group)
            for figure in _FIGURES
        }
        for condition, group in _by_condition(measurements)
    }


def _by_condition(
    measurements: Sequence[Measurement],
) -> Iterator[tuple[str, list[Measurement]]]:
    for condition in dict.fromkeys(measured.condition for measured in measurements):
        yield condition, [m for m in measurements if m.condition == condition]


def report(measurements: Sequence[Measurement], **about: Any) -> dict[str, Any]:
    """Return all figures in the form of the JSON report; infinite ones, which JSON lacks, as None.

    Args:
        measurements: at least one.
        about: further fields for the head, such as the model's name.
    """
    images: dict[str, dict[str, Any]] = {}
    for measured in measurements:
        entry = images.setdefault(measured.name, {"name": measured.name})
        entry[measured.condition] = _finite(vars(measured))
    means = mean_figures(measurements)
    return {
        **about,
        "count": len(images),
        "mean": {condition: _finite(figures) for condition, figures in means.items()},
        "images": list(images.values()),
    }


def _finite(figures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: figures[name] if math.isfinite(figures[name]) else None for name in _FIGURES}
