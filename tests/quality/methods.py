"""The denoisers that are compared: this project's models, and free programs at their best."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from desktop_app.services.denoising.denoise import DenoisingOptions, denoise
from desktop_app.services.denoising.events import finished
from desktop_app.services.models.model_choice import ModelChoice
from desktop_app.services.pictures import Picture
from desktop_app.services.pictures.pixels import samples_to_tensor
from scratch_layers.metrics import mse
from tests.quality.sets import Example

Method = Callable[[Example], Tensor]

_REAL_LEVELS_255 = (3.0, 6.0, 10.0, 15.0, 22.0, 32.0)
"""Levels tried for real noise; the best for each picture counts, which flatters."""


def our_method(model: str, knows_level: bool) -> Method:
    """Return a model, or ``auto``, as the application uses it.

    Args:
        model: its name.
        knows_level: whether it is told the level where that is known; else it is measured.
    """

    def run(example: Example) -> Tensor:
        picture = example.developed
        if picture is None:
            picture = Picture(np.ascontiguousarray(example.noisy[0].permute(1, 2, 0).numpy()))
        level = example.sigma_255 if knows_level else None
        result = finished(denoise(picture, ModelChoice(model), DenoisingOptions(level)))
        return samples_to_tensor(result.picture)

    return run


def _bm3d(noisy: Tensor, sigma_255: float) -> Tensor:
    import bm3d

    samples = noisy[0].permute(1, 2, 0).double().numpy()
    return torch.from_numpy(bm3d.bm3d_rgb(samples, sigma_255 / 255)).permute(2, 0, 1)[None].float()


def _non_local_means(noisy: Tensor, sigma_255: float) -> Tensor:
    import cv2

    samples = noisy[0].clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).contiguous().numpy()
    result = cv2.fastNlMeansDenoisingColored(samples, None, sigma_255, sigma_255, 7, 21)
    return torch.from_numpy(result).permute(2, 0, 1)[None] / 255


@dataclass(frozen=True)
class Rival:
    """A free program.

    Attributes:
        title: what people call it.
        module: what has to be imported for it.
        denoise: from a noisy (1, 3, H, W) and a level on the 0-255 scale to a clean one.
        level_factors: multiples of the true level that are tried.
    """

    title: str
    module: str
    denoise: Callable[[Tensor, float], Tensor]
    level_factors: Sequence[float]

    @property
    def is_installed(self) -> bool:
        """Whether it can be run here."""
        return importlib.util.find_spec(self.module) is not None

    def best(self, example: Example) -> Tensor:
        """Return the result at the level that brings it nearest to the truth."""
        known = example.sigma_255
        levels = _REAL_LEVELS_255 if known is None else [f * known for f in self.level_factors]
        results = [self.denoise(example.noisy, level).clamp(0, 1) for level in levels]
        return min(results, key=lambda result: mse(result, example.clean))


RIVALS = (
    Rival("BM3D", "bm3d", _bm3d, (1.0,)),
    Rival("OpenCV NLM", "cv2", _non_local_means, (0.3, 0.5, 0.8)),
)


def all_methods(models: Sequence[str]) -> dict[str, Method]:
    """Return every method by title: noisy as it is, the models, and the rivals at hand."""
    methods: dict[str, Method] = {"noisy": lambda example: example.noisy}
    for model in models:
        methods[f"`{model}`"] = our_method(model, knows_level=False)
        methods[f"`{model}`, level known"] = our_method(model, knows_level=True)
    methods |= {rival.title: rival.best for rival in RIVALS if rival.is_installed}
    return methods
