"""Image quality measured against a reference: mean squared error, PSNR and SSIM.

Every function takes two floating-point images of the same shape, (C, H, W) or (B, C, H, W), and
works through them in bands of rows, so that the memory it takes does not grow with their height.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ShapeError

_BAND_ELEMENTS = 1 << 18
_WINDOW_SIZE = 11
_WINDOW_SIGMA = 1.5
_MARGIN = _WINDOW_SIZE // 2


def mse(first: Tensor, second: Tensor) -> float:
    """Return the mean squared error, ``mean((first - second)^2)``.

    Args:
        first, second: (C, H, W) or (B, C, H, W), floating point, in any unit.

    Raises:
        ShapeError: the images differ in shape, are empty, or are not floating point.
    """
    _check(first, second)
    total = 0.0
    for top, bottom in _bands(first):
        rows = slice(top, bottom)
        difference = _exact(first[..., rows, :]) - _exact(second[..., rows, :])
        total += float(difference.square().sum())
    return total / first.numel()


def psnr(first: Tensor, second: Tensor, peak: float = 1.0) -> float:
    """Return the peak signal-to-noise ratio in dB, ``10 log10(peak^2 / mse)``; inf where equal.

    Args:
        first, second: as in :func:`mse`.
        peak: difference between white and black, positive.

    Raises:
        ArgumentError: ``peak`` is not a positive finite number.
        ShapeError: the images cannot be compared.
    """
    _check_peak(peak)
    error = mse(first, second)
    return math.inf if error == 0 else 10 * math.log10(peak**2 / error)


def ssim(first: Tensor, second: Tensor, peak: float = 1.0) -> float:
    """Return the structural similarity, averaged over pixels, channels and images; 1 where equal.

    With local means ``m``, variances ``v`` and covariance ``c`` in a Gaussian window (11 x 11,
    sigma 1.5, weights adding up to 1), ``C1 = (0.01 peak)^2`` and ``C2 = (0.03 peak)^2``::

        ssim = (2 m1 m2 + C1) (2 c + C2) / ((m1^2 + m2^2 + C1) (v1 + v2 + C2))

    Only windows inside the image count. A side shorter than the window is first extended by
    mirroring, so that every one of its pixels is the middle of a window.

    Args:
        first, second: as in :func:`mse`.
        peak: difference between white and black, positive.

    Raises:
        ArgumentError: ``peak`` is not a positive finite number.
        ShapeError: the images cannot be compared.

    Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: From error visibility to
    structural similarity", IEEE Transactions on Image Processing 13(4), 2004; each colour channel
    by itself.
    """
    _check_peak(peak)
    _check(first, second)
    first, second = _mirror_short_sides(first), _mirror_short_sides(second)
    total, count = 0.0, 0
    for top, bottom in _bands(first, overlap=_WINDOW_SIZE - 1):
        rows = slice(top, bottom)
        similarity = _ssim_map(_exact(first[..., rows, :]), _exact(second[..., rows, :]), peak)
        total += float(similarity.sum())
        count += similarity.numel()
    return total / count


def _ssim_map(first: Tensor, second: Tensor, peak: float) -> Tensor:
    """The similarity at every pixel whose window lies inside the images."""
    mean1, mean2 = _window_mean(first), _window_mean(second)
    product, squares = mean1 * mean2, mean1.square() + mean2.square()
    covariance = _window_mean(first * second) - product
    variances = _window_mean(first.square() + second.square()) - squares
    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    alike = (2 * product + c1) * (2 * covariance + c2)
    return alike / ((squares + c1) * (variances + c2))


def _window_mean(image: Tensor) -> Tensor:
    """The Gaussian mean around every pixel whose window lies inside the image."""
    offsets = range(-_MARGIN, _MARGIN + 1)
    weights = [math.exp(-0.5 * (offset / _WINDOW_SIGMA) ** 2) for offset in offsets]
    for dim in (-2, -1):
        length = image.shape[dim] - 2 * _MARGIN
        mean = image.narrow(dim, 0, length) * (weights[0] / sum(weights))
        for start in range(1, _WINDOW_SIZE):
            mean.add_(image.narrow(dim, start, length), alpha=weights[start] / sum(weights))
        image = mean
    return image


def _mirror_short_sides(image: Tensor) -> Tensor:
    """Extend height and width below the window size by mirroring: c b a | a b c | c b a."""
    for dim in (-2, -1):
        length = image.shape[dim]
        if length < _WINDOW_SIZE:
            position = torch.arange(-_MARGIN, length + _MARGIN) % (2 * length)
            mirrored = torch.minimum(position, 2 * length - 1 - position)
            image = image.index_select(dim, mirrored.to(image.device))
    return image


def _bands(image: Tensor, overlap: int = 0) -> Iterator[tuple[int, int]]:
    """Split the rows into bands ``(top, bottom)``, each sharing ``overlap`` rows with the next."""
    height = image.shape[-2]
    row_elements = image.numel() // height
    rows = max(1, _BAND_ELEMENTS // row_elements)
    for top in range(0, height - overlap, rows):
        yield top, min(top + rows + overlap, height)


def _exact(image: Tensor) -> Tensor:
    """Use double precision wherever the device has it."""
    return image.to(torch.float32 if image.device.type == "mps" else torch.float64)


def _check_peak(peak: float) -> None:
    if not 0 < peak < math.inf:
        raise ArgumentError(f"peak must be a positive finite number, got {peak}.")


def _check(first: Tensor, second: Tensor) -> None:
    if first.shape != second.shape:
        raise ShapeError(
            "Only images of the same shape can be compared, "
            f"got {tuple(first.shape)} and {tuple(second.shape)}."
        )
    if first.dim() not in (3, 4) or first.numel() == 0:
        raise ShapeError(
            f"An image must be (C, H, W) or (B, C, H, W) and not empty, got {tuple(first.shape)}."
        )
    if not (first.is_floating_point() and second.is_floating_point()):
        raise ShapeError(
            f"Only floating-point images can be compared, got {first.dtype} and {second.dtype}."
        )
    if first.device != second.device:
        raise ShapeError(
            "Only images on the same device can be compared, "
            f"got {first.device} and {second.device}."
        )
