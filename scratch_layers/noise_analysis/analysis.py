"""The noise of a picture in a few figures, and what kind it is."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from torch import Tensor

from scratch_layers.drawings import has_chosen_colours
from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.noise_analysis.blocks import Blocks, cut_blocks
from scratch_layers.noise_analysis.evidence import Evidence, gather_evidence, root_mean_square
from scratch_layers.noise_analysis.level import ChannelNoise, CurvePoint
from scratch_layers.noise_estimation import estimate_sigma
from scratch_layers.threads import threads

SMALLEST_SIDE = 32
_FEWEST_BLOCKS = 12
_CLEAN_SIGMA = 1.4 / 255
_WHITE_SHARE = 0.65
# Flat blocks bound the noise from above, unless clipping has made it weaker than it was.
_MOST_WHITE_SHARE = 1.2
_CLIPPED_SHARE = 0.01
_SHARED_CORRELATION = 0.7
_MOST_CORRELATION_OF_WHITE = 0.4
_TRUSTED_SHARE = 0.5
# Few cameras make noise as coarse as textures are.
_COARSE_GRAIN = 3.2
_TRUSTED_SHARE_OF_COARSE = 0.8
_MOST_OVER_COLOUR_NOISE = 2.0
# In the luma of real photos that are textured everywhere, noise is 1.6 to 6.6 times its white part,
# and what is read in clean photos mostly 7 to 100 times theirs.
_MOST_OVER_WHITE_NOISE = 4.0
# At least 0.2 of the noise of 52 real photos is white, and 0.4 in their luma where it is over 11 of
# 255; of letters and boards that are read as noise in colour 0.15, 0.3 where they read over 50. The
# photos' luma has at most 13, so that 20 or more in gray is white noise or texture.
_STRONG_SIGMA, _STRONG_SIGMA_GRAY, _MOST_SIGMA_GRAY = 25 / 255, 15 / 255, 20 / 255
_LEAST_WHITE_SHARE = 0.4
_SIGMA_OF_LEAST_SHARE = 55 / 255
_FLAWLESS_SHARE = 0.02


class Verdict(enum.Enum):
    """What kind of noise a picture holds."""

    CLEAN = "clean"
    WHITE = "white"
    CORRELATED = "correlated"
    TOO_SMALL = "too small"


@dataclass(frozen=True)
class NoiseAnalysis:
    """The noise of a picture; levels are standard deviations in [0, 1].

    Attributes:
        verdict: clean, white noise, correlated noise (of a camera), or too small to tell.
        sigma: root mean square of the noise over picture and channels.
        channel_sigmas: the same for each channel.
        curve: noise by brightness, mean over the channels; empty where nothing was measured.
        white_sigma: the white part alone, as :func:`estimate_sigma` reads it.
        autocorrelation: of the noise with itself, 0 to 4 pixels apart.
        grain: width of the grain in pixels, 1 for white noise.
        channel_correlation: mean correlation between channels; 1 where one noise lies in all.
        gray: whether the picture has one channel, or equal ones.
        drawn_share: the share of the picture that is frame, bar, paper or drawing.
        confidence: the share of the picture where noise could be told from texture.
        trusted: whether that is enough to believe the level; otherwise it may be texture in part.
    """

    verdict: Verdict
    sigma: float = 0.0
    channel_sigmas: tuple[float, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    white_sigma: float = 0.0
    autocorrelation: tuple[float, ...] = (1.0,)
    grain: float = 1.0
    channel_correlation: float = 0.0
    gray: bool = False
    drawn_share: float = 0.0
    confidence: float = 1.0
    trusted: bool = True

    @property
    def shared(self) -> bool:
        """Whether one noise lies in all channels, as in gray and sepia photos and luma noise."""
        return self.gray or self.channel_correlation > _SHARED_CORRELATION


def analyse_noise(image: Tensor, peak: float = 1.0) -> NoiseAnalysis:
    """Measure the noise of a picture from the picture alone.

    The level comes from the flattest blocks at each brightness; white noise is told from the noise
    of cameras, which demosaicing, denoising and JPEG have made smooth, by the share of it that
    :func:`estimate_sigma` sees.

    Args:
        image: tensor (C, H, W) or (B, C, H, W), range [0, ``peak``]; a batch is one picture.
        peak: the largest value, as for :func:`estimate_sigma`.

    Raises:
        ArgumentError: the image holds NaN or infinite values.
        ShapeError: the image has another shape, or holds integers and there is no peak.
    """
    if image.dim() not in (3, 4) or not (image.is_floating_point() or peak > 1):
        raise ShapeError(
            "Noise is measured in floating-point images (C, H, W) or (B, C, H, W), "
            f"got {image.dtype} {tuple(image.shape)}."
        )
    images = image if image.dim() == 4 else image.unsqueeze(0)
    if min(images.shape[-2:]) < SMALLEST_SIDE or images.shape[0] * images.shape[1] == 0:
        return NoiseAnalysis(Verdict.TOO_SMALL, gray=images.shape[1] <= 1)
    # Many small operations: waiting for a second thread takes longer than its help is worth.
    with threads.share(0):
        return _analyse(images, peak)


def _analyse(images: Tensor, peak: float) -> NoiseAnalysis:
    blocks = cut_blocks(images, peak)
    if not blocks.values.isfinite().all():
        raise ArgumentError("The noise cannot be measured: the image holds NaN or infinity.")
    gray = _is_gray(blocks.values)
    if len(blocks.values) < _FEWEST_BLOCKS or has_chosen_colours(blocks.values):
        return NoiseAnalysis(Verdict.CLEAN, gray=gray, drawn_share=blocks.drawn_share)
    return _judge(gather_evidence(blocks, gray), blocks, estimate_sigma(images, peak), gray)


def _is_gray(values: Tensor) -> bool:
    return values.shape[1] == 1 or (len(values) > 0 and bool((values == values[:, :1]).all()))


def _judge(evidence: Evidence, blocks: Blocks, white: float, gray: bool) -> NoiseAnalysis:
    """Decide how much of what was measured is noise, and of which kind.

    Args:
        evidence: of the blocks.
        blocks: of the picture.
        white: level of white noise, as :func:`estimate_sigma` reads it.
        gray: whether the channels are equal.
    """
    sigma = evidence.sigma
    too_smooth = not evidence.structured and _is_too_smooth(sigma, white, gray)
    if too_smooth and blocks.drawn_share > _FLAWLESS_SHARE:
        return NoiseAnalysis(Verdict.CLEAN, gray=gray, drawn_share=blocks.drawn_share)
    structured = evidence.structured or too_smooth
    trusted = _is_trusted(evidence)
    is_white = evidence.colour_correlation < _MOST_CORRELATION_OF_WHITE
    if structured:
        is_white = gray or is_white
    # Where texture may hide in it, the whole says nothing about the share of white noise.
    elif trusted or gray:
        is_white &= white >= _WHITE_SHARE * root_mean_square(evidence.colour_sigmas)
    within = blocks.clipped_share > _CLIPPED_SHARE or white < _MOST_WHITE_SHARE * sigma
    if sigma < _CLEAN_SIGMA:
        level = sigma
    elif structured or (is_white and within):
        level = white
    elif gray and not trusted:
        level = min(sigma, _MOST_OVER_WHITE_NOISE * white)
    elif not trusted:
        level = min(sigma, _MOST_OVER_COLOUR_NOISE * max(white, min(evidence.colour_sigmas)))
    else:
        level = sigma
    scale = level / sigma if sigma else 1.0
    kind = Verdict.WHITE if is_white else Verdict.CORRELATED
    return NoiseAnalysis(
        verdict=kind if level >= _CLEAN_SIGMA else Verdict.CLEAN,
        sigma=level,
        channel_sigmas=tuple(scale * channel.sigma for channel in evidence.channels),
        curve=_mean_curve(evidence.channels, scale),
        white_sigma=white,
        autocorrelation=evidence.autocorrelation,
        grain=evidence.grain,
        channel_correlation=evidence.channel_correlation,
        gray=gray,
        drawn_share=blocks.drawn_share,
        confidence=evidence.confidence,
        trusted=(trusted and not structured) or is_white,
    )


def _is_trusted(evidence: Evidence) -> bool:
    """Whether noise could be told from texture in enough of the picture."""
    coarse = evidence.grain >= _COARSE_GRAIN
    return evidence.confidence >= (_TRUSTED_SHARE_OF_COARSE if coarse else _TRUSTED_SHARE)


def _is_too_smooth(sigma: float, white: float, gray: bool) -> bool:
    """Whether what was read as strong noise has too little of white noise to be any."""
    if gray:
        least = _WHITE_SHARE if sigma > _MOST_SIGMA_GRAY else _LEAST_WHITE_SHARE
        return sigma > _STRONG_SIGMA_GRAY and white < least * sigma
    least = _LEAST_WHITE_SHARE * min(1.0, sigma / _SIGMA_OF_LEAST_SHARE)
    return sigma > _STRONG_SIGMA and white < least * sigma


def _mean_curve(channels: list[ChannelNoise], scale: float) -> tuple[CurvePoint, ...]:
    return tuple(
        CurvePoint(
            sum(point.brightness for point in points) / len(points),
            scale * root_mean_square([point.sigma for point in points]),
        )
        for points in zip(*(channel.curve for channel in channels), strict=True)
    )
