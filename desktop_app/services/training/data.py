"""What a training run learns from, as plain values that survive as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from desktop_app.services.training.files import TrainingDataError
from scratch_layers.checked_json import check_fields
from scratch_layers.noise_kinds import HIGHEST_SIGMA_255

KINDS = ("photo", "raw", "pairs", "noisy", "adapt", "miniproject")
NOISES = ("gaussian", "poisson-gaussian", "camera")

_OBJECTIVES = {"noisy": "neighbor2neighbor", "adapt": "zero-shot"}


@dataclass(frozen=True)
class DataConfig:
    """What a run learns from.

    Attributes:
        kind: "photo" (clean photos, synthetic noise), "raw" (the same as mosaics of sensors, see
            :mod:`scratch_layers.data.camera.mosaic_noise`), "pairs" (two shots of each scene),
            "noisy" (noisy photos alone), "adapt" (one noisy photo), or "miniproject" (sheets of
            thumbnails, made into pairs of noisy pictures).
        folders: where the pictures lie. For "pairs" two folders with pictures of equal names, or
            one with ``markers``; for "adapt" the photo itself.
        patch_size: side of a training patch in pixels.
        noise: of "photo": "gaussian" or "poisson-gaussian", see
            :mod:`scratch_layers.data.corruption`, or "camera", mostly that of cameras, see
            :mod:`scratch_layers.data.camera.noise`.
        sigma_255: range of noise levels, 0-255 scale; both ends equal for a fixed level.
        validation_sigma_255: noise level of the validation pictures.
        markers: of "pairs" in one folder, what tells the names of first and second shots apart,
            such as ``("_real", "_mean")``.
        clean_targets: of "pairs": the second pictures are clean.
        held_out_share: of "miniproject": part of the thumbnails, 0-1, that is kept for validation;
            with 0, the sheet ``val.png`` is used.
        validation: name and SHA-256 of the pictures that validate the run; they are written down
            when it starts.

    Raises:
        TrainingDataError: a value cannot be used.
    """

    kind: str
    folders: tuple[str, ...]
    patch_size: int = 64
    noise: str = "gaussian"
    sigma_255: tuple[float, float] = (0.0, 55.0)
    validation_sigma_255: float = 25.0
    markers: tuple[str, str] | None = None
    clean_targets: bool = False
    held_out_share: float = 0.0
    validation: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        _require(self.kind in KINDS, f"Training data is one of {KINDS}, not {self.kind!r}.")
        _require(self.noise in NOISES, f"Noise is one of {NOISES}, not {self.noise!r}.")
        _require(bool(self.folders), "Training needs at least one folder of pictures.")
        _require(self.patch_size > 0, f"A patch of {self.patch_size} pixels cannot be cut.")
        for sigma_255 in (*self.sigma_255, self.validation_sigma_255):
            _require(
                0 <= sigma_255 <= HIGHEST_SIGMA_255,
                f"The noise level {sigma_255:g} lies outside 0-{HIGHEST_SIGMA_255:g}.",
            )
        low, high = self.sigma_255
        _require(low <= high, f"Noise levels go from low to high, not from {low:g} to {high:g}.")
        _require(
            0 <= self.held_out_share < 1,
            f"The part kept for validation lies in 0-1, not at {self.held_out_share:g}.",
        )
        if self.kind == "pairs":
            _require(
                len(self.folders) == (1 if self.markers else 2),
                "Pairs lie in two folders, or in one with two markers in their names.",
            )

    @property
    def objective(self) -> str:
        """What the trainer must minimise on such data."""
        return _OBJECTIVES.get(self.kind, "supervised")

    def to_json(self) -> dict[str, Any]:
        """Return the description as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> DataConfig:
        """Rebuild a description.

        Raises:
            TrainingDataError: a name is unknown or missing, or a value cannot be used.
        """
        try:
            check_fields(cls, values)
        except ValueError as problem:
            raise TrainingDataError(
                f"The description of the training data cannot be used: {problem}."
            ) from problem
        arguments = dict(values)
        for name in ("folders", "sigma_255", "markers"):
            if arguments.get(name) is not None:
                arguments[name] = tuple(arguments[name])
        arguments["validation"] = tuple(map(tuple, values.get("validation", ())))
        return cls(**arguments)


def _require(condition: bool, complaint: str) -> None:
    if not condition:
        raise TrainingDataError(complaint)
