"""The moments of clipped Gaussian noise against samples, and the way back."""

from __future__ import annotations

import pytest
import torch

from scratch_layers.clipped_noise import clipped_moments, unclipped_sigma
from scratch_layers.noise import seeded_generator


@pytest.mark.parametrize("mean", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("sigma", [0.02, 0.3])
def test_moments_are_those_of_samples(mean: float, sigma: float) -> None:
    noise = torch.randn(400_000, generator=seeded_generator(1), dtype=torch.float64)
    samples = (mean + sigma * noise).clamp(0, 1)
    first, second = clipped_moments(torch.tensor(mean, dtype=torch.float64), sigma)
    assert float(first) == pytest.approx(float(samples.mean()), abs=5e-3 * sigma)
    assert float(second) == pytest.approx(float(samples.var()), rel=0.01)


@pytest.mark.parametrize("sigma", [0.02, 0.1, 0.3])
def test_the_strength_before_clipping_is_found(sigma: float) -> None:
    light = torch.tensor([0.0, 0.05, 0.3, 0.6, 1.0], dtype=torch.float64)
    first, second = clipped_moments(light, sigma)
    assert unclipped_sigma(float(second.mean().sqrt()), first) == pytest.approx(sigma, rel=0.02)


def test_no_noise_stays_none() -> None:
    assert unclipped_sigma(0.0, torch.tensor([0.5])) == 0.0
