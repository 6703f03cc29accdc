"""How much Gaussian noise an image holds, estimated from the image alone."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratch_layers.drawings import are_drawn, has_chosen_colours
from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.noise import unclipped_sigma

_PATCH_SIZE = 6
_SMALLEST_PATCH_SIZE = 2
_MAXIMUM_PATCHES = 20_000
# With fewer patches for each dimension, the smallest eigenvalues are far too small.
_PATCHES_PER_DIMENSION = 20
# Weaker noise, or rarely clipped, leaves enough patches where clipping took nothing from it.
_CLIPPED_SHARE_ALLOWED = 0.01
_STRONG_SIGMA = 8 / 255
_CLIPPED_SHARE_OF_PATCH = 0.02
_FEW_CLIPPED = 0.07
_MOST_EDGES = 0.9
_MID_TONES_SHARE = 0.25
# In standard deviations: so far from 0 and 1, clipping takes next to nothing from noise.
_UNCLIPPED_DISTANCE = 2.5
_CLIPPED_CHANNEL_POWER = 8
_HARDLY_CLIPPED = 0.99
_FEWEST_UNDRAWN_SHARE = 0.01
_WEAK_TEXTURE_ROUNDS = 8
_NORMAL_QUANTILE_99 = 2.3263
# Below this share of the variance in single channels, the noise cannot be independent in each.
_INDEPENDENT_SHARE = 0.36


def estimate_sigma(image: Tensor, peak: float = 1.0) -> float:
    """Estimate the standard deviation of white Gaussian noise, in the units of the image.

    Patches of a photo fill few of their dimensions; noise fills all of them alike. So the smallest
    eigenvalues of the covariance of the patches are the variance of the noise. Chen's rule tells
    them from the rest: drop the largest eigenvalues until the mean of those left is no larger than
    their median, then take the mean.

    Two estimates are made. One takes patches through all channels: the channels of a photo vary
    together and their noise does not, which leaves many dimensions to noise alone. Where the noise
    is not independent in the channels, as in gray pictures and after JPEG's colour subsampling,
    it falls far below the other one, made channel by channel from patches with no more variance
    than noise would have, and the latter is used.

    Patches of frames, bars and drawings are left out. Values of exactly 0 or 1 count as clipped:
    where there are many, the patches nearest to mid-gray are taken, and the variance is corrected
    for what clipping took from it.

    Args:
        image: tensor (C, H, W) or (B, C, H, W), range [0, ``peak``]; the images of a batch are
            taken to hold the same noise.
        peak: the largest value; samples of a file, integers with a peak such as 255, need not be
            converted first, which would take four times their memory.

    Returns:
        The standard deviation as a share of ``peak``; 0 for images without variation and for
        those of fewer than about 10 x 10 pixels.

    Raises:
        ArgumentError: the image holds NaN or infinite values.
        ShapeError: the image has another shape, or holds integers and there is no peak.

    Sources: Chen, Zhu, Heng, "An efficient statistical method for image noise level estimation",
    ICCV 2015; weak textures after Liu, Tanaka, Okutomi, "Single-image noise level estimation for
    blind denoising", IEEE Transactions on Image Processing 22(12), 2013.
    """
    if image.dim() not in (3, 4) or not (image.is_floating_point() or peak > 1):
        raise ShapeError(
            "The noise level is estimated from floating-point images (C, H, W) or (B, C, H, W), "
            f"got {image.dtype} {tuple(image.shape)}."
        )
    patches = _sample_patches(image if image.dim() == 4 else image.unsqueeze(0), peak)
    if patches is None:
        return 0.0
    if not patches.isfinite().all():
        raise ArgumentError("The noise level cannot be estimated: the image holds NaN or infinity.")
    square = (math.isqrt(patches.shape[2]),) * 2
    undrawn = ~are_drawn(patches.unflatten(2, square))
    patches = patches if undrawn.all() else patches[undrawn]
    too_few = undrawn.double().mean() < _FEWEST_UNDRAWN_SHARE
    if too_few or has_chosen_colours(patches.unflatten(2, square)):
        return 0.0
    sigma = _sigma_of_unclipped(patches)
    clipped_share = _are_clipped(patches).count_nonzero() / patches.numel()
    if clipped_share > _CLIPPED_SHARE_ALLOWED and sigma > _STRONG_SIGMA:
        return _sigma_of_clipped(patches, sigma)
    return sigma


def _sigma_of_unclipped(patches: Tensor) -> float:
    """The noise in patches (N, C, D), seen in those that are hardly clipped."""
    variances = [_noise_variance(channel[_are_weak(channel)]) for channel in patches.unbind(1)]
    variance = sum(variances) / len(variances)
    if len(variances) > 1:
        joint = _noise_variance(_without_clipped(patches.flatten(1)))
        variance = joint if joint > _INDEPENDENT_SHARE * variance else variance
    return math.sqrt(variance)


def _sample_patches(images: Tensor, peak: float) -> Tensor | None:
    """Cut square patches (N, C, pixels) on a regular grid; None where there is too little to cut.

    Large images are sampled sparsely. Steps are odd, so that patches meet the 8 x 8 blocks of JPEG
    at every phase.
    """
    batch, channels, height, width = images.shape
    for size in range(_PATCH_SIZE, _SMALLEST_PATCH_SIZE - 1, -1):
        places = batch * max(height - size + 1, 0) * max(width - size + 1, 0)
        if places >= _PATCHES_PER_DIMENSION * size**2:
            step = math.ceil(math.sqrt(places / _MAXIMUM_PATCHES)) // 2 * 2 + 1
            grid = images.unfold(2, size, step).unfold(3, size, step)
            patches = grid.permute(0, 2, 3, 1, 4, 5).reshape(-1, channels, size**2)
            return patches.to("cpu", torch.float64).div_(peak)
    return None


def _without_clipped(patches: Tensor) -> Tensor:
    """Keep the patches (N, D) with next to no values at 0 or 1, or those with the fewest."""
    clipped_share = _are_clipped(patches).sum(1, dtype=torch.float32) / patches.shape[1]
    return patches[_at_most(clipped_share, _CLIPPED_SHARE_OF_PATCH, patches.shape[1])]


def _are_clipped(patches: Tensor) -> Tensor:
    return (patches == 0) | (patches == 1)


def _sigma_of_clipped(patches: Tensor, seen_sigma: float) -> float:
    """The noise before clipping, from the patches (N, C, D) whose means are nearest to mid-gray.

    To leave out clipped values would leave out the strongest noise; the mean does not know it. But
    where black meets white in a patch, its mean is gray although everything in it is clipped.
    Channels count by how little clipping took from them. ``seen_sigma`` is about what clipping left
    of the noise; it says how far from black and white a patch must lie.
    """
    edges = _have_clipped(patches == 0) & _have_clipped(patches == 1)
    if edges.count_nonzero() < _MOST_EDGES * len(patches):
        patches = patches[~edges]
    means = patches.mean(2)
    from_middle = (means - 0.5).abs()
    power, weights = 0.0, 0.0
    for channel, channel_means, distance in zip(
        patches.unbind(1), means.unbind(1), from_middle.unbind(1), strict=True
    ):
        kept = _nearest_to_middle(distance, seen_sigma, channel.shape[1])
        weak = _are_weak(channel[kept])
        seen = math.sqrt(_noise_variance(channel[kept][weak]))
        sigma = unclipped_sigma(seen, channel_means[kept][weak])
        weight = (seen / sigma) ** _CLIPPED_CHANNEL_POWER if sigma else 1.0
        power, weights = power + weight * sigma**2, weights + weight
    sigma = math.sqrt(power / weights)
    if patches.shape[1] == 1:
        return sigma
    kept = _nearest_to_middle(from_middle.amax(1), seen_sigma, patches.shape[1] * patches.shape[2])
    seen = math.sqrt(_noise_variance(patches[kept].flatten(1)))
    joint = unclipped_sigma(seen, means[kept])
    # Clipping makes the channels unequal, and the smallest eigenvalues then come from the weakest.
    hardly_clipped = seen > _HARDLY_CLIPPED * joint
    return joint if hardly_clipped and joint**2 > _INDEPENDENT_SHARE * sigma**2 else sigma


def _have_clipped(clipped: Tensor) -> Tensor:
    """Mark the patches (N, C, D) with more than a few clipped values in a channel."""
    return (clipped.sum(2, dtype=torch.float32) > _FEW_CLIPPED * clipped.shape[2]).any(1)


def _nearest_to_middle(distances: Tensor, sigma: float, dimensions: int) -> Tensor:
    limit = max(0.5 - _UNCLIPPED_DISTANCE * sigma, float(distances.quantile(_MID_TONES_SHARE)))
    return _at_most(distances, limit, dimensions)


def _are_weak(patches: Tensor) -> Tensor:
    """Mark the patches (N, D) with no more variance than noise has: there the picture is smooth.

    The sum of squared deviations of pure noise follows a chi-square distribution, whose 99 %
    quantile (as approximated by Wilson and Hilferty) separates noise from texture.
    """
    dimensions = patches.shape[1]
    freedom = dimensions - 1
    spread = 2 / (9 * freedom)
    limit = (1 - spread + _NORMAL_QUANTILE_99 * math.sqrt(spread)) ** 3

    patch_variance = patches.var(1)
    weak = torch.ones(len(patches), dtype=torch.bool)
    variance = _noise_variance(patches)
    for _ in range(_WEAK_TEXTURE_ROUNDS):
        former = variance
        weak = _at_most(patch_variance, limit * former, dimensions)
        variance = _noise_variance(patches[weak])
        if math.isclose(variance, former, rel_tol=1e-3):
            break
    return weak


def _at_most(values: Tensor, limit: float, dimensions: int) -> Tensor:
    """Mark the values up to the limit, which is raised until enough patches are marked."""
    enough = min(_PATCHES_PER_DIMENSION * dimensions, len(values))
    return values <= max(limit, float(values.kthvalue(enough).values))


def _noise_variance(patches: Tensor) -> float:
    """Chen's rule on the eigenvalues of the covariance of patches (N, D)."""
    mean = patches.mean(0)
    covariance = patches.T @ patches / len(patches) - torch.outer(mean, mean)
    eigenvalues = torch.linalg.eigvalsh(covariance).clamp(min=0)
    counts = torch.arange(1, len(eigenvalues) + 1)
    means = eigenvalues.cumsum(0) / counts
    medians = (eigenvalues[(counts - 1) // 2] + eigenvalues[counts // 2]) / 2
    return float(means[means <= medians][-1])
