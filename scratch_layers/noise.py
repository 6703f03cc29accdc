"""Synthetic noise, reproducible from a seed."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.noise_kinds import NOISE_KINDS

NoiseFunction = Callable[[Tensor, float, torch.Generator | None], Tensor]


def add_noise(
    image: Tensor, kind: str, level: float, generator: torch.Generator | None = None
) -> Tensor:
    """Return a noisy copy of an image. The result is not clipped to [0, 1].

    Args:
        image: floating-point tensor (C, H, W) or (B, C, H, W), range [0, 1].
        kind: a key of :data:`~scratch_layers.noise_kinds.NOISE_KINDS`.
        level: how much noise, in the unit and range of that kind.
        generator: source of randomness, torch's global one by default. The noise depends on its
            seed and device only, not on the device and dtype of the image.

    Raises:
        ArgumentError: the kind is unknown, or the level is out of its range.
        ShapeError: the image has another shape or is not a floating-point tensor.
    """
    if kind not in NOISE_KINDS:
        raise ArgumentError(
            f"Unknown kind of noise {kind!r}; choose from {', '.join(NOISE_KINDS)}."
        )
    spec = NOISE_KINDS[kind]
    if not spec.minimum <= level <= spec.maximum:
        raise ArgumentError(
            f"The level of {kind} noise must lie between {spec.minimum:g} and {spec.maximum:g} "
            f"({spec.unit}), got {level:g}."
        )
    if image.dim() not in (3, 4) or not image.is_floating_point():
        raise ShapeError(
            "Noise is added to floating-point images (C, H, W) or (B, C, H, W), "
            f"got {image.dtype} {tuple(image.shape)}."
        )
    return _FUNCTIONS[kind](image, level, generator)


def seeded_generator(seed: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a random generator that starts from ``seed``."""
    return torch.Generator(device).manual_seed(seed)


def _gaussian(image: Tensor, sigma_255: float, generator: torch.Generator | None) -> Tensor:
    """``image + sigma * n`` with standard normal ``n``."""
    return image + _standard_normal(image, generator) * (sigma_255 / 255)


def _speckle(image: Tensor, sigma_255: float, generator: torch.Generator | None) -> Tensor:
    """``image * (1 + sigma * n)`` with standard normal ``n``."""
    return image + image * _standard_normal(image, generator) * (sigma_255 / 255)


def _poisson(image: Tensor, photons: float, generator: torch.Generator | None) -> Tensor:
    """Photon counts with mean ``photons * image``, scaled back; negative values count as black."""
    expected = image.clamp(min=0).to(_draw_device(image, generator), torch.float32) * photons
    return (torch.poisson(expected, generator=generator) / photons).to(image)


def _salt_and_pepper(image: Tensor, percent: float, generator: torch.Generator | None) -> Tensor:
    """Turn ``percent`` of the pixels black or white, all channels together, with equal chances."""
    one_channel = image.narrow(-3, 0, 1)
    chance = torch.rand(
        one_channel.shape, generator=generator, device=_draw_device(image, generator)
    ).to(image.device)
    share = percent / 100
    return image.masked_fill(chance < share, 1.0).masked_fill(chance < share / 2, 0.0)


def _standard_normal(image: Tensor, generator: torch.Generator | None) -> Tensor:
    device = _draw_device(image, generator)
    return torch.randn(image.shape, generator=generator, device=device).to(image)


def _draw_device(image: Tensor, generator: torch.Generator | None) -> torch.device:
    """A generator works on its own device only."""
    return image.device if generator is None else generator.device


_FUNCTIONS: dict[str, NoiseFunction] = {
    "gaussian": _gaussian,
    "poisson": _poisson,
    "salt-pepper": _salt_and_pepper,
    "speckle": _speckle,
}
