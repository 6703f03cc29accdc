"""What a person decides before training: data, network, time."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_app.services.training.config import RunConfig
from desktop_app.services.training.data import DataConfig
from desktop_app.services.typed_paths import typed_path
from scratch_layers.noise_kinds import HIGHEST_SIGMA_255
from scratch_layers.training.config import TrainingConfig


@dataclass(frozen=True)
class WidthChoice:
    """How wide a network is: its channels, from which its speed and its quality follow."""

    title: str
    configuration: dict[str, Any]


@dataclass(frozen=True)
class NetworkChoice:
    """A network as the window offers it, in the widths that it comes in, narrowest first."""

    title: str
    architecture: str
    widths: dict[str, WidthChoice]

    def width(self, name: str) -> str:
        """Return ``name`` if the network comes in this width, else the narrowest one."""
        return name if name in self.widths else next(iter(self.widths))


def _unet(title: str, narrowest: int, blocks: int) -> WidthChoice:
    widths = [narrowest, 2 * narrowest, 4 * narrowest]
    channels = f"{widths[0]}-{widths[-1]}"
    return WidthChoice(f"{title} ({channels})", {"widths": widths, "blocks": blocks})


def _plain(title: str, width: int, layers: int) -> WidthChoice:
    return WidthChoice(f"{title} ({layers} × {width})", {"widths": [width] * layers})


NETWORKS = {
    "unet": NetworkChoice(
        "U-Net for photos",
        "photo-unet",
        {
            "narrow": _unet("Narrow", 16, 1),
            "medium": _unet("Medium", 32, 2),
            "wide": _unet("Wide", 48, 2),
            "widest": _unet("Widest", 64, 2),
        },
    ),
    "plain": NetworkChoice(
        "Plain convolutions",
        "plain",
        {
            "narrow": _plain("Narrow", 32, 2),
            "medium": _plain("Medium", 48, 4),
            "wide": _plain("Wide", 64, 6),
        },
    ),
    "paper": NetworkChoice(
        "The paper's network",
        "paper",
        {"narrow": WidthChoice("As in the paper (6-9)", {})},
    ),
}


@dataclass(frozen=True)
class DataChoice:
    """A kind of training data as the window offers it.

    Attributes:
        title: what people read.
        folder_words: what the folder holds.
        kind, noise: what the training service calls it.
        batch_size, patch_size: what suits it.
    """

    title: str
    folder_words: str
    kind: str
    noise: str = "gaussian"
    batch_size: int = 8
    patch_size: int = 64


DATA = {
    "clean": DataChoice("Clean photos, noise is added", "Folder of clean photos", "photo"),
    "camera": DataChoice(
        "Clean photos, camera noise is added", "Folder of clean photos", "photo", "camera"
    ),
    "noisy": DataChoice("Noisy photos alone", "Folder of noisy photos", "noisy", patch_size=128),
    "pairs": DataChoice("Noisy and clean pairs", "Folder of noisy photos", "pairs"),
}
ADAPT = DataChoice("One noisy photo", "Noisy photo", "adapt", batch_size=2, patch_size=64)
ADAPT_NETWORK = "plain"
ADAPT_MINUTES = 1.0
ADAPT_RATE = 1e-2
PATCH_STEP = 16

PRESETS = {"quick": ("Quick: 5 minutes", 5.0), "good": ("Good: 1 hour", 60.0)}
CUSTOM = "custom"
VALIDATE_EVERY = 200
MUON_RATE = 1e-2
CUSTOM_TITLE = "Custom"


@dataclass(frozen=True)
class TrainingPlan:
    """The decisions.

    Attributes:
        data: key of :data:`DATA`.
        folder: folder of photos.
        second_folder: of pairs, the folder of the clean photos.
        network: key of :data:`NETWORKS`.
        width: key of its widths; a network that does not come in this width takes its narrowest.
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
    preset: str = "quick"
    custom_minutes: float = 15.0
    lowest_sigma: float = 0.0
    highest_sigma: float = 55.0
    device: str = ""

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
    network, choice = NETWORKS[plan.network], DATA[plan.data]
    width = network.widths[network.width(plan.width)]
    pairs = plan.data == "pairs"
    folders = (plan.folder, plan.second_folder) if pairs else (plan.folder,)
    data = DataConfig(
        choice.kind,
        tuple(str(typed_path(folder).absolute()) for folder in folders),
        patch_size=choice.patch_size,
        noise=choice.noise,
        sigma_255=(plan.lowest_sigma, plan.highest_sigma),
        clean_targets=pairs,
    )
    training = TrainingConfig(
        architecture=network.architecture,
        configuration=width.configuration,
        objective=data.objective,
        minutes=plan.minutes,
        batch_size=choice.batch_size,
        optimizer="muon",
        learning_rate=MUON_RATE,
        validate_every=VALIDATE_EVERY,
        checkpoint_seconds=30.0,
        average_decay=0.99,
    )
    return RunConfig(training, data, plan.device or "auto")


def adapting_config(photo: Path, smallest_side: int, device: str) -> RunConfig:
    """Return the configuration that learns from one noisy photo alone.

    Args:
        photo: the file.
        smallest_side: its width or height, whichever is less; patches are not larger than that.
        device: where to train.

    Source: Mansour and Heckel, "Zero-Shot Noise2Noise" (CVPR 2023).
    """
    patch_size = min(ADAPT.patch_size, max(PATCH_STEP, smallest_side // PATCH_STEP * PATCH_STEP))
    data = DataConfig(ADAPT.kind, (str(photo),), patch_size=patch_size)
    training = TrainingConfig(
        architecture=ADAPT_NETWORK,
        objective=data.objective,
        minutes=ADAPT_MINUTES,
        batch_size=ADAPT.batch_size,
        learning_rate=ADAPT_RATE,
        validate_every=VALIDATE_EVERY,
        checkpoint_seconds=30.0,
        average_decay=0.99,
    )
    return RunConfig(training, data, device)
