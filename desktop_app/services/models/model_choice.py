"""Which model a photo gets when nobody chose one, and what that model is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop_app.services.models.model_store import ModelEntry
from scratch_layers.noise_analysis import NoiseAnalysis, Verdict

WHITE_KIND, CAMERA_KIND = "gaussian", "camera"
"""What ``noise["kind"]`` of a card calls white noise and that of cameras."""

SIGMA_255_OF_SMALL_PICTURES = 10.0
MAXIMUM_SIGMA_255 = 75.0


@dataclass(frozen=True)
class ModelChoice:
    """A model for a photo.

    Attributes:
        name: of the model; ``None`` where the photo is best left as it is.
        sigma_255: the noise level that the model is told, 0-255 scale.
        reason: what the choice rests on, in words that fit into a sentence.
        suited: whether the model was made for the noise that was found.
    """

    name: str | None
    sigma_255: float
    reason: str
    suited: bool = True


def choose_model(analysis: NoiseAnalysis, available: Sequence[ModelEntry]) -> ModelChoice:
    """Choose a model by the noise that was measured.

    White noise goes to a model for white noise, correlated noise to one for cameras, which judges
    the noise itself and takes the level as the least there is. A clean photo gets none. Where no
    model was made for the noise, the one for the other kind is taken.

    Args:
        analysis: of the photo.
        available: the models, those to be preferred first.
    """
    if analysis.verdict is Verdict.CLEAN:
        return ModelChoice(None, 0.0, "no noise worth removing")
    if analysis.verdict is Verdict.CORRELATED:
        kinds, reason = (CAMERA_KIND, WHITE_KIND), "noise as cameras make it"
    else:
        kinds, reason = (WHITE_KIND, CAMERA_KIND), "white noise"
    for kind in kinds:
        sigma_255 = _told_level(analysis, kind)
        entry = _first_suited(available, kind, sigma_255)
        if entry is not None:
            if analysis.verdict is Verdict.TOO_SMALL:
                reason = "the photo is too small for its noise to be measured"
            return ModelChoice(entry.name, sigma_255, reason, kind == kinds[0])
    return ModelChoice(None, 0.0, f"{reason}, and there is no model for it", suited=False)


def _told_level(analysis: NoiseAnalysis, kind: str) -> float:
    if analysis.verdict is Verdict.TOO_SMALL:
        return SIGMA_255_OF_SMALL_PICTURES if kind == WHITE_KIND else 0.0
    sigma = analysis.sigma_in_three_channels if kind == WHITE_KIND else analysis.sigma
    return min(255 * sigma, MAXIMUM_SIGMA_255)


def _first_suited(
    available: Sequence[ModelEntry], kind: str, sigma_255: float
) -> ModelEntry | None:
    """The first model of a kind, if possible one that was trained for the level."""
    of_kind = [entry for entry in available if entry.card.noise.get("kind") == kind]
    for_level = [entry for entry in of_kind if _covers(entry, sigma_255)]
    return next(iter(for_level or of_kind), None)


def _covers(entry: ModelEntry, sigma_255: float) -> bool:
    levels = entry.card.noise.get("sigma_255")
    if not isinstance(levels, Sequence) or len(levels) != 2:
        return False
    lowest, highest = levels
    return bool(lowest <= sigma_255 <= highest)
