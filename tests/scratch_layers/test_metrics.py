"""Metrics against their definitions, at their ends, and on images too big for whole-image work."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from scratch_layers import metrics
from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.metrics import mse, psnr, ssim

EVERY_METRIC = pytest.mark.parametrize("metric", [mse, psnr, ssim])


def noisy_pair(shape: tuple[int, ...], seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    clean = torch.rand(shape, generator=generator, dtype=torch.float64)
    return clean, clean + 0.1 * torch.randn(shape, generator=generator, dtype=torch.float64)


def mirrored(image: Tensor) -> Tensor:
    """Extend sides below 11 pixels by 5 on either end, one row or column at a time."""
    for dim in (1, 2):
        length = image.shape[dim]
        if length < 11:
            order = [*range(length), *reversed(range(length))]
            image = torch.stack(
                [image.select(dim, order[i % (2 * length)]) for i in range(-5, length + 5)], dim
            )
    return image


def ssim_by_definition(first: Tensor, second: Tensor, peak: float) -> float:
    """Weighted moments of every window, cut out one by one."""
    distance = torch.arange(11, dtype=torch.float64) - 5
    line = torch.exp(-(distance**2) / (2 * 1.5**2))
    weights = torch.outer(line, line)
    weights /= weights.sum()
    first, second = mirrored(first), mirrored(second)
    values = []
    for channel in range(first.shape[0]):
        for top in range(first.shape[1] - 10):
            for left in range(first.shape[2] - 10):
                window = (channel, slice(top, top + 11), slice(left, left + 11))
                a, b = first[window], second[window]
                mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
                variance_a = (weights * (a - mean_a) ** 2).sum()
                variance_b = (weights * (b - mean_b) ** 2).sum()
                covariance = (weights * (a - mean_a) * (b - mean_b)).sum()
                luminance = (2 * mean_a * mean_b + (0.01 * peak) ** 2) / (
                    mean_a**2 + mean_b**2 + (0.01 * peak) ** 2
                )
                structure = (2 * covariance + (0.03 * peak) ** 2) / (
                    variance_a + variance_b + (0.03 * peak) ** 2
                )
                values.append(luminance * structure)
    return float(torch.stack(values).mean())


@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)),
    peak=st.sampled_from([1.0, 255.0]),
    seed=st.integers(0, 2**31),
)
def test_mse_and_psnr_equal_their_definitions(
    shape: tuple[int, ...], peak: float, seed: int
) -> None:
    first, second = noisy_pair(shape, seed)
    error = torch.nn.functional.mse_loss(first, second).item()
    assert mse(first, second) == pytest.approx(error, rel=1e-12)
    assert psnr(first, second, peak) == pytest.approx(10 * math.log10(peak**2 / error), rel=1e-12)


@settings(max_examples=25)
@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 16), st.integers(1, 16)),
    peak=st.sampled_from([1.0, 255.0]),
    seed=st.integers(0, 2**31),
)
def test_ssim_equals_its_definition(shape: tuple[int, ...], peak: float, seed: int) -> None:
    first, second = noisy_pair(shape, seed)
    first, second = first * peak, second * peak
    expected = ssim_by_definition(first, second, peak)
    assert ssim(first, second, peak) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@EVERY_METRIC
def test_a_batch_is_the_mean_over_its_images(metric: Callable[[Tensor, Tensor], float]) -> None:
    first, second = noisy_pair((3, 2, 20, 15))
    expected = torch.tensor([metric(a, b) for a, b in zip(first, second, strict=True)])
    if metric is psnr:
        expected = 10 ** (-expected / 10)
        assert 10 ** (-psnr(first, second) / 10) == pytest.approx(expected.mean().item())
    else:
        assert metric(first, second) == pytest.approx(expected.mean().item())


@EVERY_METRIC
def test_bands_do_not_change_the_result(
    metric: Callable[[Tensor, Tensor], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = noisy_pair((2, 3, 37, 23))
    whole = metric(first, second)
    for elements in (1, 1000, 2000):
        monkeypatch.setattr(metrics, "_BAND_ELEMENTS", elements)
        assert metric(first, second) == pytest.approx(whole, rel=1e-12)


def test_single_precision_images_are_measured_in_double_precision() -> None:
    first, second = noisy_pair((3, 40, 40))
    first, second = first.float(), second.float()
    for metric in (mse, psnr, ssim):
        assert metric(first, second) == metric(first.double(), second.double())


def test_equal_images_are_perfect() -> None:
    image, _ = noisy_pair((3, 12, 12))
    assert mse(image, image) == 0.0
    assert psnr(image, image) == math.inf
    assert ssim(image, image) == 1.0


def test_known_values() -> None:
    black, gray = torch.zeros(1, 16, 16), torch.full((1, 16, 16), 0.1)
    assert mse(black, gray) == pytest.approx(0.01)
    assert psnr(black, gray) == pytest.approx(20.0)
    assert ssim(black, gray) == pytest.approx(1e-4 / (0.01 + 1e-4), rel=1e-6)


def test_a_nan_is_not_hidden() -> None:
    image = torch.zeros(1, 20, 20)
    broken = image.clone()
    broken[0, 10, 10] = math.nan
    assert math.isnan(mse(image, broken))
    assert math.isnan(psnr(image, broken))
    assert math.isnan(ssim(image, broken))


@EVERY_METRIC
@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (torch.zeros(3, 4, 4), torch.zeros(1, 4, 4), r"\(3, 4, 4\) and \(1, 4, 4\)"),
        (torch.zeros(4, 4), torch.zeros(4, 4), r"\(C, H, W\)"),
        (torch.zeros(3, 0, 4), torch.zeros(3, 0, 4), "empty"),
        (torch.zeros(1, 4, 4).byte(), torch.zeros(1, 4, 4).byte(), "uint8"),
        (torch.zeros(1, 4, 4), torch.zeros(1, 4, 4, device="meta"), "cpu and meta"),
    ],
)
def test_images_that_cannot_be_compared_are_refused(
    metric: Callable[[Tensor, Tensor], float], first: Tensor, second: Tensor, words: str
) -> None:
    with pytest.raises(ShapeError, match=words):
        metric(first, second)


@pytest.mark.parametrize("metric", [psnr, ssim])
@pytest.mark.parametrize("peak", [0.0, -1.0, math.nan, math.inf])
def test_a_bad_peak_is_refused(
    metric: Callable[[Tensor, Tensor, float], float], peak: float
) -> None:
    with pytest.raises(ArgumentError, match="peak"):
        metric(torch.zeros(1, 4, 4), torch.zeros(1, 4, 4), peak)
