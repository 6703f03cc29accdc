"""The noise that a picture holds: measured from the picture alone, and told to people in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from desktop_app.services.pictures import Picture
    from scratch_layers.noise_analysis import NoiseAnalysis

NoiseNature: TypeAlias = Literal["clean", "white", "camera", "unknown"]
"""None, independent from pixel to pixel, shared by neighbours, or too few pixels to tell."""

DEFAULT_SIGMA_255 = 10.0
"""The level for a picture that is too small to measure."""

LEAST_255 = 1.0
LEVEL_WORDS = ((LEAST_255, "none"), (8.0, "light"), (20.0, "medium"), (40.0, "strong"))
"""Standard deviations of 255 below which noise has each name."""

_COARSE_GRAIN = 1.7


@dataclass(frozen=True)
class NoiseFound:
    """What was measured in a picture.

    Attributes:
        nature: which kind of noise it is.
        sigma_255: its standard deviation in one channel, root mean square over picture and
            channels, 0-255 scale.
        grain: width of the grain in pixels; 1 for white noise.
        trusted: whether noise could be told from texture; otherwise the level may be too high.
    """

    nature: NoiseNature
    sigma_255: float
    grain: float = 1.0
    trusted: bool = True

    @property
    def measured_255(self) -> float | None:
        """The level that was measured; None where it was not."""
        return None if self.nature == "unknown" else self.sigma_255

    @property
    def words(self) -> str:
        """What was found, as the beginning of a sentence, such as ``Camera noise, medium``."""
        sure = "" if self.trusted else "perhaps "
        return self._sentence(sure + level_words(max(LEAST_255, self.sigma_255)))

    @property
    def figures(self) -> str:
        """The same with the number, such as ``Camera noise, about 11 of 255``."""
        sure = "about " if self.trusted else "perhaps "
        digits = 0 if self.sigma_255 >= 1.95 else 1
        return self._sentence(f"{sure}{self.sigma_255:.{digits}f} of 255")

    def _sentence(self, level: str) -> str:
        if self.nature == "clean":
            return "This picture is clean already"
        if self.nature == "unknown":
            return f"Too small to measure its noise, taken as {level.removeprefix('about ')}"
        kind = {"white": "White", "camera": "Camera"}[self.nature]
        coarse = ", coarse" if self.grain >= _COARSE_GRAIN else ""
        return f"{kind} noise, {level}{coarse}"


def level_words(sigma_255: float) -> str:
    """Say how strong noise of this standard deviation is, of 255, as people say it."""
    for limit, words in LEVEL_WORDS:
        if sigma_255 < limit:
            return words
    return "very strong"


def find_noise(picture: Picture) -> NoiseFound:
    """Measure the noise of a picture; this imports torch.

    Colours under full transparency, which nobody sees, do not count. Excerpts will do.
    """
    import numpy as np
    import torch

    from scratch_layers.noise_analysis import analyse_noise

    samples = picture.samples
    if picture.alpha is not None and (hidden := picture.alpha == 0).any():
        # One flat gray is known for a frame, while colours continued from the picture are smooth
        # in a way that would be taken for coarse grain.
        samples = samples.copy()
        samples[hidden] = picture.peak // 2
    # Torch shares memory with writable arrays only; others are copied, in their own few bits.
    planes = torch.from_numpy(np.require(samples, requirements="W"))
    squares = planes.unflatten(0, (max(1, picture.excerpts), -1)).permute(0, 3, 1, 2)
    return _told(analyse_noise(squares, peak=picture.peak))


def _told(analysis: NoiseAnalysis) -> NoiseFound:
    from scratch_layers.noise_analysis import Verdict

    if analysis.verdict is Verdict.TOO_SMALL:
        return NoiseFound("unknown", DEFAULT_SIGMA_255)
    natures: dict[Verdict, NoiseNature] = {
        Verdict.CLEAN: "clean",
        Verdict.WHITE: "white",
        Verdict.CORRELATED: "camera",
    }
    nature = natures[analysis.verdict]
    return NoiseFound(nature, 255 * analysis.sigma, analysis.grain, analysis.trusted)
