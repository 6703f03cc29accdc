"""What a person decides before training: data, network, time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_app.services.folders import typed_path
from desktop_app.services.models.model_store import AUTOMATIC, ModelEntry
from desktop_app.services.training.config import RunConfig
from desktop_app.services.training.data import DataConfig
from desktop_app.services.training.recipes import (
    RECIPES,
    NetworkFamily,
    Recipe,
    configured_run,
    fitting_patch,
    networks_for,
)
from scratch_layers.noise_kinds import HIGHEST_SIGMA_255


@dataclass(frozen=True)
class DataChoice:
    """A kind of training data as the window offers it.

    Attributes:
        title: what people read.
        folder_words: what the folder holds.
        kind, noise: what the training service calls it.
    """

    title: str
    folder_words: str
    kind: str
    noise: str = "gaussian"

    @property
    def recipe(self) -> Recipe:
        """How it is learned from."""
        return RECIPES[self.kind]


DATA = {
    "clean": DataChoice("Clean photos, noise is added", "Folder of clean photos", "photo"),
    "camera": DataChoice(
        "Clean photos, camera noise is added", "Folder of clean photos", "photo", "camera"
    ),
    "raw": DataChoice("Clean photos, for RAW files", "Folder of clean photos", "raw"),
    "noisy": DataChoice("Noisy photos alone", "Folder of noisy photos", "noisy"),
    "pairs": DataChoice("Noisy and clean pairs", "Folder of noisy photos", "pairs"),
}

PRESETS = {"quick": ("Quick: 5 minutes", 5.0), "good": ("Good: 1 hour", 60.0)}
_LEARN_MOSAICS = ("mosaic-unet", "photo-unet")

CUSTOM = "custom"
CUSTOM_TITLE = "Custom"


@dataclass(frozen=True)
class TrainingPlan:
    """The decisions.

    Attributes:
        data: key of :data:`DATA`.
        folder: folder of photos.
        second_folder: of pairs, the folder of the clean photos.
        network: of :attr:`networks`; one that cannot learn from such data gives way to the usual
            one.
        width: key of its widths; a network that does not come in this width takes its narrowest.
        start_from: name of the model of which a copy goes on learning; a new network learns where
            empty.
        preset: key of :data:`PRESETS`, or ``custom``.
        custom_minutes: training time where the preset is ``custom``.
        lowest_sigma, highest_sigma: range of noise levels to learn, 0-255.
        device: where to train; as in the settings where empty.
    """

    data: str = "clean"
    folder: str = ""
    second_folder: str = ""
    network: str = "unet"
    width: str = "narrow"
    start_from: str = ""
    preset: str = "quick"
    custom_minutes: float = 15.0
    lowest_sigma: float = 0.0
    highest_sigma: float = 55.0
    device: str = ""

    @property
    def networks(self) -> dict[str, NetworkFamily]:
        """The networks that can learn from such data, by name."""
        return networks_for(DATA[self.data].kind)

    @property
    def family(self) -> NetworkFamily:
        """The network that learns."""
        networks = self.networks
        return networks.get(self.network) or next(iter(networks.values()))

    @property
    def minutes(self) -> float:
        """How long the run will take."""
        return self.custom_minutes if self.preset == CUSTOM else PRESETS[self.preset][1]

    def complaint(self) -> str | None:
        """Return a sentence about what is missing, or ``None`` if training can start."""
        if not self.folder:
            return "Choose a folder of photos first."
        if self.data == "pairs" and not self.second_folder:
            return "Choose the folder of clean photos that belong to the noisy ones."
        if not self.minutes > 0:
            return f"Training needs more than {self.minutes:g} minutes."
        if not 0 <= self.lowest_sigma <= self.highest_sigma <= HIGHEST_SIGMA_255:
            return f"Noise levels go from low to high, between 0 and {HIGHEST_SIGMA_255:g}."
        return None

    def with_changes(self, **changes: Any) -> TrainingPlan:
        """Return the plan with other decisions."""
        return dataclasses.replace(self, **changes)


def run_config(plan: TrainingPlan) -> RunConfig:
    """Turn the decisions into a run's configuration.

    Raises:
        AppError, ScratchError: a decision cannot be used.
    """
    network, choice = plan.family, DATA[plan.data]
    width = network.widths[network.width(plan.width)]
    pairs = plan.data == "pairs"
    folders = (plan.folder, plan.second_folder) if pairs else (plan.folder,)
    data = DataConfig(
        choice.kind,
        tuple(str(typed_path(folder).absolute()) for folder in folders),
        patch_size=choice.recipe.patch_size,
        noise=choice.noise,
        sigma_255=(plan.lowest_sigma, plan.highest_sigma),
        clean_targets=pairs,
    )
    recipe = dataclasses.replace(
        choice.recipe, architecture=network.architecture, minutes=plan.minutes
    )
    return configured_run(
        data,
        recipe,
        configuration=width.configuration,
        device=plan.device or "auto",
        start_from=plan.start_from or None,
    )


def models_to_start_from(entries: Iterable[ModelEntry], data: str) -> tuple[ModelEntry, ...]:
    """Return the models whose weights can be the first ones, in their order.

    Args:
        entries: models.
        data: key of :data:`DATA`. Mosaics are learned by the networks of two kinds of models: those
            for mosaics, and those for photos, which become that.
    """
    models = [entry for entry in entries if entry.name != AUTOMATIC]
    if data == "raw":
        return tuple(entry for entry in models if entry.card.architecture in _LEARN_MOSAICS)
    return tuple(entry for entry in models if not entry.is_for_sensors)


def adapting_config(photo: Path, smallest_side: int, device: str) -> RunConfig:
    """Return the configuration that learns from one noisy photo alone.

    Args:
        photo: the file.
        smallest_side: its width or height, whichever is less; patches are not larger than that.
        device: where to train.
    """
    recipe = RECIPES["adapt"]
    patch_size = fitting_patch(recipe.patch_size, smallest_side)
    data = DataConfig("adapt", (str(photo),), patch_size=patch_size)
    return configured_run(data, recipe, device=device)
